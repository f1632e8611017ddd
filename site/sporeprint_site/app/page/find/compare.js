/** The find's photo beside what it could be mistaken for: one at a time on a phone, swiped or chosen above. */

import { rankedIndices } from "../../shared/decision.js";
import { el, fill } from "../el.js";
import { backLink } from "../frame.js";
import { credit } from "../guide/photos.js";
import { taxaByName } from "../guide/taxa.js";
import { t } from "../strings.js";
import { commonName, dangerLabel, scientificName, speciesLink, thumbnail } from "../taxon.js";
import { homeScreen } from "./home.js";
import { partName } from "./photos.js";

/**
 * @import {Manifest} from "../../shared/manifest.js"
 * @import {Taxon} from "../guide/taxa.js"
 * @import {DoneFind} from "./current.js"
 */

/** Names of the answer that are compared, before their look-alikes. */
const NAMES = 3;
const MOST = 8;

/** @type {import("../routes.js").Screen} */
export function compareScreen(app, _detail, signal) {
  const find = app.find.value;
  if (find?.state !== "done") return homeScreen(app, "", signal);
  const candidates = candidatesOf(find);
  const panels = candidates.map((taxon) => panel(taxon, find.manifest));
  const row = el("div", { class: "references", tabindex: 0, role: "group", "aria-label": t("compare.references") }, ...panels);
  const tabs = candidates.map((taxon, index) => {
    const words = commonName(taxon) || el("i", { lang: "la" }, taxon.scientific_name);
    return el("button", { class: "tab", "aria-pressed": "false", onclick: () => choose(index) }, words);
  });
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

/** @param {Taxon} taxon @param {Manifest} manifest */
function panel(taxon, manifest) {
  const { known } = taxon;
  const picture = known && thumbnail(manifest, known);
  const missing = el("p", {}, known ? t("compare.no_picture") : t("compare.not_in_model"));
  const common = commonName(taxon);
  return el(
    "figure",
    { class: "reference", "data-testid": "reference" },
    picture ?? el("div", { class: "no-reference" }, missing),
    el(
      "figcaption",
      {},
      common ? el("span", { class: "common" }, common) : null,
      scientificName(taxon),
      dangerLabel(taxon),
      picture ? el("span", { class: "quiet" }, credit(known.thumbnails[0])) : null,
      el("a", { href: speciesLink(taxon) }, t("compare.species")),
    ),
  );
}

/**
 * The names of the answer, then the look-alikes of the first one, deadly ones first.
 *
 * @param {DoneFind} find
 * @returns {Taxon[]}
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
  const taxa = taxaByName(manifest);
  return [...names].flatMap((name) => taxa.get(name) ?? []).slice(0, MOST);
}
