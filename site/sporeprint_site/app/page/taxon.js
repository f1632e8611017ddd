/** How a taxon is written: names, danger, how often the model was right. */

import { el, icon } from "./el.js";
import { language, t } from "./strings.js";

export { thumbnail } from "./thumbnail.js";

/**
 * @import {Manifest, ModelClass} from "../shared/manifest.js"
 * @import {Decision} from "../shared/decision.js"
 */

/**
 * The name in the app's language, or else in English, or "".
 *
 * @param {Pick<ModelClass, "common_names">} item
 */
export function commonName(item) {
  return item.common_names[language()] ?? item.common_names.en ?? "";
}

/**
 * Scientific name in italics, its author upright.
 *
 * @param {{scientific_name: string, authorship?: string}} item
 */
export function scientificName(item) {
  return el(
    "span",
    { class: "scientific", lang: "la" },
    el("i", {}, item.scientific_name),
    item.authorship ? el("span", { class: "author" }, ` ${item.authorship}`) : null,
  );
}

/**
 * Danger in words; red with a sign only for what is known, and nothing that could read as safe.
 *
 * @param {Pick<ModelClass, "toxicity">} item
 */
export function dangerLabel(item) {
  if (item.toxicity === "deadly") return el("span", { class: "danger-label" }, icon("warning"), t("danger.deadly"));
  if (item.toxicity === "poisonous")
    return el("span", { class: "danger-label" }, icon("warning"), t("danger.poisonous"));
  return el("span", { class: "plain-label" }, t("danger.not_assessed"));
}

/** @param {{scientific_name: string}} item */
export function speciesLink(item) {
  return `#species/${encodeURIComponent(item.scientific_name)}`;
}

/**
 * A share in words that never promise more than was measured: rounded down, and counted out when the test was small.
 *
 * @param {number} right share of right answers
 * @param {number} n number of test photos
 */
export function rateInWords(right, n) {
  const count = Math.round(right * n);
  if (n < 20 || count === n) return t("rate.counted", { right: count, n });
  const twentieths = Math.floor(right * 20 + 1e-9);
  if (twentieths === 0) return t("rate.counted", { right: count, n });
  return twentieths % 2 === 0
    ? t("rate.of_ten", { right: twentieths / 2, n })
    : t("rate.of_twenty", { right: twentieths, n });
}

/**
 * What the band of an answer means, as measured.
 *
 * @param {Manifest} manifest
 * @param {Decision["band"]} name
 */
export function bandMeaning(manifest, name) {
  const band = manifest.thresholds.bands.find((item) => item.name === name);
  if (!band || band.right === null || band.n === 0) return t("band.not_measured");
  return t("band.measured", { rate: rateInWords(band.right, band.n) });
}
