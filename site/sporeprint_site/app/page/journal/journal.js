/** The journal: the list of finds, or one of them. */

import { el, fill, icon } from "../el.js";
import { t } from "../strings.js";
import { allEntries, problemOf } from "./entries.js";
import { entryScreen } from "./entry_screen.js";
import { entryList, toFiles } from "./list.js";
import { stateNote, unsavedNote } from "./problems.js";
import { undoNote } from "./undo.js";

/** @import {App} from "../app.js" */

/** @type {import("../routes.js").Screen} */
export function journalScreen(app, detail, signal) {
  if (detail) return entryScreen(app, decodeURIComponent(detail), signal);
  const content = el("div", { "aria-busy": "true" });
  void fillList(app, content, signal);
  return el("article", { class: "page journal" }, el("h1", { tabindex: -1 }, t("journal.heading")), content);
}

/**
 * @param {App} app
 * @param {HTMLElement} content
 * @param {AbortSignal} signal
 */
async function fillList(app, content, signal) {
  const [entries, note] = await Promise.all([allEntries(), stateNote()]);
  if (signal.aborted) return;
  content.removeAttribute("aria-busy");
  const unsaved = entries.map(({ id }) => problemOf(id)).find(Boolean);
  const kept = entries.length ? entryList(app, entries, signal) : [nothingYet()];
  fill(content, unsaved ? unsavedNote(app, unsaved) : note, undoNote(app), ...kept);
}

/** An empty journal teaches what it is for. */
function nothingYet() {
  return el(
    "div",
    { class: "empty", "data-testid": "journal-empty" },
    el("p", { class: "lead" }, t("journal.empty")),
    el("p", {}, t("journal.empty_text")),
    el("p", { class: "quiet" }, t("journal.empty_private")),
    el("div", { class: "row" }, el("a", { class: "button", href: "#" }, icon("camera"), t("journal.empty_action")), toFiles()),
  );
}
