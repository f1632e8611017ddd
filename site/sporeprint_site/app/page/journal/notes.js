/** The reader's notes, kept while they type. */

import { el, fill } from "../el.js";
import { t } from "../strings.js";
import { changeEntry } from "./entries.js";

/** @import {Entry} from "./entry.js" */

/** Rest after the last key before it is stored. */
const PAUSE_MS = 400;
/** Also the limit for a backup's entries. */
export const MAX_NOTES = 20_000;

/**
 * @param {Entry} entry
 * @param {AbortSignal} signal
 */
export function notesField(entry, signal) {
  const field = el("textarea", { id: "journal-notes", rows: 4, maxlength: MAX_NOTES, "data-testid": "journal-notes" });
  field.value = entry.notes;
  const said = el("p", { class: "quiet", role: "status" });
  let timer = 0;
  let kept = entry.notes;
  const keep = async () => {
    clearTimeout(timer);
    const notes = field.value;
    if (notes === kept) return;
    fill(said, (await stored(entry.id, notes)) ? t("journal.notes_kept") : t("journal.notes_failed"));
    kept = notes;
  };
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(keep, PAUSE_MS);
  });
  field.addEventListener("change", keep);
  // A phone may end a page in the background without another word.
  document.addEventListener("visibilitychange", keep, { signal });
  signal.addEventListener("abort", keep);
  return el("section", { class: "field" }, el("h2", {}, el("label", { for: "journal-notes" }, t("journal.notes"))), field, said);
}

/** @param {string} id @param {string} notes */
async function stored(id, notes) {
  try {
    return (await changeEntry(id, { notes })) !== null;
  } catch (error) {
    console.error(error);
    return false;
  }
}
