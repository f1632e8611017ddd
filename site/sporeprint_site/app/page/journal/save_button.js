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
 *
 * @typedef {{id: string, identified: Identified}} Saved
 */

/**
 * The entries of finds by their photos as they came: a screen may be drawn anew, and a find may get another photo, crop
 * or hint, but it stays one entry.
 *
 * @type {WeakMap<Blob, Saved>}
 */
const saved = new WeakMap();

/** @param {Find} find @returns {Saved | null} */
function savedOf({ photos }) {
  return photos.map(({ blob, original = blob }) => saved.get(original)).find(Boolean) ?? null;
}

/**
 * @param {App} app
 * @param {Find} find
 * @returns {HTMLElement} a button until this answer of the find is kept, then a link to its entry
 */
export function saveButton(app, find) {
  const place = el("div", { class: "save-find" });
  const known = savedOf(find);
  const same = known?.identified === find.identified;
  place.append(known && same ? link(known.id) : button(app, place, find));
  if (known) void compare(app, place, find, known);
  return place;
}

/**
 * @param {App} app
 * @param {HTMLElement} place
 * @param {Find} find
 */
function button(app, place, find) {
  const words = savedOf(find) ? t("journal.save_changed") : t("journal.save");
  const press = () => void save(app, place, find);
  return el("button", { "data-testid": "save-find", onclick: press }, icon("journal"), words);
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
    const id = await saveFind(app, find, savedOf(find)?.id ?? null);
    for (const { blob, original = blob } of find.photos) saved.set(original, { id, identified: find.identified });
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
 * What changed since: another own name goes into the entry; a deleted entry can be saved again.
 *
 * @param {App} app
 * @param {HTMLElement} place
 * @param {Find} find
 * @param {Saved} known
 */
async function compare(app, place, find, { id }) {
  const entry = await findEntry(id);
  if (entry && find.ownName && entry.ownName !== find.ownName) await changeEntry(id, { ownName: find.ownName });
  if (entry) return;
  for (const { blob, original = blob } of find.photos) saved.delete(original);
  place.replaceChildren(button(app, place, find));
}
