/** The answer in one sentence, and all that is said aloud of it. */

import { commonName } from "../taxon.js";
import { t } from "../strings.js";

/**
 * @import {Decision} from "../../shared/decision.js"
 * @import {Manifest, ModelClass} from "../../shared/manifest.js"
 * @import {Identified} from "../../shared/messages.js"
 */

/**
 * What a screen reader announces.
 *
 * @param {Identified} identified
 * @param {Manifest} manifest
 */
export function announcement({ decision }, manifest) {
  const warning = decision.alarm ? `${t("alarm.heading")}. ${alarmText(decision)} ${decision.deadly.join(", ")}. ` : "";
  return `${warning}${sentenceOf(decision, manifest)} ${t("result.safety")}`;
}

/** @param {Decision} decision @param {Manifest} manifest */
export function sentenceOf(decision, manifest) {
  if (decision.unknown) return t("result.none_of_these");
  if (decision.taxon === null) return t("result.not_sure");
  if (decision.rank === "genus") return t("result.group_genus", { group: decision.taxon });
  if (decision.rank === "family") return t("result.group_family", { group: decision.taxon });
  if (decision.rank === "order") return t("result.group_order", { group: decision.taxon });
  const best = manifest.classes.find((item) => item.scientific_name === decision.taxon);
  const name = best ? speakableName(best) : decision.taxon;
  if (decision.band === "high") return t("result.high", { name });
  return decision.band === "medium" ? t("result.medium", { name }) : t("result.low", { name });
}

/** @param {Decision} decision */
export function alarmText({ alarm_reason }) {
  if (alarm_reason === "look_alike") return t("alarm.look_alike");
  return alarm_reason === "group" ? t("alarm.group") : t("alarm.score");
}

/** @param {ModelClass} item */
export function speakableName(item) {
  return commonName(item) || item.scientific_name;
}
