/** A deleted find can be brought back until the next one is deleted or the page is closed. */

import { el } from "../el.js";
import { t } from "../strings.js";
import { addEntry, removeEntry } from "./entries.js";
import { inOne, nameOf } from "./naming.js";

/** @import {App} from "../app.js" */
/** @import {Whole} from "./entries.js" */

/** @type {Whole | null} */
let last = null;

/** @param {string} id @returns {Promise<boolean>} whether it was deleted */
export async function remove(id) {
  const whole = await removeEntry(id);
  if (whole) last = whole;
  return whole !== null;
}

/** Nothing can be brought back any more. */
export function forget() {
  last = null;
}

/** @param {App} app */
export function undoNote(app) {
  if (!last) return null;
  const whole = last;
  const undo = async () => {
    await addEntry(whole);
    forget();
    app.go(`journal/${whole.entry.id}`);
  };
  const name = inOne(nameOf(whole.entry, app.client.manifest));
  return el(
    "div",
    { class: "note", role: "status" },
    el("p", {}, t("journal.deleted", { name })),
    el("button", { onclick: () => void undo(), "data-testid": "journal-undo" }, t("journal.undo")),
  );
}
