/** The button that keeps a find, and afterwards leads to it. */

import { el, icon } from "../el.js";
import { inWords } from "../failures.js";
import { t } from "../strings.js";
import { changeEntry, findEntry, problemOf } from "./entries.js";
import { saveFind } from "./save.js";

/**
 * @import {Identified} from "../../shared/messages.js"
 * @import {App} from "../app.js"
 * @import {Find} from "./save.js"
 */

/** The entries of answers that were saved: a screen may be drawn anew, a find is saved once. @type {WeakMap<Identified, string>} */
const saved = new WeakMap();

/**
 * @param {App} app
 * @param {Find} find a later one of the same answer, with another own name, changes the entry
 * @returns {HTMLElement}
 */
export function saveButton(app, find) {
  const place = el("div", { class: "save-find" });
  const known = saved.get(find.identified);
  if (known) void update(app, place, find, known);
  place.append(known ? link(known) : button(app, place, find));
  return place;
}

/**
 * @param {App} app
 * @param {HTMLElement} place
 * @param {Find} find
 */
function button(app, place, find) {
  const press = () => void save(app, place, find);
  return el("button", { "data-testid": "save-find", onclick: press }, icon("journal"), t("journal.save"));
}

/** @param {string} id */
function link(id) {
  const words = problemOf(id) ? t("journal.kept_in_memory") : t("journal.saved");
  return el("a", { class: "button", "data-testid": "save-find", href: `#journal/${id}` }, icon("journal"), words);
}

/**
 * @param {App} app
 * @param {HTMLElement} place
 * @param {Find} find
 */
async function save(app, place, find) {
  place.querySelector("button")?.setAttribute("disabled", "");
  try {
    const id = await saveFind(app, find);
    saved.set(find.identified, id);
    const done = link(id);
    place.replaceChildren(done);
    done.focus();
    app.announce(done.textContent ?? "");
  } catch (error) {
    const again = button(app, place, find);
    place.replaceChildren(again, el("p", { role: "alert" }, inWords(error)));
    again.focus();
  }
}

/**
 * @param {App} app
 * @param {HTMLElement} place
 * @param {Find} find
 * @param {string} id
 */
async function update(app, place, find, id) {
  const entry = await findEntry(id);
  if (entry && find.ownName && entry.ownName !== find.ownName) await changeEntry(id, { ownName: find.ownName });
  // Deleted in the meantime: it can be saved again.
  if (!entry && saved.delete(find.identified)) place.replaceChildren(button(app, place, find));
}
