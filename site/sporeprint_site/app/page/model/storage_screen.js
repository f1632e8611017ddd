/** Use without a signal: how far it is, whether it will stay, what it takes, and how to free it. */

import { el, fill, icon } from "../el.js";
import { inWords } from "../failures.js";
import { backLink } from "../frame.js";
import { language, megabytes, t } from "../strings.js";
import { clearAll, takeInventory } from "./inventory.js";
import { addToHomeScreen, watchHomeScreen, wayToHomeScreen } from "./keeping.js";
import { modelsHere } from "./models_screen.js";
import { downloadWords } from "./status_line.js";

/**
 * @import {App} from "../app.js"
 * @import {Inventory} from "./inventory.js"
 */

/** @type {import("../routes.js").Screen} */
export function storageScreen(app, _detail, signal) {
  const { offline } = app;
  const [state, keeping, sizes] = [el("div", { class: "state" }), el("section"), el("div", { class: "sizes" })];
  let [named, shown] = ["", ""];
  const show = () => {
    const lead = state.querySelector(".lead");
    // A button that is replaced ten times a second cannot be pressed.
    if (lead && offline.state.name === "downloading" && shown === "downloading") {
      lead.textContent = downloadWords(offline.state.amounts, offline.state.again);
      return;
    }
    shown = offline.state.name;
    fill(state, ...stateOf(app));
    fill(keeping, ...keepingOf(app));
    // Only what changes the files asks the phone to count them again.
    const now = `${offline.state.name} ${offline.job === null} ${offline.client.entry.id}`;
    if (now !== named) void count(app, sizes, signal);
    named = now;
  };
  offline.watch(show, signal);
  watchHomeScreen(show, signal);
  show();
  return el(
    "article",
    { class: "page storage" },
    backLink(),
    el("h1", { tabindex: -1 }, t("storage.heading")),
    state,
    keeping,
    el(
      "section",
      {},
      el("h2", {}, t("storage.stored")),
      sizes,
    ),
    el("section", {}, el("h2", {}, t("storage.free")), freeing(app, () => void count(app, sizes, signal))),
    el("ul", { class: "names menu" }, link("#models", t("storage.to_models")), link("#how", t("how.heading"))),
  );
}

/**
 * @param {string} address
 * @param {string} words
 */
function link(address, words) {
  return el("li", {}, el("a", { href: address }, el("span", {}, words), icon("arrow")));
}

/** @param {App} app */
function stateOf({ offline }) {
  const { state, prepared, shelf, job, kept } = offline;
  const button = (/** @type {string} */ words, /** @type {() => void} */ onclick) => el("p", {}, el("button", { onclick }, words));
  switch (state.name) {
    case "preparing":
    case "checking":
      return [el("p", { class: "lead" }, state.name === "checking" ? t("status.checking") : t("status.preparing"))];
    case "downloading":
      return [
        el("p", { class: "lead" }, downloadWords(state.amounts, state.again)),
        el("p", {}, t("storage.resumes")),
        button(t("storage.pause"), () => offline.pause()),
      ];
    case "paused":
      return [el("p", { class: "lead" }, t("status.paused")), el("p", {}, t("storage.resumes"))];
    case "cleared":
      return [el("p", { class: "lead" }, t("storage.cleared"))];
    case "failed":
      return [el("p", { class: "lead" }, t("status.failed", { reason: inWords(state.error) }))];
    case "ready": {
      const date = new Date(shelf.checkedAt).toLocaleString(language(), { dateStyle: "long", timeStyle: "short" });
      return [
        el("p", { class: "lead" }, kept ? t("storage.ready") : t("storage.ready_at_risk")),
        el("p", {}, t("storage.checked", { name: prepared?.manifest.name ?? "", date })),
        el("p", { class: "quiet" }, engineWords(prepared?.backend)),
        job && !job.error ? button(t("storage.pause"), () => offline.pause()) : null,
      ];
    }
  }
}

/** @param {string | undefined} backend */
function engineWords(backend) {
  if (backend === "cpu") return t("storage.engine_cpu");
  return backend === "webgl" ? t("storage.engine_webgl") : t("storage.engine_wasm");
}

/** @param {App} app */
function keepingOf({ offline }) {
  const way = wayToHomeScreen();
  const installing = way === "button" && el("button", { onclick: () => void addToHomeScreen() }, t("storage.install"));
  return [
    el("h2", {}, t("storage.keeping")),
    el("p", {}, offline.kept ? t("storage.kept") : t("storage.not_kept")),
    way === "ios" ? el("p", {}, t("storage.ios")) : null,
    way === "ios" ? el("p", {}, t("storage.ios_how")) : null,
    way === "installed" ? el("p", { class: "quiet" }, t("storage.installed")) : null,
    el(
      "p",
      { class: "choices" },
      offline.kept ? null : el("button", { onclick: () => void offline.askToKeep() }, t("storage.ask_again")),
      installing || null,
    ),
  ];
}

/**
 * @param {App} app
 * @param {HTMLElement} place
 * @param {AbortSignal} signal
 */
async function count({ offline, base }, place, signal) {
  const inventory = await takeInventory(modelsHere(offline), base);
  if (!signal.aborted) fill(place, ...sizesOf(inventory));
}

/** @param {Inventory} inventory */
function sizesOf({ shell, runtime, models, records, quota }) {
  /** @type {[kind: string, words: string, bytes: number][]} */
  const kinds = [
    ["models", t("storage.models"), models],
    ["runtime", t("storage.runtime"), runtime],
    ["shell", t("storage.shell"), shell],
  ];
  if (records !== null) kinds.push(["records", t("storage.records"), records]);
  const whole = kinds.reduce((sum, [, , bytes]) => sum + bytes, 0);
  return [
    el("div", { class: "bar", "aria-hidden": "true" }, ...kinds.map(([kind, , bytes]) => piece(kind, bytes))),
    el(
      "dl",
      {},
      ...kinds.flatMap(([kind, words, bytes]) => [
        el("dt", {}, el("span", { class: `key ${kind}`, "aria-hidden": "true" }), words),
        el("dd", {}, t("storage.size", { size: megabytes(bytes) })),
      ]),
      el("dt", { class: "whole" }, t("storage.whole")),
      el("dd", { class: "whole" }, t("storage.size", { size: megabytes(whole) })),
    ),
    quota ? el("p", { class: "quiet" }, t("storage.quota", { quota: gigabytes(quota) })) : null,
  ];
}

/** With its unit. @param {number} bytes */
function gigabytes(bytes) {
  return (bytes / 1e9).toLocaleString(language(), { style: "unit", unit: "gigabyte", maximumFractionDigits: 1 });
}

/**
 * @param {string} kind
 * @param {number} bytes
 */
function piece(kind, bytes) {
  const part = el("span", { class: kind });
  part.style.flexGrow = String(bytes);
  return part;
}

/**
 * @param {App} app
 * @param {() => void} counted
 */
function freeing({ offline, base }, counted) {
  const place = el("div");
  const clear = async () => {
    await clearAll(base);
    offline.noteCleared();
    counted();
    ask();
  };
  const ask = () =>
    fill(place, el("p", {}, t("storage.clear_text")), el("p", {}, el("button", { onclick: confirm }, icon("warning"), t("storage.clear"))));
  const confirm = () => {
    const cancel = el("button", { onclick: ask }, t("storage.clear_cancel"));
    const sure = el("button", { onclick: () => void clear() }, t("storage.clear_sure"));
    fill(place, el("p", { role: "alert" }, t("storage.clear_confirm")), el("p", { class: "choices" }, cancel, sure));
    cancel.focus();
  };
  ask();
  return place;
}
