/** What stands in the way of storing the journal, in words, with what to do next. */

import { el, fill, icon } from "../el.js";
import { megabytes, t } from "../strings.js";
import { retryUnsaved, state, unsavedCount } from "./entries.js";

/**
 * @import {App} from "../app.js"
 * @import {Problem} from "./entries.js"
 */

/** @param {Problem} problem */
export function problemWords(problem) {
  if (problem.kind === "full") return fullWords(problem);
  if (problem.kind === "newer") return t("journal.problem_newer");
  if (problem.kind === "waiting") return t("journal.problem_waiting");
  return problem.kind === "denied" ? t("journal.problem_denied") : t("journal.problem_failed");
}

/** @param {Extract<Problem, {kind: "full"}>} problem */
function fullWords({ needed, used, quota }) {
  const sizes = { needed: megabytes(needed), used: megabytes(used), quota: megabytes(quota) };
  // What a browser calls free may be far more than it then grants.
  return quota - used < needed ? t("journal.problem_full", sizes) : t("journal.problem_full_unknown", sizes);
}

/**
 * A find that is in memory only, with the way out.
 *
 * @param {App} app
 * @param {Problem} problem
 */
export function unsavedNote(app, problem) {
  const left = el("p", { role: "status" });
  const again = async () => {
    if ((await retryUnsaved()) === 0) app.show();
    else fill(left, t("journal.still_unsaved", { count: unsavedCount() }));
  };
  return el(
    "div",
    { class: "problem-note", role: "group", "aria-label": t("journal.unsaved_heading"), "data-testid": "journal-unsaved" },
    el("h2", {}, icon("warning"), t("journal.unsaved_heading")),
    el("p", {}, problemWords(problem)),
    problem.kind === "full" ? el("p", {}, t("journal.unsaved_text")) : null,
    el("div", { class: "row" }, el("button", { onclick: () => void again() }, t("journal.unsaved_retry")), el("a", { class: "button", href: "#files" }, t("files.heading"))),
    left,
  );
}

/** Whether the journal can be written at all, and if not, why. @returns {Promise<HTMLElement | null>} */
export async function stateNote() {
  const now = await state();
  if (now === "open") return null;
  return el("p", { class: "problem-note", "data-testid": "journal-state" }, problemWords({ kind: now }));
}
