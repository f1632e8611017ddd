/** Keeping a find. */

import { sha256 } from "../../shared/hash.js";
import { addEntry } from "./entries.js";
import { answerOf, manifestHash } from "./entry.js";
import { withoutMetadata } from "./photo_metadata.js";
import { keptPlace } from "./place.js";
import { thumbnailOf } from "./thumbnail.js";

/**
 * @import {Manifest} from "../../shared/manifest.js"
 * @import {Identified} from "../../shared/messages.js"
 * @import {App} from "../app.js"
 * @import {Entry, Part, PhotoRecord} from "./entry.js"
 * @import {Picture} from "./entries.js"
 * @import {Fix} from "./place.js"
 *
 * @typedef {{blob: Blob, part: Part, takenAt: string | null, place: Fix | null}} FoundPhoto
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
 * @returns {Promise<string>} id of the entry
 */
export async function saveFind(app, { photos, identified, manifest, ownName = null, notes = "" }) {
  const savedAt = new Date().toISOString();
  const pictures = await Promise.all(photos.map(({ blob }) => withoutMetadata(blob)));
  const hash = manifestHash(app, manifest.id);
  const place = photos.map((photo) => keptPlace(photo.place, app.settings.place)).find(Boolean) ?? null;
  /** @type {Entry} */
  const entry = {
    format: 1,
    id: crypto.randomUUID(),
    savedAt,
    foundAt: photos.find(({ takenAt }) => takenAt)?.takenAt ?? savedAt,
    ownName,
    notes,
    place,
    photos: await Promise.all(pictures.map((picture, index) => photoRecord(photos[index], picture))),
    answers: [answerOf(identified, manifest, hash)],
  };
  await addEntry({ entry, photos: pictures, thumbnail: await thumbnailOf(photos[0].blob) });
  return entry.id;
}

/**
 * @param {FoundPhoto} photo
 * @param {Picture} picture
 * @returns {Promise<PhotoRecord>}
 */
async function photoRecord({ part, takenAt }, { type, bytes }) {
  return { part, takenAt, type, bytes: bytes.byteLength, sha256: await sha256(bytes) };
}
