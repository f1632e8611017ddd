/**
 * Place and season as a hint: reading the file and applying it to one photo's scores.
 *
 * The same format as `sporeprint_training/priors/file.py` and the same rule as `rule.py` there; a change here is a change
 * there.
 *
 * @import {Decision} from "./decision.js"
 *
 * @typedef {"season" | "place"} Part
 * @typedef {"unusual_month" | "rare_here"} Flag
 *
 * @typedef {object} PartRecord
 * @property {number} strength exponent of the ratios; 0: the part is not in the file
 * @property {number} n observations that it was built from
 * @property {number} n_validation
 * @property {number} gain
 * @property {number} width
 * @property {number} weight
 *
 * @typedef {object} PriorsRecord what the manifest says of them
 * @property {string | null} path
 * @property {PartRecord | null} season
 * @property {(PartRecord & {degrees: number, cells: number}) | null} place
 *
 * @typedef {{degrees: number, cells: Uint16Array, levels: Int8Array}} PlaceLevels levels class by class, one per cell
 * @typedef {{classes: number, season: Int8Array | null, place: PlaceLevels | null}} Priors
 *
 * @typedef {object} Context when and where a photo was taken, as far as is known
 * @property {number | null} [month] 1 to 12
 * @property {number | null} [latitude] degrees north; alone it still tells the hemisphere
 * @property {number | null} [longitude] degrees east
 */

import { exactSum } from "./decision.js";

const MONTHS = 12;
const LEVELS = 15;
const LARGEST_RATIO = 20;
const STEP = Math.log(LARGEST_RATIO) / LEVELS;
/** At this level and below a name is marked: reported a fifth as often as elsewhere or at other times, or less. */
const FLAG_LEVEL = -8;

const MAGIC = "SPP1";
const HEADER_BYTES = 10;
const QUARTERS = 4;
const ZERO = 16;
const LEVEL_BITS = 5;
const LONG = 7;

/**
 * Read the file of a model.
 *
 * @param {Uint8Array} bytes
 * @param {PriorsRecord} record what the manifest says of it
 * @param {number} classes of the model
 * @returns {Priors}
 * @throws {RangeError} bytes that are no such file, or that differ from the record
 */
export function parsePriors(bytes, record, classes) {
  const priors = parse(bytes, classes);
  const [season, place] = strengthsOf(record);
  if ((priors.season !== null) !== season > 0 || (priors.place !== null) !== place > 0) {
    throw new RangeError("other parts than are described");
  }
  if (priors.place && record.place) {
    const { degrees, cells } = priors.place;
    if (degrees !== record.place.degrees || cells.length !== record.place.cells) {
      throw new RangeError(`${cells.length} cells of ${degrees}°`);
    }
  }
  return priors;
}

/**
 * Exponents of the season's and the place's ratios; 0 where there is none.
 *
 * @param {PriorsRecord | null} record
 * @returns {[number, number]}
 */
export function strengthsOf(record) {
  return [record?.season?.strength ?? 0, record?.place?.strength ?? 0];
}

/**
 * @param {Uint8Array} bytes
 * @param {number} classes
 * @returns {Priors}
 */
function parse(bytes, classes) {
  if (bytes.length < HEADER_BYTES) throw new RangeError("too short");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [found, parts, quarters, count] = [view.getUint16(4, true), bytes[6], bytes[7], view.getUint16(8, true)];
  const hasPlace = (parts & 2) !== 0;
  const sound = parts >= 1 && parts <= 3 && hasPlace === (quarters > 0 && count > 0);
  if (String.fromCharCode(...bytes.subarray(0, 4)) !== MAGIC || !sound) throw new RangeError("no such header");
  if (found !== classes) throw new RangeError(`${found} classes instead of ${classes}`);
  const reader = { bytes, at: HEADER_BYTES };
  const season = parts & 1 ? readLevels(reader, classes, MONTHS) : null;
  /** @type {PlaceLevels | null} */
  let place = null;
  if (hasPlace) {
    const degrees = quarters / QUARTERS;
    const cells = readCells(reader, view, count, degrees);
    place = { degrees, cells, levels: readLevels(reader, classes, count) };
  }
  if (reader.at !== bytes.length) throw new RangeError(`${bytes.length - reader.at} bytes too many`);
  return { classes, season, place };
}

/**
 * @param {{bytes: Uint8Array, at: number}} reader
 * @param {DataView} view
 * @param {number} count
 * @param {number} degrees
 */
function readCells(reader, view, count, degrees) {
  if (reader.at + 2 * count > reader.bytes.length) throw new RangeError("too short");
  const cells = Uint16Array.from({ length: count }, (_, index) => view.getUint16(reader.at + 2 * index, true));
  reader.at += 2 * count;
  if (180 % degrees || cells.some((cell, index) => index > 0 && cell <= cells[index - 1])) {
    throw new RangeError("cells out of order");
  }
  const last = cells[count - 1];
  if (last >= (180 / degrees) * (360 / degrees)) throw new RangeError(`cell ${last} of ${degrees}°`);
  return cells;
}

/**
 * @param {{bytes: Uint8Array, at: number}} reader
 * @param {number} classes
 * @param {number} columns
 */
function readLevels(reader, classes, columns) {
  const { bytes } = reader;
  const levels = new Int8Array(classes * columns);
  let written = 0;
  for (let row = 1; row <= classes; row++) {
    while (written < row * columns) {
      if (reader.at >= bytes.length) throw new RangeError("too short");
      const first = bytes[reader.at++];
      const level = (first & (2 * ZERO - 1)) - ZERO;
      let length = (first >> LEVEL_BITS) + 1;
      if (length > LONG) {
        if (reader.at >= bytes.length) throw new RangeError("too short");
        length = bytes[reader.at++] + LONG + 1;
      }
      if (level < -LEVELS || written + length > row * columns) {
        throw new RangeError(`a run of ${length} × ${level} in row ${row}`);
      }
      levels.fill(level, written, written + length);
      written += length;
    }
  }
  return levels;
}

/**
 * Multiply each score by its class's ratios for the month and the cell, and bring the sum back to 1. No ratio is below
 * 1/20 or above 20, so that no score above zero becomes zero. Where nothing is known of the context the scores stay the
 * very same.
 *
 * @param {readonly number[]} scores calibrated, one per class, finite and not negative
 * @param {Priors | null} priors of the model; null changes nothing
 * @param {Context} context of the photo; a value that cannot be counts as unknown
 * @param {readonly [number, number]} strengths exponents of the season's and the place's ratios; 0 leaves that part out,
 *   flags included
 * @returns {{scores: number[], flags: Flag[][], used: Part[]}}
 * @throws {RangeError} no scores, another number than the priors have classes, or scores that are no shares
 */
export function reweigh(scores, priors, context, strengths) {
  if (!scores.some((score) => score > 0) || !scores.every((score) => Number.isFinite(score) && score >= 0)) {
    throw new RangeError("scores must be finite, not negative and not all zero");
  }
  if (priors && priors.classes !== scores.length) {
    throw new RangeError(`${scores.length} scores for priors of ${priors.classes} classes`);
  }
  const season = strengths[0] > 0 ? seasonLevels(priors, context) : null;
  const place = strengths[1] > 0 ? placeLevels(priors, context) : null;
  const weighted = scores.map(
    (score, index) => score * Math.exp(STEP * (strengths[0] * (season?.[index] ?? 0) + strengths[1] * (place?.[index] ?? 0))),
  );
  const total = exactSum(weighted);
  /** @type {Part[]} */
  const used = [...(season ? [/** @type {const} */ ("season")] : []), ...(place ? [/** @type {const} */ ("place")] : [])];
  return {
    scores: used.length ? weighted.map((score) => score / total) : [...scores],
    flags: scores.map((_, index) => flagsOf(season?.[index] ?? 0, place?.[index] ?? 0)),
    used,
  };
}

/**
 * Reweigh the scores of a find and decide: the answer on what comes out, the alarm on both.
 *
 * @param {readonly number[]} scores calibrated, one per class
 * @param {(scores: readonly number[]) => Decision} decideOn the decision on some scores, whatever else it looks at
 * @param {Priors | null} priors as for `reweigh`, like the rest
 * @param {Context} context
 * @param {readonly [number, number]} strengths
 * @returns {{scores: number[], decision: Decision, flags: Flag[][], used: Part[]}}
 * @throws {RangeError} as `reweigh` and `decideOn`
 */
export function weigh(scores, decideOn, priors, context, strengths) {
  const found = reweigh(scores, priors, context, strengths);
  return { ...found, decision: keepAlarm(decideOn(found.scores), decideOn(scores)) };
}

/**
 * The decision on the scores after the priors, with the alarm of both: a prior may raise one, never silence it. The
 * alarm sounds when it does on either; of the reasons the graver one is given, and all deadly species that either one
 * means are named.
 *
 * @param {Decision} after
 * @param {Decision} before
 * @returns {Decision}
 */
export function keepAlarm(after, before) {
  const reasons = /** @type {const} */ (["score", "look_alike", "group"]);
  return {
    ...after,
    alarm: after.alarm || before.alarm,
    alarm_reason: reasons.find((one) => one === after.alarm_reason || one === before.alarm_reason) ?? null,
    deadly: [...new Set([...after.deadly, ...before.deadly])],
  };
}

/**
 * @param {number} season
 * @param {number} place
 * @returns {Flag[]}
 */
function flagsOf(season, place) {
  /** @type {Flag[]} */
  const flags = [];
  if (season <= FLAG_LEVEL) flags.push("unusual_month");
  if (place <= FLAG_LEVEL) flags.push("rare_here");
  return flags;
}

/**
 * @param {Priors | null} priors
 * @param {Context} context
 */
function seasonLevels(priors, { month, latitude }) {
  if (!priors?.season || !Number.isInteger(month) || Number(month) < 1 || Number(month) > MONTHS) return null;
  const south = (degrees(latitude, 90) ?? 0) < 0;
  const column = (Number(month) - 1 + (south ? MONTHS / 2 : 0)) % MONTHS;
  return everyNth(priors.season, column, MONTHS);
}

/**
 * @param {Priors | null} priors
 * @param {Context} context
 */
function placeLevels(priors, context) {
  const [latitude, longitude] = [degrees(context.latitude, 90), degrees(context.longitude, 180)];
  if (!priors?.place || latitude === null || longitude === null) return null;
  // The point that broken devices and tables name, in the sea off Africa.
  if (latitude === 0 && longitude === 0) return null;
  const { cells, levels, degrees: side } = priors.place;
  const column = cells.indexOf(cellOf(latitude, longitude, side));
  return column < 0 ? null : everyNth(levels, column, cells.length);
}

/**
 * Number of the cell that holds a place, from the south pole eastwards and then north.
 *
 * @param {number} latitude
 * @param {number} longitude
 * @param {number} side degrees
 */
function cellOf(latitude, longitude, side) {
  const [rows, columns] = [Math.round(180 / side), Math.round(360 / side)];
  const row = Math.min(Math.floor((latitude + 90) / side), rows - 1);
  return row * columns + (Math.floor((longitude + 180) / side) % columns);
}

/**
 * @param {Int8Array} levels
 * @param {number} first
 * @param {number} step
 */
function everyNth(levels, first, step) {
  return Int8Array.from({ length: levels.length / step }, (_, index) => levels[first + index * step]);
}

/**
 * @param {number | null | undefined} value
 * @param {number} limit
 */
function degrees(value, limit) {
  return typeof value === "number" && Number.isFinite(value) && Math.abs(value) <= limit ? value : null;
}
