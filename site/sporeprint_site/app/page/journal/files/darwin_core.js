/**
 * The journal as a Darwin Core archive with its photos inside (https://dwc.tdwg.org/text/), which GBIF and museums read.
 *
 * basisOfRecord is HumanObservation: the term tells how the occurrence came to be known, and here a person found the
 * organism and took the photo. MachineObservation is for what a device records by itself, such as a camera trap. That
 * a machine gave the name is said where names are explained: identifiedBy, identificationVerificationStatus and
 * identificationRemarks.
 *
 * The photos lie in folders named after the species, with `observations.csv` beside them: so `sporeprint ingest` reads
 * the archive as well.
 */

import { photosOf } from "../entries.js";
import { csvText } from "./csv.js";
import { emlText, metaText } from "./darwin_core_meta.js";
import { archivedName, MULTIMEDIA, OCCURRENCE } from "./darwin_core_terms.js";
import { inParts, partName } from "./parts.js";
import { newZip } from "./zip.js";

/**
 * @import {Manifest} from "../../../shared/manifest.js"
 * @import {Entry} from "../entry.js"
 * @import {OnProgress} from "./backup.js"
 * @import {Column} from "./darwin_core_terms.js"
 *
 * @typedef {{licence: string, holder: string}} Rights of the photos and records; either may be ""
 */

/**
 * @param {Entry[]} entries
 * @param {Manifest | null} manifest
 * @param {Rights} rights
 * @param {OnProgress} onProgress
 * @returns {Promise<File[]>}
 */
export async function darwinCoreFiles(entries, manifest, rights, onProgress) {
  const groups = inParts(entries);
  /** @type {File[]} */
  const files = [];
  let done = 0;
  for (const [index, group] of groups.entries()) {
    const zip = await newZip();
    const context = { manifest, rights };
    zip.addText("meta.xml", metaText());
    zip.addText("eml.xml", emlText(rights));
    zip.addText("occurrence.txt", table(OCCURRENCE, group.map((entry) => ({ entry, photo: 0, ...context }))));
    const photos = group.flatMap((entry) => entry.photos.map((_, photo) => ({ entry, photo, ...context })));
    zip.addText("multimedia.txt", table(MULTIMEDIA, photos));
    zip.addText("observations.csv", csvText(photos.map(({ entry, photo }) => observation(entry, photo, rights))));
    for (const entry of group) {
      const pictures = await photosOf(entry.id);
      pictures.forEach(({ bytes }, number) => zip.addBytes(archivedName(entry, number), bytes));
      onProgress(++done, entries.length);
    }
    files.push(zip.end(partName("journal-darwin-core.zip", index, groups.length)));
  }
  return files;
}

/**
 * @param {Entry} entry
 * @param {number} photo
 * @param {Rights} rights
 */
function observation(entry, photo, { licence, holder }) {
  return {
    file: archivedName(entry, photo),
    observation_url: `urn:uuid:${entry.id}`,
    licence,
    author: holder,
    observed_on: entry.foundAt.slice(0, 10),
    latitude: entry.place?.latitude ?? null,
    longitude: entry.place?.longitude ?? null,
  };
}

/**
 * @param {Column[]} columns
 * @param {Parameters<Column["value"]>[0][]} rows
 */
function table(columns, rows) {
  const lines = [columns.map(({ name }) => name), ...rows.map((row) => columns.map(({ value }) => field(value(row))))];
  return lines.map((line) => `${line.join("\t")}\n`).join("");
}

/** Nothing is quoted in this kind of table: a tab or a line break would end the field. @param {string | number | null} value */
function field(value) {
  return String(value ?? "").replace(/[\t\r\n\v\f\u0085\u2028\u2029]+/g, " ").replace(/\0/g, "").trim();
}
