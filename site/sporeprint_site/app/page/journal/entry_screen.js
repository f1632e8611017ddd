/** One find: its photos, its name, what the models said, and everything that the reader adds. */

import { el, fill, icon } from "../el.js";
import { backLink } from "../frame.js";
import { t } from "../strings.js";
import { answersView } from "./answers.js";
import { findEntry, photosOf, problemOf } from "./entries.js";
import { alarmed, dangerOfEntry, dangerWords, dateWords, inOne, latest, nameOf } from "./naming.js";
import { notesField } from "./notes.js";
import { ownNameView } from "./own_name.js";
import { photosView } from "./photos.js";
import { placeView } from "./place_view.js";
import { stateNote, unsavedNote } from "./problems.js";
import { shareButton } from "./share.js";
import { remove } from "./undo.js";

/**
 * @import {App} from "../app.js"
 * @import {Entry} from "./entry.js"
 */

/**
 * @param {App} app
 * @param {string} id
 * @param {AbortSignal} signal
 */
export function entryScreen(app, id, signal) {
  const screen = el("article", { class: "page find", "aria-busy": "true" });
  fill(screen, backLink(), el("h1", { tabindex: -1 }, t("journal.opening")));
  void show(app, screen, id, signal);
  return screen;
}

/**
 * @param {App} app
 * @param {HTMLElement} screen
 * @param {string} id
 * @param {AbortSignal} signal
 */
async function show(app, screen, id, signal) {
  const entry = await findEntry(id);
  const photos = entry ? await photosView(entry, await photosOf(id), signal) : null;
  const note = await stateNote();
  if (signal.aborted) return;
  screen.removeAttribute("aria-busy");
  fill(screen, backLink(), ...(entry && photos ? found(app, entry, photos, note, signal) : missing()));
  screen.querySelector("h1")?.focus({ preventScroll: true });
}

function missing() {
  return [
    el("h1", { tabindex: -1, "data-testid": "journal-missing" }, t("journal.missing")),
    el("p", {}, t("journal.missing_text")),
    el("p", {}, el("a", { class: "target", href: "#journal" }, t("journal.to_list"))),
  ];
}

/**
 * @param {App} app
 * @param {Entry} entry
 * @param {HTMLElement} photos
 * @param {HTMLElement | null} note
 * @param {AbortSignal} signal
 */
function found(app, entry, photos, note, signal) {
  const problem = problemOf(entry.id);
  return [
    problem ? unsavedNote(app, problem) : note,
    photos,
    el("p", { class: "safety", role: "note" }, t("result.safety")),
    alarmed(entry) ? alarm(entry) : null,
    ...heading(app, entry),
    notesField(entry, signal),
    ownNameView(app, entry, signal),
    answersView(app, entry),
    placeView(app, entry),
    sharing(app, entry),
    deletion(app, entry),
  ];
}

/**
 * @param {App} app
 * @param {Entry} entry
 */
function heading(app, entry) {
  const { common, scientific } = nameOf(entry, app.client.manifest);
  const latin = el("i", { class: "scientific", lang: "la" }, scientific);
  return [
    el("h1", { tabindex: -1, "data-testid": "journal-name" }, common || latin.cloneNode(true)),
    common && scientific ? el("p", { class: "lead" }, latin) : null,
    el("p", {}, dangerWords(dangerOfEntry(entry, app.client.manifest))),
    el("p", { class: "quiet" }, t("journal.found_at", { date: dateWords(entry.foundAt, "long") })),
  ];
}

/** The loudest answer's alarm. @param {Entry} entry */
function alarm(entry) {
  const { decision } = entry.answers.findLast((answer) => answer.decision.alarm) ?? latest(entry);
  return el(
    "div",
    { class: "alarm", "data-testid": "deadly-alarm" },
    el("h2", {}, icon("warning"), t("alarm.heading")),
    el("p", {}, t("journal.alarm_text")),
    el("ul", { class: "plain" }, ...decision.deadly.map((name) => el("li", {}, el("i", { lang: "la" }, name)))),
    el("a", { href: "#emergency", class: "alarm-link" }, icon("call"), t("alarm.call")),
  );
}

/**
 * @param {App} app
 * @param {Entry} entry
 */
function sharing(app, entry) {
  return el(
    "section",
    {},
    el("h2", {}, t("journal.share_heading")),
    el("p", { class: "quiet" }, t("journal.share_text")),
    shareButton(app, entry),
  );
}

/**
 * @param {App} app
 * @param {Entry} entry
 */
function deletion(app, entry) {
  const failed = el("p", { role: "alert" });
  const press = async () => {
    if (await remove(entry.id)) app.go("journal");
    else fill(failed, t("journal.delete_failed"));
  };
  const name = inOne(nameOf(entry, app.client.manifest));
  return el(
    "section",
    {},
    el("h2", {}, t("journal.delete_heading")),
    el("p", { class: "quiet" }, t("journal.delete_text")),
    el(
      "button",
      { onclick: () => void press(), "data-testid": "journal-delete", "aria-label": t("journal.delete_named", { name }) },
      t("journal.delete"),
    ),
    failed,
  );
}
