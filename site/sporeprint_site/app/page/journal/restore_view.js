/** Bringing backups back, and the report of what came in. */

import { el, fill } from "../el.js";
import { t, tn } from "../strings.js";
import { problemWords } from "./problems.js";
import { restore } from "./restore/restore.js";

/**
 * @import {App} from "../app.js"
 * @import {Reason, Report} from "./restore/restore.js"
 */

/** Refused entries that are named one by one. */
const NAMED = 20;

/** @param {App} app */
export function restoreView(app) {
  const said = el("div", { role: "status", "data-testid": "import-report" });
  const input = el("input", { type: "file", accept: ".zip,application/zip", multiple: true, class: "unseen", "data-testid": "import-input" });
  input.addEventListener("change", async () => {
    const files = [...(input.files ?? [])];
    input.value = "";
    const reports = [];
    for (const file of files) reports.push(el("div", { class: "report" }, ...reportWords(file.name, await read(file, said))));
    fill(said, ...reports, el("p", {}, el("a", { href: "#journal" }, t("journal.to_list"))));
    app.announce(said.textContent ?? "");
  });
  return el(
    "section",
    {},
    el("h2", {}, t("files.restore")),
    el("p", {}, t("files.restore_text")),
    el("label", { class: "button" }, t("files.restore_choose"), input),
    said,
  );
}

/**
 * @param {File} file
 * @param {HTMLElement} said
 */
function read(file, said) {
  fill(said, el("p", { class: "quiet" }, t("files.reading")));
  return restore(file, (done, total) => fill(said, el("p", { class: "quiet" }, t("files.progress", { done, total }))));
}

/**
 * @param {string} name of the file
 * @param {Report} report
 */
function reportWords(name, { imported, present, refused, unusable, stopped }) {
  if (unusable) return [el("h3", {}, name), el("p", { "data-testid": "import-unusable" }, unusableWords(unusable))];
  return [
    el("h3", {}, name),
    el("p", {}, tn("files.imported", imported)),
    present ? el("p", {}, tn("files.present", present)) : null,
    refused.length ? el("p", {}, tn("files.refused", refused.length)) : null,
    refused.length ? el("ul", { class: "refused" }, ...refused.slice(0, NAMED).map(refusal)) : null,
    stopped ? el("p", { class: "problem-note" }, t("files.stopped"), " ", problemWords(stopped)) : null,
  ];
}

/** @param {Report["refused"][number]} refused */
function refusal({ number, reason, field }) {
  return el("li", {}, t("files.refused_entry", { number, reason: reasonWords(reason, field) }));
}

/** @param {Reason} reason @param {string} field */
function reasonWords(reason, field) {
  if (reason === "record") return t("files.reason_record", { field });
  if (reason === "photo_missing") return t("files.reason_photo_missing");
  return reason === "photo_damaged" ? t("files.reason_photo_damaged") : t("files.reason_photo_kind");
}

/** @param {NonNullable<Report["unusable"]>} unusable */
function unusableWords(unusable) {
  if (unusable === "newer") return t("files.unusable_newer");
  return unusable === "too_many" ? t("files.unusable_too_many") : t("files.unusable_no_backup");
}
