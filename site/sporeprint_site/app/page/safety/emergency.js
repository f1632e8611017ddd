/** The emergency card: works without a signal, except for the call itself. */

import { el, icon } from "../el.js";
import { backLink } from "../frame.js";
import { inLanguage, t } from "../strings.js";

/**
 * @import {Words} from "../strings.js"
 * @typedef {{place: Words, number: string, text: Words, source: string, country?: string}} EmergencyNumber
 */

/** Whose published advice the card repeats. */
const FIRST_AID = "BfR (bfr.bund.de), Giftinformationscentralen (krisinformation.se), Anses (anses.fr)";
const CHILDREN = "National Poisons Information Centre (poisons.ie), Extension Foundation (companion-animals.extension.org)";

/** Numbers above the advice. */
const NEAR = 2;

/**
 * None when they cannot be had: what to do stands on the card all the same, and the app must not fail for them.
 *
 * @returns {Promise<EmergencyNumber[]>}
 */
export async function loadEmergencyNumbers() {
  try {
    return await (await fetch(new URL("app/emergency.json", document.baseURI))).json();
  } catch {
    return [];
  }
}

/** @type {import("../routes.js").Screen} */
export function emergencyScreen({ numbers }) {
  const { near, far } = byNearness(numbers);
  const first = near.length ? near : far.slice(0, 1);
  return el(
    "article",
    { class: "page emergency" },
    backLink(),
    el("h1", { tabindex: -1 }, t("emergency.heading")),
    // Whoever opens this in earnest must not have to look for a number.
    first.length ? el("ul", { class: "numbers near" }, ...first.slice(0, NEAR).map(number)) : null,
    el(
      "ol",
      { class: "steps" },
      step(t("emergency.call"), t("emergency.call_text"), t("emergency.call_first")),
      step(t("emergency.dont"), t("emergency.dont_text")),
      step(t("emergency.keep"), t("emergency.keep_text")),
      step(t("emergency.time"), t("emergency.time_text")),
      step(t("emergency.all"), t("emergency.all_text")),
    ),
    el("p", { class: "quiet" }, t("emergency.advice_source", { sources: FIRST_AID })),
    el("h2", {}, t("emergency.children")),
    el("p", {}, t("emergency.children_text")),
    el("p", {}, t("emergency.pets_text")),
    el("p", { class: "quiet" }, t("emergency.advice_source", { sources: CHILDREN })),
    el("h2", {}, t("emergency.numbers")),
    el("p", { class: "quiet" }, t("emergency.numbers_text")),
    el("ul", { class: "numbers" }, ...[...near, ...far].map(number)),
  );
}

/**
 * The numbers of the reader's own country, as far as the browser's languages tell, and the others.
 *
 * @param {EmergencyNumber[]} numbers
 */
function byNearness(numbers) {
  const regions = new Set(navigator.languages.map(regionOf));
  const isNear = (/** @type {EmergencyNumber} */ { country }) => Boolean(country && regions.has(country));
  return { near: numbers.filter(isNear), far: numbers.filter((entry) => !isNear(entry)) };
}

/** A language alone stands for the country where most of its readers live. @param {string} tag such as "de-AT" */
function regionOf(tag) {
  try {
    return new Intl.Locale(tag).maximize().region;
  } catch {
    return undefined; // "en-US@posix", as some systems say
  }
}

/**
 * @param {string} what
 * @param {...string} why
 */
function step(what, ...why) {
  return el("li", {}, el("strong", {}, what), ...why.map((words) => el("p", {}, words)));
}

/** @param {EmergencyNumber} entry */
function number(entry) {
  return el(
    "li",
    {},
    el(
      "a",
      { href: `tel:${entry.number.replace(/[^+\d]/g, "")}`, class: "number" },
      icon("call"),
      el("span", {}, inLanguage(entry.place)),
      el("strong", {}, entry.number),
    ),
    el("p", { class: "quiet" }, inLanguage(entry.text), ". ", t("emergency.number_source", { source: entry.source })),
  );
}
