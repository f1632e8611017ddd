/** A stranger's record of a find, checked field by field. Only what is known is taken over; text stays text. */

import { RANKS } from "../../../shared/decision.js";
import { PHOTO_TYPES } from "../files/photo_names.js";
import { MAX_NOTES } from "../notes.js";

/** @import {Answer, Candidate, Entry, PhotoRecord, Place} from "../entry.js" */

/** What is wrong with a record, by its field. */
export class BadRecord extends Error {}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const HASH = /^[0-9a-f]{64}$/;
const DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?$/;
const LANGUAGE = /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/;
/** Markup, control characters, and those that turn the direction of what follows. */
const NOT_IN_NAMES = /[<>\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
const MAX_NAME = 200;
const MAX_PHOTOS = 24;
const MAX_PHOTO = 64_000_000;
const MAX_ANSWERS = 50;
const MAX_CANDIDATES = 20;
const MAX_DEADLY = 500;
const TAXON_RANKS = ["kingdom", "phylum", "class", "order", "family", "genus"];

/** @typedef {Record<string, unknown>} Fields */

/** @param {boolean} right @param {string} field @returns {asserts right} */
function need(right, field) {
  if (!right) throw new BadRecord(field);
}

/** @param {unknown} value @param {string} field @returns {Fields} */
function fields(value, field) {
  need(typeof value === "object" && value !== null && !Array.isArray(value), field);
  return /** @type {Fields} */ (value);
}

/**
 * @template Item
 * @param {unknown} value
 * @param {string} field
 * @param {number} most
 * @param {(item: unknown) => Item} each
 */
function list(value, field, most, each) {
  need(Array.isArray(value) && value.length <= most, field);
  return /** @type {unknown[]} */ (value).map(each);
}

/** @param {unknown} value @param {string} field @param {RegExp} form */
function text(value, field, form) {
  need(typeof value === "string" && form.test(value), field);
  return /** @type {string} */ (value);
}

/** @param {unknown} value @param {string} field */
function name(value, field) {
  need(typeof value === "string" && value.length <= MAX_NAME && !NOT_IN_NAMES.test(value), field);
  return /** @type {string} */ (value);
}

/** @param {unknown} value @param {string} field @param {number} least @param {number} most */
function number(value, field, least, most) {
  need(typeof value === "number" && value >= least && value <= most, field);
  return /** @type {number} */ (value);
}

/** @param {unknown} value @param {string} field */
function date(value, field) {
  const found = text(value, field, DATE);
  need(!Number.isNaN(Date.parse(found)), field);
  return found;
}

/**
 * @template {string} Word
 * @param {unknown} value
 * @param {string} field
 * @param {readonly Word[]} allowed
 */
function oneOf(value, field, allowed) {
  need(allowed.includes(/** @type {Word} */ (value)), field);
  return /** @type {Word} */ (value);
}

/**
 * @template Value
 * @param {unknown} value
 * @param {(value: unknown) => Value} check
 */
function orNull(value, check) {
  return value === null || value === undefined ? null : check(value);
}

/**
 * @param {unknown} value anything that JSON can hold
 * @returns {Entry}
 * @throws {BadRecord}
 */
export function validEntry(value) {
  const { format, id, savedAt, foundAt, ownName, notes, place, photos, answers } = fields(value, "record");
  need(format === 1, "format");
  need(typeof notes === "string" && notes.length <= MAX_NOTES, "notes");
  const found = list(photos, "photos", MAX_PHOTOS, photo);
  const said = list(answers, "answers", MAX_ANSWERS, answer);
  need(found.length > 0, "photos");
  need(said.length > 0, "answers");
  return {
    format: 1,
    id: text(id, "id", UUID),
    savedAt: date(savedAt, "savedAt"),
    foundAt: date(foundAt, "foundAt"),
    ownName: orNull(ownName, (own) => name(own, "ownName")),
    notes: /** @type {string} */ (notes),
    place: orNull(place, placeOf),
    photos: found,
    answers: said,
  };
}

/** @param {unknown} value @returns {Place} */
function placeOf(value) {
  const { latitude, longitude, accuracy, precision } = fields(value, "place");
  return {
    latitude: number(latitude, "latitude", -90, 90),
    longitude: number(longitude, "longitude", -180, 180),
    accuracy: orNull(accuracy, (metres) => number(metres, "accuracy", 0, 1e8)),
    precision: oneOf(precision, "precision", /** @type {const} */ (["coarse", "exact"])),
  };
}

/** @param {unknown} value @returns {PhotoRecord} */
function photo(value) {
  const { part, takenAt, type, bytes, sha256 } = fields(value, "photo");
  return {
    part: oneOf(part, "part", /** @type {const} */ (["cap", "underside", "base", "other"])),
    takenAt: orNull(takenAt, (taken) => date(taken, "takenAt")),
    type: oneOf(type, "type", PHOTO_TYPES),
    bytes: number(bytes, "bytes", 1, MAX_PHOTO),
    sha256: text(sha256, "sha256", HASH),
  };
}

/** @param {unknown} value @returns {Answer} */
function answer(value) {
  const { at, model, decision, danger, candidates, familiarity, hint } = fields(value, "answer");
  const { id, name: called, sha256 } = fields(model, "model");
  return {
    at: date(at, "at"),
    model: { id: name(id, "model"), name: name(called, "model"), sha256: orNull(sha256, (hash) => text(hash, "sha256", HASH)) },
    decision: decisionOf(decision),
    danger: oneOf(danger, "danger", /** @type {const} */ (["deadly", "poisonous", "group", "possibly", "not_assessed"])),
    candidates: list(candidates, "candidates", MAX_CANDIDATES, candidate),
    familiarity: orNull(familiarity, (deviations) => number(deviations, "familiarity", -1e9, 1e9)),
    hint: list(hint, "hint", 4, (part) => name(part, "hint")),
  };
}

/** @param {unknown} value @returns {Answer["decision"]} */
function decisionOf(value) {
  const { taxon, rank, score, unknown, band, alarm, alarm_reason: reason, deadly } = fields(value, "decision");
  need(typeof unknown === "boolean" && typeof alarm === "boolean", "decision");
  need((taxon === null) === (rank === null), "decision");
  return {
    taxon: orNull(taxon, (best) => name(best, "taxon")),
    rank: orNull(rank, (level) => oneOf(level, "rank", RANKS)),
    score: number(score, "score", 0, 1.001),
    unknown: /** @type {boolean} */ (unknown),
    band: name(band, "band"),
    alarm: /** @type {boolean} */ (alarm),
    alarm_reason: orNull(reason, (why) => oneOf(why, "alarm", /** @type {const} */ (["score", "look_alike", "group"]))),
    deadly: list(deadly, "deadly", MAX_DEADLY, (species) => name(species, "deadly")),
  };
}

/** @param {unknown} value @returns {Candidate} */
function candidate(value) {
  const { scientificName, rank, taxonomy, commonNames, toxicity, score, band } = fields(value, "candidate");
  return {
    scientificName: name(scientificName, "scientificName"),
    rank: oneOf(rank, "rank", /** @type {const} */ (["species", "genus"])),
    taxonomy: words(taxonomy, "taxonomy", (key) => TAXON_RANKS.includes(key)),
    commonNames: words(commonNames, "commonNames", (key) => LANGUAGE.test(key)),
    toxicity: oneOf(toxicity, "toxicity", /** @type {const} */ (["deadly", "poisonous", "not_assessed"])),
    score: number(score, "score", 0, 1.001),
    band: name(band, "band"),
  };
}

/** @param {unknown} value @param {string} field @param {(key: string) => boolean} known */
function words(value, field, known) {
  const pairs = Object.entries(fields(value, field));
  need(pairs.length <= 100 && pairs.every(([key]) => known(key)), field);
  return Object.fromEntries(pairs.map(([key, word]) => [key, name(word, field)]));
}
