/** A photo of a find: what it shows, and when and where it was taken, as far as the file itself tells. */

import { keptPlace } from "../journal/place.js";

/**
 * @import {Box} from "../../shared/messages.js"
 * @import {Settings} from "../settings.js"
 *
 * @typedef {"cap" | "underside" | "base" | "other"} Part which part of the mushroom a photo shows
 * @typedef {{latitude: number, longitude: number, accuracy: number | null}} Place degrees, metres
 *
 * @typedef {object} FindPhoto
 * @property {Blob} blob what is identified and kept
 * @property {string} url object URL of it
 * @property {Part} part
 * @property {string | null} takenAt ISO 8601, with the phone's offset where the file has it; null: unknown
 * @property {Place | null} place never more exact than the reader lets the app keep it
 * @property {Blob} original as it came, for another crop
 * @property {Box | null} box the part of `original` that `blob` is; null: the whole
 * @property {boolean} read time and place are known as well as they ever will be
 *
 * @typedef {object} NewPhoto
 * @property {Blob} blob
 * @property {Part} part
 * @property {string | null} [takenAt] without it time and place are read from the file
 * @property {Place | null} [place]
 */

/** @type {readonly Part[]} */
export const PARTS = ["cap", "underside", "base", "other"];
/** What a good set of photos shows. */
export const WANTED_PARTS = PARTS.slice(0, 3);

const MOMENT = ["DateTimeOriginal", "OffsetTimeOriginal"];

/**
 * The photos of one find by which part they show: the first one is taken for the cap, as the start screen asks for.
 *
 * @param {readonly Blob[]} files
 * @returns {NewPhoto[]}
 */
export function ofOneFind(files) {
  return files.map((blob, index) => ({ blob, part: index === 0 ? "cap" : "other" }));
}

/**
 * @param {NewPhoto} photo
 * @returns {FindPhoto}
 */
export function asFindPhoto({ blob, part, takenAt = null, place = null }) {
  return { blob, url: URL.createObjectURL(blob), part, takenAt, place, original: blob, box: null, read: takenAt !== null };
}

/**
 * Take the time and place of a photo from its file, once.
 *
 * @param {FindPhoto} photo
 * @param {Settings["place"]} keeps what the reader lets the app keep of a place
 */
export async function readTraits(photo, keeps) {
  if (photo.read) return;
  photo.read = true;
  try {
    // On a broken HEIC file the library never ends, and browsers that show HEIC hand it over as JPEG.
    if (!(await isJpeg(photo.original))) return;
    const { parse } = await import("../vendored/exifr.js");
    // A place that must not be kept is not even read.
    const wanted = { tiff: true, exif: { pick: MOMENT }, gps: keeps !== "off", reviveValues: false };
    const found = (await parse(photo.original, wanted)) ?? {};
    photo.takenAt = isoMoment(found.DateTimeOriginal, found.OffsetTimeOriginal);
    photo.place = placeOf(found, keeps);
  } catch {
    // No photo, or one without such data: whoever identifies it says what is wrong.
  }
}

/** @param {Blob} file */
async function isJpeg(file) {
  const [first, second] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  return first === 0xff && second === 0xd8;
}

/**
 * "2024:10:05 12:33:10" and "+02:00" as ISO 8601.
 *
 * @param {unknown} moment
 * @param {unknown} offset
 */
export function isoMoment(moment, offset) {
  const [, day, time] = /^(\d{4}:\d\d:\d\d) (\d\d:\d\d:\d\d)/.exec(String(moment)) ?? [];
  if (!day || Number.isNaN(Date.parse(`${day.replaceAll(":", "-")}T${time}`))) return null;
  return `${day.replaceAll(":", "-")}T${time}${/^[+-]\d\d:\d\d$/.test(String(offset)) ? offset : ""}`;
}

/**
 * @param {{latitude?: unknown, longitude?: unknown, GPSHPositioningError?: unknown}} found
 * @param {Settings["place"]} keeps
 * @returns {Place | null}
 */
function placeOf({ latitude, longitude, GPSHPositioningError: error }, keeps) {
  if (typeof latitude !== "number" || typeof longitude !== "number") return null;
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) return null;
  return keptPlace({ latitude, longitude, accuracy: typeof error === "number" ? error : null }, keeps);
}

/**
 * This moment with the phone's offset, as in a photo's own data.
 *
 * @param {Date} now
 */
export function localMoment(now) {
  const minutes = -now.getTimezoneOffset();
  const two = (/** @type {number} */ value) => String(Math.trunc(Math.abs(value))).padStart(2, "0");
  const local = new Date(now.getTime() + minutes * 60_000).toISOString().slice(0, 19);
  return `${local}${minutes < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
}
