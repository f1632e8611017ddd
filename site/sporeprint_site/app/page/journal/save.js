/** Keeping a find. */

import { sha256 } from "../../shared/hash.js";
import { addEntry, findEntry } from "./entries.js";
import { answerOf, manifestHash } from "./entry.js";
import { withoutMetadata } from "./photo_metadata.js";
import { keptPlace } from "./place.js";
import { thumbnailOf } from "./thumbnail.js";

/**
 * @import {Manifest} from "../../shared/manifest.js"
 * @import {Identified} from "../../shared/messages.js"
 * @import {App} from "../app.js"
 * @import {Answer, Entry, Part, PhotoRecord} from "./entry.js"
 * @import {Picture} from "./entries.js"
 * @import {Fix} from "./place.js"
 *
 * @typedef {object} FoundPhoto
 * @property {Blob} blob what was identified and is kept
 * @property {Blob} [original] what it is a part of
 * @property {Part} part
 * @property {string | null} takenAt
 * @property {Fix | null} place
 *
 * @typedef {object} Find
 * @property {FoundPhoto[]} photos at least one
 * @property {Identified} identified
 * @property {Manifest} manifest of the model that answered
 * @property {string | null} [ownName] scientific name, as the reader corrected it
 * @property {string} [notes]
 */

/**
 * Keep a find in the journal; where it cannot be stored, in memory (`problemOf` in entries.js tells why).
 *
 * @param {Pick<App, "settings" | "catalogue"> & Partial<Pick<App, "client">>} app
 * @param {Find} find
 * @param {string | null} [id] of the entry that keeps the same find already, with other photos or another answer
 * @returns {Promise<string>} id of the entry
 */
export async function saveFind(app, { photos, identified, manifest, ownName = null, notes = "" }, id = null) {
  const before = id ? await findEntry(id) : null;
  const savedAt = before?.savedAt ?? new Date().toISOString();
  const pictures = await Promise.all(photos.map(({ blob }) => withoutMetadata(blob)));
  const answer = answerOf(identified, manifest, manifestHash(app, manifest.id));
  const place = photos.map((photo) => keptPlace(photo.place, app.settings.place)).find(Boolean) ?? null;
  /** @type {Entry} */
  const entry = {
    format: 1,
    id: before?.id ?? crypto.randomUUID(),
    savedAt,
    foundAt: photos.map(takenAtOf).find(Boolean) ?? savedAt,
    ownName: ownName ?? before?.ownName ?? null,
    notes: before?.notes ?? notes,
    place: before?.place ?? place,
    photos: await Promise.all(pictures.map((picture, index) => photoRecord(photos[index], picture))),
    answers: [...kept(before?.answers ?? [], answer), answer],
  };
  await addEntry({ entry, photos: pictures, thumbnail: await thumbnailOf(photos[0].blob) });
  return entry.id;
}

/**
 * Earlier answers beside a new one: the same model's last one gives way, unless a warning would go with it.
 *
 * @param {Answer[]} before
 * @param {Answer} answer
 */
function kept(before, answer) {
  const last = before.at(-1);
  const replaced = last?.model.id === answer.model.id && (answer.decision.alarm || !last.decision.alarm);
  return replaced ? before.slice(0, -1) : before;
}

/** Cameras without a clock write dates that are none. @param {FoundPhoto} photo */
function takenAtOf({ takenAt }) {
  return takenAt && !Number.isNaN(Date.parse(takenAt)) ? takenAt : null;
}

/**
 * @param {FoundPhoto} photo
 * @param {Picture} picture
 * @returns {Promise<PhotoRecord>}
 */
async function photoRecord(photo, { type, bytes }) {
  const { byteLength } = bytes;
  return { part: photo.part, takenAt: takenAtOf(photo), type, bytes: byteLength, sha256: await sha256(bytes) };
}
