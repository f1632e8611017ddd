/** When and where a find was made, as far as its photos or this phone's clock tell. */

/**
 * @import {Context} from "../../shared/priors.js"
 * @import {FindPhoto} from "./photo.js"
 *
 * @typedef {{context: Context & {month: number}, dated: boolean}} Occasion dated: by a photo, not by today
 */

/**
 * @param {readonly FindPhoto[]} photos of one find
 * @param {Date} [today]
 * @returns {Occasion}
 */
export function occasionOf(photos, today = new Date()) {
  const takenAt = photos.find((photo) => photo.takenAt)?.takenAt;
  const place = photos.find((photo) => photo.place)?.place;
  const month = takenAt ? Number(takenAt.slice(5, 7)) : today.getMonth() + 1;
  const { latitude = null, longitude = null } = place ?? {};
  return { context: { month, latitude, longitude }, dated: takenAt !== undefined };
}
