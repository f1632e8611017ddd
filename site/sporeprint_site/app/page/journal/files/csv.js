/**
 * The journal as a table: RFC 4180, in UTF-8 with a byte order mark. Excel takes the bytes for another encoding
 * without the mark; pandas, R and LibreOffice read past it.
 */

import { recordOf } from "./record.js";

/**
 * @import {Manifest} from "../../../shared/manifest.js"
 * @import {Entry} from "../entry.js"
 */

const MARK = "\ufeff";
/** What spreadsheets take for the beginning of a formula, wide forms included (OWASP, CSV Injection). */
const FORMULA = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r]/;

/**
 * @param {Entry[]} entries
 * @param {Manifest | null} manifest
 * @returns {File}
 */
export function csvFile(entries, manifest) {
  const records = entries.map((entry) => recordOf(entry, manifest));
  return new File([MARK, csvText(records)], "journal.csv", { type: "text/csv" });
}

/** @param {import("./record.js").FlatRecord[]} records with the same fields */
export function csvText(records) {
  const names = Object.keys(records[0] ?? {});
  const lines = [names, ...records.map((record) => names.map((name) => record[name]))];
  return lines.map((line) => `${line.map(cell).join(",")}\r\n`).join("");
}

/**
 * Numbers stay numbers, also negative ones; text that would calculate gets an apostrophe before it.
 *
 * @param {string | number | boolean | null} value
 */
function cell(value) {
  if (value === null) return "";
  if (typeof value !== "string") return String(value);
  const inert = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
