/** The emergency card: works without a signal, except for the call itself. */

import { el, icon } from "../el.js";
import { backLink } from "../frame.js";
import { t } from "../strings.js";

/** @typedef {{place: string, number: string, text: string, source: string}} EmergencyNumber */

/**
 * None when they cannot be had: what to do stands on the card all the same, and the app must not fail for them.
 *
 * @returns {Promise<EmergencyNumber[]>}
 */
export async function loadEmergencyNumbers() {
  try {
    return await (await fetch(new URL("../../emergency.json", import.meta.url))).json();
  } catch {
    return [];
  }
}

/** @type {import("../routes.js").Screen} */
export function emergencyScreen({ numbers }) {
  return el(
    "article",
    { class: "page emergency" },
    backLink(),
    el("h1", { tabindex: -1 }, t("emergency.heading")),
    el(
      "ol",
      { class: "steps" },
      step(t("emergency.call"), t("emergency.call_text")),
      step(t("emergency.keep"), t("emergency.keep_text")),
      step(t("emergency.time"), t("emergency.time_text")),
    ),
    el("h2", {}, t("emergency.numbers")),
    el("p", { class: "quiet" }, t("emergency.numbers_text")),
    el("ul", { class: "numbers" }, ...numbers.map(number)),
  );
}

/**
 * @param {string} what
 * @param {string} why
 */
function step(what, why) {
  return el("li", {}, el("strong", {}, what), " ", why);
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
      el("span", {}, entry.place),
      el("strong", {}, entry.number),
    ),
    el("p", { class: "quiet" }, entry.text, ". ", t("emergency.number_source", { source: entry.source })),
  );
}
