/** Taking the journal out and bringing it back: a backup, three kinds of export, and deleting everything. */

import { el, fill } from "../el.js";
import { backLink } from "../frame.js";
import { recall } from "../store.js";
import { t, tn } from "../strings.js";
import { deleteAll } from "./delete_all.js";
import { allEntries } from "./entries.js";
import { backupFiles } from "./files/backup.js";
import { csvFile } from "./files/csv.js";
import { darwinCoreFiles } from "./files/darwin_core.js";
import { geojsonFile } from "./files/geojson.js";
import { fileMaker } from "./file_maker.js";
import { coarser } from "./place.js";
import { stateNote } from "./problems.js";
import { restoreView } from "./restore_view.js";
import { rightsFields } from "./rights.js";

/**
 * @import {App} from "../app.js"
 * @import {Entry} from "./entry.js"
 * @import {Rights} from "./files/darwin_core.js"
 */

/** @type {import("../routes.js").Screen} */
export function filesScreen(app, _detail, signal) {
  const content = el("div", { "aria-busy": "true" });
  void show(app, content, signal);
  return el("article", { class: "page files" }, backLink(), el("h1", { tabindex: -1 }, t("files.heading")), content);
}

/**
 * @param {App} app
 * @param {HTMLElement} content
 * @param {AbortSignal} signal
 */
async function show(app, content, signal) {
  const [entries, note, rights] = await Promise.all([allEntries(), stateNote(), recall("rights")]);
  if (signal.aborted) return;
  content.removeAttribute("aria-busy");
  const some = entries.length > 0;
  fill(
    content,
    note,
    some ? el("p", { class: "safety", role: "note" }, t("result.safety")) : el("p", {}, t("files.nothing")),
    some ? backup(entries) : null,
    some ? exports(app, entries, rights ?? { licence: "", holder: "" }) : null,
    restoreView(app),
    some ? deleteAll(app, entries.length) : null,
  );
}

/** @param {Entry[]} entries */
function backup(entries) {
  return el(
    "section",
    {},
    el("h2", {}, t("files.backup")),
    el("p", {}, t("files.backup_text")),
    fileMaker(t("files.backup_make"), "backup", (onProgress) => backupFiles(entries, onProgress)),
  );
}

/**
 * @param {App} app
 * @param {Entry[]} all
 * @param {Rights} stored
 */
function exports(app, all, stored) {
  const exact = all.filter(({ place }) => place?.precision === "exact").length;
  const round = el("input", { type: "checkbox", id: "files-round" });
  const rights = rightsFields(stored);
  const placed = all.filter(({ place }) => place).length;
  const chosen = () => (round.checked ? all.map(coarser) : all);
  const { manifest } = app.client;
  return el(
    "section",
    {},
    el("h2", {}, t("files.exports")),
    el("p", {}, t("files.exports_text")),
    exact ? el("label", { class: "check", for: "files-round" }, round, tn("files.round", exact)) : null,
    el("h3", {}, t("files.csv")),
    el("p", { class: "quiet" }, t("files.csv_text")),
    fileMaker(t("files.csv_make"), "csv", async () => [csvFile(chosen(), manifest)]),
    el("h3", {}, t("files.geojson")),
    el("p", { class: "quiet" }, placed ? tn("files.geojson_text", placed) : t("files.geojson_none")),
    placed ? fileMaker(t("files.geojson_make"), "geojson", async () => [geojsonFile(chosen(), manifest)]) : null,
    el("h3", {}, t("files.dwc")),
    el("p", { class: "quiet" }, t("files.dwc_text")),
    rights.element,
    fileMaker(t("files.dwc_make"), "dwc", (progress) => darwinCoreFiles(chosen(), manifest, rights.value(), progress)),
  );
}
