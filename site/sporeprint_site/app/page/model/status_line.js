/** The line that stands on every screen and says whether the app works without a signal. */

import { el, fill } from "../el.js";
import { inWords } from "../failures.js";
import { language, megabytes, t } from "../strings.js";

/**
 * @import {Job, Offline, State} from "./offline.js"
 * @import {Amounts} from "./pace.js"
 *
 * @typedef {object} Said
 * @property {string} words
 * @property {string} [detail] quieter, after them
 * @property {number} [share] of a download, from 0 to 1
 * @property {[words: string, action: () => void]} [button]
 */

/** Bytes that would read as 0.0 MB. */
const SMALL = 50_000;

/** What `data-state` calls each state. @type {Record<State["name"], string>} */
const NAMES = {
  preparing: "downloading",
  downloading: "downloading",
  checking: "checking",
  ready: "ready",
  paused: "paused",
  failed: "failed",
  cleared: "failed",
};

/**
 * @param {Offline} offline
 * @returns {{element: HTMLElement, show: () => void}}
 */
export function statusLine(offline) {
  const element = el("div", { class: "status", "data-testid": "offline-status", role: "status" });
  let before = "";
  const show = () => {
    const said = saidOf(offline);
    element.dataset.state = NAMES[offline.state.name];
    element.dataset.model = offline.prepared?.manifest.name ?? "";
    element.setAttribute("aria-label", t("status.label"));
    // A screen reader hears each state once, not every tenth of a megabyte.
    element.setAttribute("aria-live", said.share === undefined ? "polite" : "off");
    const now = JSON.stringify([element.dataset, said.words, said.detail, said.share, said.button?.[0]]);
    if (now === before) return;
    before = now;
    // Whoever was on the line stays there when its words change.
    const focused = element.contains(document.activeElement) && document.activeElement?.tagName === "BUTTON";
    const inside = focused || element.contains(document.activeElement);
    fill(element, ...parts(said));
    if (inside) ((focused && element.querySelector("button")) || element.querySelector("a"))?.focus();
  };
  return { element, show };
}

/** @param {Said} said */
function parts({ words, detail, share, button }) {
  return [
    el(
      "a",
      { class: "words", href: "#storage" },
      el("span", { class: "dot", "aria-hidden": "true" }),
      el("span", {}, words, detail ? el("span", { class: "detail" }, ` ${detail}`) : null),
    ),
    button ? el("button", { onclick: button[1] }, button[0]) : null,
    share === undefined ? null : el("progress", { value: share, max: 1, "aria-label": t("status.label") }),
  ];
}

/** @param {Offline} offline @returns {Said} */
function saidOf(offline) {
  const { state } = offline;
  const again = () => offline.resume();
  switch (state.name) {
    case "preparing":
      return { words: t("status.preparing") };
    case "downloading":
      return { words: downloadWords(state.amounts, state.again), share: shareOf(state.amounts) };
    case "checking":
      return { words: t("status.checking") };
    case "paused":
      return { words: t("status.paused"), button: [t("status.resume"), again] };
    case "cleared":
      return { words: t("status.cleared"), button: [t("status.download_again"), again] };
    case "failed": {
      const evicted = /** @type {{code?: string}} */ (state.error)?.code === "evicted";
      const words = t("status.failed", { reason: inWords(state.error) });
      return { words, button: [evicted ? t("status.download_again") : t("status.retry"), again] };
    }
    case "ready":
      return offline.job ? duringJob(offline, offline.job) : whenReady(offline);
  }
}

/** @param {Offline} offline @returns {Said} */
function whenReady(offline) {
  const { update, prepared, shelf } = offline;
  if (update) {
    const small = update.bytes < SMALL;
    const words = small ? t("status.update_small") : t("status.update", { size: megabytes(update.bytes) });
    return { words, button: [t("status.get_update"), () => void offline.choose(update.model)] };
  }
  if (prepared?.backend === "cpu") return { words: t("status.ready_slow") };
  const date = new Date(shelf.checkedAt).toLocaleDateString(language(), { dateStyle: "medium" });
  return { words: t("status.ready"), detail: t("status.checked", { name: prepared?.manifest.name ?? "", date }) };
}

/**
 * @param {Offline} offline
 * @param {Job} job
 * @returns {Said}
 */
function duringJob(offline, { model, use, amounts, checking, error }) {
  const updating = use && offline.update?.model.id === model.id;
  if (error) {
    const reason = inWords(error);
    const words = use ? t("status.older_model", { reason }) : t("status.not_fetched", { name: model.name, reason });
    return { words, button: [t("status.retry"), () => offline.resume()] };
  }
  if (checking || !amounts) return { words: t("status.ready"), detail: t("status.checking_other", { name: model.name }) };
  const detail = updating ? t("status.updating", inMegabytes(amounts)) : t("status.fetching", { ...inMegabytes(amounts), name: model.name });
  return { words: t("status.ready"), detail, share: shareOf(amounts) };
}

/** @param {Amounts} amounts */
export function inMegabytes({ received, total }) {
  return { received: megabytes(received), total: megabytes(total) };
}

/** @param {Amounts} amounts */
function shareOf({ received, total }) {
  return received / total;
}

/**
 * @param {Amounts} amounts
 * @param {boolean} again the phone had deleted it
 */
export function downloadWords(amounts, again) {
  const sizes = inMegabytes(amounts);
  const { rate, left } = amounts;
  if (rate === null || left === null) return again ? t("status.downloading_again", sizes) : t("status.downloading", sizes);
  return t("status.downloading_left", { ...sizes, rate: megabytes(rate), left: duration(left) });
}

/** @param {number} seconds */
function duration(seconds) {
  const [value, unit] = seconds < 90 ? [seconds, "second"] : [seconds / 60, "minute"];
  return Math.ceil(value).toLocaleString(language(), { style: "unit", unit, unitDisplay: "long" });
}
