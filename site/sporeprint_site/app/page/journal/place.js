/** Where a find was, as precisely as the reader wants it kept. */

/**
 * @import {Settings} from "../settings.js"
 * @import {Entry, Place} from "./entry.js"
 *
 * @typedef {{latitude: number, longitude: number, accuracy: number | null}} Fix
 */

/** Steps of a degree: about 11 km from north to south, less from east to west. */
const COARSE_STEPS = 10;
/** Metres between a point at the equator and what it is rounded to, at most (0.05° both ways). */
export const COARSE_METRES = 7900;

/**
 * What may be kept of a place; nothing with places off.
 *
 * @param {Fix | null | undefined} fix
 * @param {Settings["place"]} setting
 * @returns {Place | null}
 */
export function keptPlace(fix, setting) {
  if (!fix || setting === "off") return null;
  const { latitude, longitude, accuracy } = fix;
  // What a file says of its place may be anything.
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) return null;
  if (setting === "exact") return { latitude: digits(latitude), longitude: digits(longitude), accuracy, precision: "exact" };
  const round = (/** @type {number} */ degrees) => Math.round(degrees * COARSE_STEPS) / COARSE_STEPS;
  return { latitude: round(latitude), longitude: round(longitude), accuracy: null, precision: "coarse" };
}

/** An entry for others, with its place rounded. @param {Entry} entry @returns {Entry} */
export function coarser(entry) {
  return entry.place?.precision === "exact" ? { ...entry, place: keptPlace(entry.place, "coarse") } : entry;
}

/** Six digits tell decimetres apart; no phone does. @param {number} degrees */
function digits(degrees) {
  return Math.round(degrees * 1e6) / 1e6;
}

/**
 * Ask the phone where it is.
 *
 * @returns {Promise<Fix>}
 * @throws {GeolocationPositionError | TypeError} refused, unknown, or no such thing in this browser
 */
export function currentFix() {
  return new Promise((resolve, reject) => {
    const options = { enableHighAccuracy: true, timeout: 30_000, maximumAge: 60_000 };
    navigator.geolocation.getCurrentPosition(
      ({ coords: { latitude, longitude, accuracy } }) => resolve({ latitude, longitude, accuracy }),
      reject,
      options,
    );
  });
}
