/**
 * The whole journal as a file: `journal.json` with the records, and each photo as it is. Photos are read one entry at a
 * time, so that a journal larger than the memory can be taken out.
 */

import { t } from "../../strings.js";
import { photosOf, thumbnailsOf } from "../entries.js";
import { inParts, partName } from "./parts.js";
import { photoName, thumbnailName } from "./photo_names.js";
import { newZip } from "./zip.js";

/**
 * @import {Entry} from "../entry.js"
 * @import {ZipFile} from "./zip.js"
 *
 * @callback OnProgress
 * @param {number} done entries
 * @param {number} total
 */

export const FORMAT = 1;
export const RECORDS = "journal.json";

/**
 * @param {Entry[]} entries
 * @param {OnProgress} onProgress
 * @returns {Promise<File[]>} one, or several where one would be too large
 */
export async function backupFiles(entries, onProgress) {
  const groups = inParts(entries);
  const day = new Date().toISOString().slice(0, 10);
  /** @type {File[]} */
  const files = [];
  let done = 0;
  for (const [index, group] of groups.entries()) {
    const zip = await newZip();
    zip.addText(RECORDS, JSON.stringify({ format: FORMAT, exportedAt: new Date().toISOString(), safety: t("result.safety"), entries: group }));
    for (const entry of group) {
      await addPictures(zip, entry);
      onProgress(++done, entries.length);
    }
    files.push(zip.end(partName(`journal-${day}.zip`, index, groups.length)));
  }
  return files;
}

/**
 * @param {ZipFile} zip
 * @param {Entry} entry
 */
async function addPictures(zip, { id }) {
  const [photos, thumbnails] = await Promise.all([photosOf(id), thumbnailsOf([id])]);
  photos.forEach(({ type, bytes }, index) => zip.addBytes(photoName(id, index, type), bytes));
  const thumbnail = thumbnails.get(id);
  if (thumbnail) zip.addBytes(thumbnailName(id), thumbnail);
}
