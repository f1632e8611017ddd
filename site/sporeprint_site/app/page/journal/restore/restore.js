/** Bringing a backup back. Its entries are judged one by one: a bad one is refused with its reason, the others come in. */

import { sha256 } from "../../../shared/hash.js";
import { findEntry, tryToStore } from "../entries.js";
import { FORMAT, RECORDS } from "../files/backup.js";
import { photoName, thumbnailName } from "../files/photo_names.js";
import { thumbnailOf } from "../thumbnail.js";
import { BadRecord, validEntry } from "./valid_entry.js";
import { BadZip, readDirectory, readMember } from "./zip_reader.js";

/**
 * @import {Entry} from "../entry.js"
 * @import {Picture, Problem} from "../entries.js"
 * @import {OnProgress} from "../files/backup.js"
 * @import {Member} from "./zip_reader.js"
 *
 * @typedef {{file: Blob, members: Map<string, Member>}} Archive
 * @typedef {"record" | "photo_missing" | "photo_damaged" | "photo_kind"} Reason
 *
 * @typedef {object} Report
 * @property {number} imported
 * @property {number} present already in the journal, or twice in the file
 * @property {{number: number, reason: Reason, field: string}[]} refused number: the entry's, from 1; field: of a bad
 *   record, what is wrong
 * @property {"no_backup" | "newer" | "too_many" | null} unusable why nothing could be read
 * @property {Problem | null} stopped why the rest was not stored
 */

const MAX_RECORDS_BYTES = 64_000_000;
const MAX_ENTRIES = 20_000;
const MAX_THUMBNAIL = 100_000;
/** A photo that unpacks to much more than this was made to fill a phone. */
const MAX_RATIO = 200;

/** The first bytes of each kind of photo. @type {Record<string, RegExp>} */
const BEGINNINGS = {
  "image/jpeg": /^\xff\xd8\xff/,
  "image/png": /^\x89PNG\r\n\x1a\n/,
  "image/webp": /^RIFF[^]{4}WEBP/,
};

/** One photo of an entry cannot be used. */
class BadPhoto extends Error {
  /** @param {Exclude<Reason, "record">} reason */
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

/**
 * @param {Blob} file
 * @param {OnProgress} onProgress
 * @returns {Promise<Report>}
 */
export async function restore(file, onProgress) {
  /** @type {Report} */
  const report = { imported: 0, present: 0, refused: [], unusable: null, stopped: null };
  const read = await recordsOf(file);
  if (typeof read === "string") return { ...report, unusable: read };
  for (const [index, record] of read.records.entries()) {
    await bringIn(record, index + 1, read.archive, report);
    onProgress(index + 1, read.records.length);
    if (report.stopped) break;
  }
  return report;
}

/**
 * @param {Blob} file
 * @returns {Promise<{archive: Archive, records: unknown[]} | NonNullable<Report["unusable"]>>}
 */
async function recordsOf(file) {
  try {
    const members = await readDirectory(file);
    const member = members.get(RECORDS);
    if (!member) return "no_backup";
    const { format, entries } = JSON.parse(new TextDecoder().decode(await readMember(file, member, MAX_RECORDS_BYTES)));
    if (typeof format === "number" && format > FORMAT) return "newer";
    if (format !== FORMAT || !Array.isArray(entries)) return "no_backup";
    return entries.length > MAX_ENTRIES ? "too_many" : { archive: { file, members }, records: entries };
  } catch (error) {
    // Whatever else it is: a login page, half a download, another program's file.
    if (!(error instanceof BadZip || error instanceof SyntaxError || error instanceof TypeError)) console.error(error);
    return "no_backup";
  }
}

/**
 * @param {unknown} record
 * @param {number} number
 * @param {Archive} archive
 * @param {Report} report
 */
async function bringIn(record, number, archive, report) {
  try {
    const entry = validEntry(record);
    if (await findEntry(entry.id)) {
      report.present++;
      return;
    }
    const photos = await photosIn(archive, entry);
    const thumbnail = await thumbnailIn(archive, entry.id, photos[0]);
    report.stopped = await tryToStore({ entry, photos, thumbnail });
    if (!report.stopped) report.imported++;
  } catch (error) {
    if (error instanceof BadRecord) report.refused.push({ number, reason: "record", field: error.message });
    else if (error instanceof BadPhoto) report.refused.push({ number, reason: error.reason, field: "" });
    else throw error;
  }
}

/** @param {Archive} archive @param {Entry} entry @returns {Promise<Picture[]>} */
async function photosIn({ file, members }, { id, photos }) {
  const pictures = [];
  for (const [index, { type, bytes: size, sha256: hash }] of photos.entries()) {
    const member = members.get(photoName(id, index, type));
    if (!member) throw new BadPhoto("photo_missing");
    if (member.size !== size || size > MAX_RATIO * Math.max(1, member.packed)) throw new BadPhoto("photo_damaged");
    const bytes = await readMember(file, member, size).catch(() => null);
    if (bytes?.length !== size || (await sha256(bytes)) !== hash) throw new BadPhoto("photo_damaged");
    if (!begins(bytes, type)) throw new BadPhoto("photo_kind");
    pictures.push({ type, bytes: bytes.buffer });
  }
  return pictures;
}

/** @param {Uint8Array} bytes @param {string} type */
function begins(bytes, type) {
  return BEGINNINGS[type].test(String.fromCharCode(...bytes.subarray(0, 16)));
}

/** The thumbnail of the backup, or else a new one. @param {Archive} archive @param {string} id @param {Picture} photo */
async function thumbnailIn({ file, members }, id, photo) {
  const member = members.get(thumbnailName(id));
  const bytes = member && (await readMember(file, member, MAX_THUMBNAIL).catch(() => null));
  if (bytes && begins(bytes, "image/jpeg")) return bytes.buffer;
  return thumbnailOf(new Blob([photo.bytes], { type: photo.type }));
}
