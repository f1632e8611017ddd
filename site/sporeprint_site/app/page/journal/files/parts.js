/** One file, or several where one would be too large. */

import { MAX_ZIP } from "./zip.js";

/** @import {Entry} from "../entry.js" */

/**
 * Entries in groups whose photos stay below a size; the order stays.
 *
 * @param {Entry[]} entries
 * @param {number} [limit] bytes of photos
 * @returns {Entry[][]} at least one group
 */
export function inParts(entries, limit = MAX_ZIP) {
  /** @type {Entry[][]} */
  const groups = [[]];
  let bytes = 0;
  for (const entry of entries) {
    const size = entry.photos.reduce((sum, photo) => sum + photo.bytes, 0);
    const group = groups[groups.length - 1];
    if (group.length && bytes + size > limit) groups.push([entry]);
    else group.push(entry);
    bytes = groups[groups.length - 1].length === 1 ? size : bytes + size;
  }
  return groups;
}

/**
 * @param {string} name with its ending
 * @param {number} index
 * @param {number} count
 */
export function partName(name, index, count) {
  return count === 1 ? name : name.replace(/(\.\w+)$/, `-${index + 1}-of-${count}$1`);
}
