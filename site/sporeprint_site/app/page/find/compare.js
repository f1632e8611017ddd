/** The find's photo beside what it could be mistaken for: one at a time on a phone, swiped or chosen above. */

import { rankedIndices } from "../../shared/decision.js";
import { el, fill } from "../el.js";
import { backLink } from "../frame.js";
import { credit } from "../guide/photos.js";
import { t } from "../strings.js";
import { commonName, dangerLabel, scientificName, speciesLink, thumbnail } from "../taxon.js";
import { homeScreen } from "./home.js";
import { partName } from "./photos.js";

/**
 * @import {Manifest, ModelClass} from "../../shared/manifest.js"
 * @import {DoneFind} from "./current.js"
 *
 * @typedef {{name: string, item: ModelClass | null}} Candidate item: null outside the model
 */

/** Names of the answer that are compared, before their look-alikes. */
const NAMES = 3;
const MOST = 8;

/** @type {import("../routes.js").Screen} */
export function compareScreen(app, _detail, signal) {
  const find = app.find.value;
  if (find?.state !== "done") return homeScreen(app, "", signal);
  const candidates = candidatesOf(find);
  const panels = candidates.map((candidate, index) => panel(candidate, index, find.manifest));
  const row = el("div", { class: "references", tabindex: 0, role: "group", "aria-label": t("compare.references") }, ...panels);
  const tabs = candidates.map(({ name, item }, index) =>
    el("button", { class: "tab", "aria-pressed": "false", onclick: () => choose(index) }, (item && commonName(item)) || el("i", { lang: "la" }, name)),
  );
  const mark = (/** @type {number} */ current) =>
    tabs.forEach((tab, index) => tab.setAttribute("aria-pressed", String(index === current)));
  const choose = (/** @type {number} */ index) => {
    row.scrollTo({ left: panels[index].offsetLeft - row.offsetLeft });
    mark(index);
  };
  row.addEventListener("scroll", () => mark(Math.round(row.scrollLeft / row.clientWidth)), { signal, passive: true });
  mark(0);
  return el(
    "section",
    { class: "compare" },
    el("div", { class: "beside-back" }, backLink(), el("h1", { tabindex: -1 }, t("compare.heading"))),
    el("p", { class: "safety", role: "note" }, t("result.safety")),
    el("div", { class: "own" }, ownPhoto(find, app.find.shown)),
    el("div", { class: "others" }, el("div", { class: "compare-tabs", role: "group", "aria-label": t("compare.heading") }, ...tabs), row),
  );
}

/** The photo, and the next one at a touch. @param {DoneFind} find @param {number} first */
function ownPhoto({ photos }, first) {
  let shown = first;
  const figure = el("figure", {});
  const draw = () => {
    const { url, part } = photos[shown];
    const next = () => {
      shown = (shown + 1) % photos.length;
      draw();
      figure.querySelector("button")?.focus();
    };
    fill(
      figure,
      el("img", { src: url, alt: t("photos.alt", { part: partName(part) }), decoding: "async" }),
      el(
        "figcaption",
        { class: "over" },
        el("span", {}, el("strong", {}, t("compare.yours")), ` ${partName(part)}`),
        photos.length > 1 ? el("button", { onclick: next }, t("compare.next")) : null,
      ),
    );
  };
  draw();
  return figure;
}

/** @param {Candidate} candidate @param {number} index @param {Manifest} manifest */
function panel({ name, item }, index, manifest) {
  const picture = item && thumbnail(manifest, item);
  return el(
    "figure",
    { class: "reference", "data-testid": "reference", "data-index": index },
    picture ?? el("div", { class: "no-reference" }, el("p", {}, item ? t("compare.no_picture") : t("compare.not_in_model"))),
    el(
      "figcaption",
      {},
      item && commonName(item) ? el("span", { class: "common" }, commonName(item)) : null,
      scientificName(item ?? { scientific_name: name }),
      item ? dangerLabel(item) : null,
      picture && item ? el("span", { class: "quiet" }, credit(item.thumbnails[0])) : null,
      item ? el("a", { href: speciesLink(item) }, t("compare.species")) : null,
    ),
  );
}

/**
 * The names of the answer, then the look-alikes of the first one, deadly ones first.
 *
 * @param {DoneFind} find
 * @returns {Candidate[]}
 */
export function candidatesOf({ identified, manifest }) {
  const ranked = rankedIndices(identified.scores).slice(0, NAMES).map((index) => manifest.classes[index]);
  const [{ scientific_name: best, deadly_look_alikes: deadly, look_alikes: others, mistaken_for: mistaken }] = ranked;
  const names = new Set([
    best,
    ...identified.decision.deadly,
    ...deadly,
    ...ranked.map((item) => item.scientific_name),
    ...others,
    ...mistaken.map((item) => item.scientific_name),
  ]);
  return [...names].slice(0, MOST).map((name) => ({
    name,
    item: manifest.classes.find((known) => known.scientific_name === name) ?? null,
  }));
}
