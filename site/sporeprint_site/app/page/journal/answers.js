/** What the models said of a find: the latest first, the earlier ones kept beside it. */

import { el, fill } from "../el.js";
import { inWords } from "../failures.js";
import { t } from "../strings.js";
import { changeEntry, findEntry, photosOf } from "./entries.js";
import { answerOf, manifestHash } from "./entry.js";
import { answerName, dangerText, dangerWords, dateWords, inOne, latest } from "./naming.js";

/**
 * @import {App} from "../app.js"
 * @import {Answer, Candidate, Entry} from "./entry.js"
 */

/**
 * @param {App} app
 * @param {Entry} entry
 */
export function answersView(app, entry) {
  return el(
    "section",
    { class: "answers", "data-testid": "journal-answers" },
    el("h2", {}, t("journal.answers")),
    ...entry.answers.toReversed().map((answer) => answerView(app, answer)),
    again(app, entry),
  );
}

/**
 * @param {App} app
 * @param {Answer} answer
 */
function answerView(app, answer) {
  const { decision, model, candidates } = answer;
  const name = inOne(answerName(answer, app.client.manifest));
  return el(
    "div",
    { class: "said", "data-model": model.id },
    el("p", {}, el("strong", {}, name), " ", dangerWords(answer.danger)),
    el("p", { class: "quiet" }, t("journal.answer_by", { model: model.name, date: dateWords(answer.at, "long") })),
    decision.alarm ? el("p", { class: "danger-label" }, t("journal.answer_alarm")) : null,
    answer.hint.length ? el("p", { class: "quiet" }, t("journal.answer_hint")) : null,
    el("ul", { class: "plain candidates" }, ...candidates.map(candidateView)),
    el(
      "details",
      {},
      el("summary", {}, t("journal.answer_details")),
      el("p", { class: "quiet" }, t("journal.model_id", { id: model.id })),
      model.sha256 ? el("p", { class: "quiet hash" }, t("journal.model_hash", { hash: model.sha256 })) : null,
    ),
  );
}

/** @param {Candidate} item */
function candidateView({ scientificName, band, toxicity }) {
  return el(
    "li",
    {},
    el("i", { class: "scientific", lang: "la" }, scientificName),
    el("span", { class: "quiet" }, bandWords(band)),
    toxicity === "not_assessed" ? null : el("span", { class: "danger-label" }, dangerText(toxicity)),
  );
}

/** @param {string} band */
export function bandWords(band) {
  if (band === "high") return t("journal.band_high");
  if (band === "medium") return t("journal.band_medium");
  return band === "low" ? t("journal.band_low") : t("journal.band_none");
}

/**
 * Another model may know better; offered when the one on the phone is not the one that answered last.
 *
 * @param {App} app
 * @param {Entry} entry
 */
function again(app, entry) {
  const { manifest } = app.client;
  if (!manifest || manifest.id === latest(entry).model.id) return null;
  const said = el("p", { role: "status" });
  const press = async () => {
    button.disabled = true;
    fill(said, t("result.working"));
    try {
      await identifyAgain(app, entry.id);
      app.show();
    } catch (error) {
      button.disabled = false;
      fill(said, inWords(error));
    }
  };
  const button = el("button", { onclick: () => void press(), "data-testid": "journal-again" }, t("journal.again"));
  return el("div", {}, el("p", {}, t("journal.again_text", { model: manifest.name })), button, said);
}

/**
 * Ask the model on the phone, and keep its answer after the others.
 *
 * @param {App} app
 * @param {string} id
 */
async function identifyAgain(app, id) {
  const photos = (await photosOf(id)).map(({ type, bytes }) => new Blob([bytes], { type }));
  const before = await findEntry(id);
  const identified = await app.client.identify(photos, before && app.settings.useOccasion ? occasionOf(before) : null);
  const { manifest } = app.client;
  const entry = await findEntry(id);
  if (!entry || manifest?.id !== identified.modelId) return;
  const answer = answerOf(identified, manifest, manifestHash(app, manifest.id));
  await changeEntry(id, { answers: [...entry.answers, answer] });
}

/** When and where it was found, as the priors ask for it. @param {Entry} entry */
function occasionOf({ photos, place }) {
  // The day of saving says nothing about an old photo.
  const taken = photos.map(({ takenAt }) => takenAt).find(Boolean);
  const month = taken ? new Date(taken).getMonth() + 1 : null;
  return month || place ? { month, latitude: place?.latitude ?? null, longitude: place?.longitude ?? null } : null;
}
