/** What photos are called inside an archive. */

/** @type {Record<string, string>} */
const ENDINGS = {
  "image/jpeg": "jpg",
  "image/png": "png",
  "image/webp": "webp",
};

/** Kinds of photos that the journal keeps. */
export const PHOTO_TYPES = Object.keys(ENDINGS);

/**
 * @param {string} id of the entry
 * @param {number} index
 * @param {string} type
 */
export function photoName(id, index, type) {
  return `photos/${id}/${index + 1}.${ENDINGS[type] ?? "bin"}`;
}

/**
 * In a folder named after the species, from which a model can be trained; a photo without a species lies outside.
 *
 * @param {string} species two words, or ""
 * @param {string} id of the entry
 * @param {number} index
 * @param {string} type
 */
export function classFolderName(species, id, index, type) {
  const folder = species && `${species.replace(" ", "_")}/`;
  return `${folder}${id}-${index + 1}.${ENDINGS[type] ?? "bin"}`;
}

/** @param {string} id of the entry */
export function thumbnailName(id) {
  return `thumbnails/${id}.jpg`;
}
