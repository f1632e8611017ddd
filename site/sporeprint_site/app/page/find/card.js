/** One named species or group of an answer. */

import { el, icon } from "../el.js";
import { holdsDeadly } from "./alarm.js";
import { t } from "../strings.js";
import { bandMeaning, commonName, dangerLabel, scientificName, speciesLink, thumbnail } from "../taxon.js";

/**
 * @import {Decision} from "../../shared/decision.js"
 * @import {Manifest} from "../../shared/manifest.js"
 * @import {Flag} from "../../shared/priors.js"
 * @import {DoneFind} from "./current.js"
 */

/**
 * @param {DoneFind} find
 * @param {number} index of the class
 * @param {Node | null} more for the answer itself: what its band means
 */
export function card({ identified, manifest }, index, more) {
  const item = manifest.classes[index];
  const common = commonName(item);
  return el(
    "a",
    {
      class: more ? "card main" : "card",
      href: speciesLink(item),
      "data-testid": "result",
      "data-taxon": item.scientific_name,
      "data-rank": item.rank,
      "data-score": identified.scores[index],
    },
    thumbnail(manifest, item),
    el(
      "div",
      { class: "words" },
      common ? el("span", { class: "common" }, common) : null,
      scientificName(item),
      dangerLabel(item),
      ...(identified.hint?.flags[index] ?? []).map(flagLabel),
    ),
    icon("arrow"),
    more,
  );
}

/** What place and season say against a name; it stays all the same. @param {Flag} flag */
function flagLabel(flag) {
  const words = flag === "unusual_month" ? t("hint.unusual_month") : t("hint.rare_here");
  return el("span", { class: "plain-label", "data-flag": flag }, words);
}

/**
 * A broader name with its danger.
 *
 * @param {Decision} decision
 * @param {Manifest} manifest
 */
export function groupCard(decision, manifest) {
  const right = Math.floor(manifest.thresholds.target_precision * 20 + 1e-9);
  const rate = right % 2 === 0 ? { right: right / 2, of: 10 } : { right, of: 20 };
  return el(
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
  );
}

/**
 * @param {Manifest} manifest
 * @param {Decision} decision
 */
export function bandWords(manifest, { band }) {
  const name = band === "high" ? t("band.high") : band === "medium" ? t("band.medium") : t("band.low");
  return el("p", { class: "band" }, el("strong", {}, name), ` ${bandMeaning(manifest, band)}`);
}

/**
 * @param {string} heading
 * @param {DoneFind} find
 * @param {number[]} indices
 */
export function alternatives(heading, find, indices) {
  return el(
    "section",
    { class: "alternatives" },
    el("h2", {}, heading),
    ...indices.map((index) => card(find, index, null)),
  );
}
