/** The answer to one photo: the photo, the safety line, the alarm, one sentence, then the species. */

import { rankedIndices } from "../../shared/decision.js";
import { taxaOf } from "../../shared/manifest.js";
import { el, icon } from "../el.js";
import { inWords } from "../failures.js";
import { homeScreen } from "./home.js";
import { t } from "../strings.js";
import { bandMeaning, commonName, dangerLabel, scientificName, speciesLink, thumbnail } from "../taxon.js";

/**
 * @import {Decision} from "../../shared/decision.js"
 * @import {Manifest, ModelClass} from "../../shared/manifest.js"
 * @import {Identified} from "../../shared/messages.js"
 *
 * @typedef {{photo: string, sentence: string, body: Node[]}} Screen
 */

/** How many species are shown: the answer and two others, or three when not sure. */
const SHOWN = 3;

/** @type {import("../routes.js").Screen} */
export function currentScreen(app) {
  const find = app.find.value;
  if (!find) return homeScreen(app, "", AbortSignal.abort());
  if (find.state === "failed") return errorScreen(find.photo, find.error);
  if (find.state === "done") return resultScreen(find.photo, find.identified, find.manifest);
  return workingScreen(find.photo, app.client.manifest !== null);
}

/**
 * While the worker looks.
 *
 * @param {string} photo address of the user's photo
 * @param {boolean} modelReady
 */
function workingScreen(photo, modelReady) {
  const sentence = modelReady ? t("result.working") : t("result.waiting");
  return layout(photo, el("h1", { tabindex: -1, class: "sentence working" }, sentence));
}

/**
 * @param {string} photo
 * @param {unknown} error
 */
function errorScreen(photo, error) {
  return layout(
    photo,
    el(
      "div",
      { "data-testid": "error", class: "problem" },
      el("h1", { tabindex: -1, class: "sentence" }, t("error.heading")),
      el("p", {}, inWords(error)),
      el("p", { class: "quiet" }, t("error.another")),
    ),
  );
}

/**
 * @param {string} photo
 * @param {Identified} identified
 * @param {Manifest} manifest
 */
function resultScreen(photo, identified, manifest) {
  const { decision, scores } = identified;
  const ranked = rankedIndices(scores).slice(0, SHOWN);
  return layout(
    photo,
    el("p", { class: "safety", role: "note" }, t("result.safety")),
    decision.alarm ? alarm(decision, manifest) : null,
    ...(decision.taxon === null
      ? notSure(ranked, decision, scores, manifest)
      : decision.rank === "species"
        ? species(ranked, decision, scores, manifest)
        : group(ranked, decision, scores, manifest)),
  );
}

/**
 * The sentence that a screen reader announces.
 *
 * @param {Identified} identified
 * @param {Manifest} manifest
 */
export function announcement({ decision }, manifest) {
  const warning = decision.alarm ? `${t("alarm.heading")}. ${alarmText(decision)} ${decision.deadly.join(", ")}. ` : "";
  const best = manifest.classes.find((item) => item.scientific_name === decision.taxon);
  const name = best ? speakableName(best) : "";
  return `${warning}${sentenceFor(decision, name)} ${t("result.safety")}`;
}

/**
 * @param {string} photo
 * @param {...(Node | null)} content
 */
function layout(photo, ...content) {
  const image = el("img", { src: photo, alt: t("result.alt_photo"), decoding: "async", class: "photo" });
  // A file that browsers cannot show gets its words from the answer beside it.
  image.addEventListener("error", () => image.parentElement?.classList.add("no-photo"));
  return el(
    "section",
    { class: "result" },
    el("div", { class: "frame" }, image),
    el("div", { class: "answer" }, ...content),
  );
}

/**
 * @param {Decision} decision
 * @param {Manifest} manifest
 */
function alarm(decision, manifest) {
  const listed = decision.deadly.slice(0, SHOWN).map((name) => {
    const item = manifest.classes.find((known) => known.scientific_name === name);
    const words = [item ? commonName(item) : "", " ", scientificName({ scientific_name: name })];
    return el("li", {}, item ? el("a", { href: speciesLink(item) }, ...words) : el("span", {}, ...words));
  });
  return el(
    "div",
    { class: "alarm", "data-testid": "deadly-alarm" },
    el("h2", {}, icon("warning"), t("alarm.heading")),
    el("p", {}, alarmText(decision)),
    el("ul", { class: "plain" }, ...listed),
    el("a", { href: "#emergency", class: "alarm-link" }, icon("call"), t("alarm.call")),
  );
}

/** @param {Decision} decision */
function alarmText({ alarm_reason }) {
  if (alarm_reason === "look_alike") return t("alarm.look_alike");
  return alarm_reason === "group" ? t("alarm.group") : t("alarm.score");
}

/**
 * @param {Decision} decision
 * @param {string} name
 */
function sentenceFor(decision, name) {
  if (decision.unknown) return t("result.none_of_these");
  if (decision.taxon === null) return t("result.not_sure");
  if (decision.rank === "genus") return t("result.group_genus", { group: decision.taxon });
  if (decision.rank === "family") return t("result.group_family", { group: decision.taxon });
  if (decision.rank === "order") return t("result.group_order", { group: decision.taxon });
  if (decision.band === "high") return t("result.high", { name });
  return decision.band === "medium" ? t("result.medium", { name }) : t("result.low", { name });
}

/** @param {ModelClass} item */
function speakableName(item) {
  return commonName(item) || item.scientific_name;
}

/**
 * @param {number[]} ranked
 * @param {Decision} decision
 * @param {Float32Array} scores
 * @param {Manifest} manifest
 */
function species(ranked, decision, scores, manifest) {
  const [best, ...others] = ranked;
  const item = manifest.classes[best];
  return [
    el("h1", { tabindex: -1, class: "sentence" }, sentenceFor(decision, speakableName(item))),
    card(item, scores[best], manifest, bandWords(manifest, decision)),
    others.length ? alternatives(t("result.alternatives"), others, scores, manifest) : null,
  ];
}

/**
 * @param {number[]} ranked
 * @param {Decision} decision
 * @param {Float32Array} scores
 * @param {Manifest} manifest
 */
function group(ranked, decision, scores, manifest) {
  const right = Math.floor(manifest.thresholds.target_precision * 20 + 1e-9);
  const rate = right % 2 === 0 ? { right: right / 2, of: 10 } : { right, of: 20 };
  return [
    el("h1", { tabindex: -1, class: "sentence" }, sentenceFor(decision, "")),
    el(
      "div",
      {
        class: "card main",
        "data-testid": "result",
        "data-taxon": decision.taxon,
        "data-rank": decision.rank,
        "data-score": decision.score,
      },
      el(
        "div",
        { class: "words" },
        scientificName({ scientific_name: decision.taxon ?? "" }),
        holdsDeadly(decision, manifest)
          ? el("span", { class: "danger-label" }, icon("warning"), t("danger.group"))
          : null,
      ),
      el("p", { class: "band" }, t("result.group_rate", rate)),
    ),
    alternatives(t("result.group_members"), ranked, scores, manifest),
  ];
}

/**
 * Whether a named group has a deadly member, however improbable, or one that the model has never seen: a broader
 * name must not hide it. Of a species outside the model only the genus is known, from its name.
 *
 * @param {Pick<Decision, "taxon" | "rank">} group
 * @param {Manifest} manifest
 */
function holdsDeadly({ taxon, rank }, manifest) {
  const seen = taxaOf(manifest).some((item) => rank && item.toxicity === "deadly" && item.names[rank] === taxon);
  return seen || (rank === "genus" && manifest.provenance.never_seen.some((name) => name.split(" ")[0] === taxon));
}

/**
 * @param {number[]} ranked
 * @param {Decision} decision
 * @param {Float32Array} scores
 * @param {Manifest} manifest
 */
function notSure(ranked, decision, scores, manifest) {
  const { genus, family, order } = manifest.classes[ranked[0]].taxonomy;
  const near = family || order || genus;
  const rank = family ? "family" : order ? "order" : "genus";
  return [
    el(
      "div",
      { "data-testid": "not-sure", class: "not-sure" },
      el("h1", { tabindex: -1, class: "sentence" }, sentenceFor(decision, "")),
      near && !decision.unknown ? el("p", { class: "lead" }, t("result.not_sure_group", { group: near })) : null,
      near && holdsDeadly({ taxon: near, rank }, manifest)
        ? el("p", { class: "danger-label" }, icon("warning"), t("danger.group"))
        : null,
      el("p", {}, decision.unknown ? t("result.none_of_these_text") : t("result.not_sure_text")),
      el("p", { class: "quiet" }, t("result.not_sure_try")),
    ),
    alternatives(t("result.not_sure_candidates"), ranked, scores, manifest),
  ];
}

/**
 * @param {Manifest} manifest
 * @param {Decision} decision
 */
function bandWords(manifest, { band }) {
  const name = band === "high" ? t("band.high") : band === "medium" ? t("band.medium") : t("band.low");
  return el("p", { class: "band" }, el("strong", {}, name), ` ${bandMeaning(manifest, band)}`);
}

/**
 * @param {string} heading
 * @param {number[]} indices
 * @param {Float32Array} scores
 * @param {Manifest} manifest
 */
function alternatives(heading, indices, scores, manifest) {
  return el(
    "section",
    { class: "alternatives" },
    el("h2", {}, heading),
    ...indices.map((index) => card(manifest.classes[index], scores[index], manifest, null)),
  );
}

/**
 * @param {ModelClass} item
 * @param {number} score
 * @param {Manifest} manifest
 * @param {Node | null} more
 */
function card(item, score, manifest, more) {
  const common = commonName(item);
  return el(
    "a",
    {
      class: more ? "card main" : "card",
      href: speciesLink(item),
      "data-testid": "result",
      "data-taxon": item.scientific_name,
      "data-rank": item.rank,
      "data-score": score,
    },
    thumbnail(manifest, item),
    el(
      "div",
      { class: "words" },
      common ? el("span", { class: "common" }, common) : null,
      scientificName(item),
      dangerLabel(item),
    ),
    icon("arrow"),
    more,
  );
}
