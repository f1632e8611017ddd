/** How an entry is called, and what is known of its danger: the reader's own name goes before the model's. */

import { el, icon } from "../el.js";
import { language, t } from "../strings.js";

/**
 * @import {Manifest} from "../../shared/manifest.js"
 * @import {Answer, Danger, Entry} from "./entry.js"
 *
 * @typedef {{common: string, scientific: string}} Name either may be "", not both
 */

/** From the least to the worst. @type {readonly Danger[]} */
const ORDER = ["not_assessed", "possibly", "poisonous", "group", "deadly"];

/** The answer that counts: the latest model's. @param {Entry} entry */
export function latest(entry) {
  return entry.answers[entry.answers.length - 1];
}

/**
 * @param {Entry} entry
 * @param {Manifest | null} manifest of the model on the phone, which may know more common names
 * @returns {Name}
 */
export function nameOf(entry, manifest) {
  if (entry.ownName) return { common: commonNameOf(entry.ownName, entry.answers, manifest), scientific: entry.ownName };
  return answerName(latest(entry), manifest);
}

/**
 * @param {Answer} answer
 * @param {Manifest | null} manifest
 * @returns {Name}
 */
export function answerName(answer, manifest) {
  const { taxon, rank, unknown } = answer.decision;
  if (unknown) return { common: t("journal.none_of_these"), scientific: "" };
  if (taxon === null) return { common: t("journal.not_sure"), scientific: "" };
  if (rank === "genus") return { common: t("journal.group_genus", { group: taxon }), scientific: "" };
  if (rank === "family") return { common: t("journal.group_family", { group: taxon }), scientific: "" };
  if (rank === "order") return { common: t("journal.group_order", { group: taxon }), scientific: "" };
  return { common: commonNameOf(taxon, [answer], manifest), scientific: taxon };
}

/** What a screen reader, a file or a heading calls it. @param {Name} name */
export function inOne({ common, scientific }) {
  return common && scientific ? `${common} (${scientific})` : common || scientific;
}

/**
 * @param {string} scientific
 * @param {Answer[]} answers
 * @param {Manifest | null} manifest
 */
function commonNameOf(scientific, answers, manifest) {
  const names =
    manifest?.classes.find((item) => item.scientific_name === scientific)?.common_names ??
    answers.flatMap(({ candidates }) => candidates).find((item) => item.scientificName === scientific)?.commonNames;
  return names?.[language()] ?? names?.en ?? "";
}

/**
 * The worst of what was known when it was saved and of what is known now.
 *
 * @param {Entry} entry
 * @param {Manifest | null} manifest
 * @returns {Danger}
 */
export function dangerOfEntry(entry, manifest) {
  const answer = latest(entry);
  const name = entry.ownName ?? answer.decision.taxon;
  const then = entry.ownName ? undefined : answer.danger;
  const candidates = entry.answers.flatMap((item) => item.candidates);
  const now = manifest?.classes.find((item) => item.scientific_name === name)?.toxicity;
  const unseen = name && manifest?.provenance.never_seen.includes(name) ? "deadly" : undefined;
  const known = [then, now, unseen, ...candidates.filter((item) => item.scientificName === name).map((item) => item.toxicity)];
  return ORDER.findLast((danger) => known.includes(danger)) ?? ORDER[0];
}

/** Whether any model's alarm sounded: a later answer does not take a warning back. @param {Entry} entry */
export function alarmed(entry) {
  return entry.answers.some(({ decision }) => decision.alarm);
}

/** Danger in words: red with a sign for what is known, and nothing that could read as safe. @param {Danger} danger */
export function dangerWords(danger) {
  if (danger === "not_assessed") return el("span", { class: "plain-label" }, t("danger.not_assessed"));
  return el("span", { class: "danger-label" }, icon("warning"), dangerText(danger));
}

/** @param {Danger} danger */
export function dangerText(danger) {
  if (danger === "deadly") return t("danger.deadly");
  if (danger === "poisonous") return t("danger.poisonous");
  if (danger === "group") return t("danger.group");
  return danger === "possibly" ? t("journal.possibly_poisonous") : t("danger.not_assessed");
}

/** When it was found, in the reader's language. @param {string} iso @param {"short" | "long"} length */
export function dateWords(iso, length) {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  return date.toLocaleString(language(), length === "long" ? { dateStyle: "long", timeStyle: "short" } : { dateStyle: "medium" });
}
