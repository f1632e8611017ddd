/**
 * From scores to an answer: species, broader group, "not sure" or "none of these", and the deadly alarm.
 *
 * The same rule as `sporeprint_training/decision.py`; a change here is a change there.
 *
 * @typedef {"species" | "genus" | "family" | "order"} Rank
 * @typedef {{name: "high" | "medium" | "low", from_score: number, right: number | null, n: number}} Band
 * @typedef {{below: number, target: number, refused: number | null, n: number}} UnknownRule
 * @typedef {Record<Rank | "deadly", number> & {unknown: UnknownRule | null, bands: Band[]}} Thresholds
 * @typedef {object} Taxon
 * @property {Partial<Record<Rank, string>>} names
 * @property {string} name
 * @property {"deadly" | "poisonous" | "not_assessed"} toxicity
 * @property {string[]} deadly_look_alikes
 *
 * @typedef {object} Decision
 * @property {string | null} taxon null: not sure, or unknown
 * @property {Rank | null} rank
 * @property {number} score
 * @property {boolean} unknown it looks like none of the classes, whatever the scores say
 * @property {"high" | "medium" | "low"} band of the best species' score
 * @property {boolean} alarm
 * @property {"score" | "look_alike" | "group" | null} alarm_reason
 * @property {string[]} deadly the deadly species meant, most probable first
 *
 * @typedef {object} Groups the taxa of one rank
 * @property {string[]} names in the order of their first classes, which decides ties
 * @property {Int32Array} places the taxon of each class, or -1
 *
 * @typedef {{ranks: Map<Rank, Groups>, deadly: number[]}} Grouped the latter are the numbers of the deadly classes
 */

/** @type {readonly Rank[]} from the narrowest */
export const RANKS = ["species", "genus", "family", "order"];

/** A rank with this threshold is never the answer, also when the scores of all classes add up to 1. */
const NEVER = 1;

/** Share of the deadly classes' summed score that the alarm names; the rest is left unsaid. */
const MAIN_PART = 0.9;

/** @type {WeakMap<readonly Taxon[], Grouped>} each list of classes is grouped once: that takes longer than a decision */
const GROUPED = new WeakMap();

/**
 * Softmax of `logits / temperature`.
 *
 * @param {ArrayLike<number>} logits one per class
 * @param {number} temperature above 0
 * @returns {number[]}
 * @throws {RangeError} no logits, or one of them is NaN or infinite: the model "could not identify"
 */
export function calibratedScores(logits, temperature) {
  const values = Array.from(logits);
  if (!values.length || !values.every(Number.isFinite)) {
    throw new RangeError("logits must be finite numbers, at least one");
  }
  const peak = values.reduce((a, b) => Math.max(a, b));
  const powers = values.map((logit) => Math.exp((logit - peak) / temperature));
  const total = exactSum(powers);
  return powers.map((power) => power / total);
}

/**
 * Logits of one find from those of its photos: their mean, times a power of their number.
 *
 * @param {readonly ArrayLike<number>[]} photos the logits of each photo; at least one photo
 * @param {number} exponent 0: further photos add no certainty; 1: as much as photos of new finds would
 * @returns {number[]}
 * @throws {RangeError} no photos, of different lengths, or values that are not finite
 */
export function fuse(photos, exponent) {
  if (!photos.length || photos.some(({ length }) => length !== photos[0].length)) {
    throw new RangeError("a find has at least one photo, and all have the same classes");
  }
  if (!photos.every((logits) => Array.from(logits).every(Number.isFinite))) {
    throw new RangeError("logits must be finite numbers");
  }
  const count = photos.length;
  return Array.from(photos[0], (_, index) => {
    const sum = exactSum(photos.map((logits) => logits[index]));
    return (sum / count) * count ** exponent;
  });
}

/**
 * Apply the rule to calibrated scores. A find that is less familiar than `thresholds.unknown` allows has no answer; the
 * alarm is decided all the same. Otherwise the answer is the narrowest rank at which some taxon's summed score reaches
 * the rank's threshold (unless `NEVER`); ties go to the taxon whose first class comes first.
 *
 * @param {readonly number[]} scores one per class
 * @param {readonly Taxon[]} taxa the classes, in the same order
 * @param {Thresholds} thresholds
 * @param {number | null} familiarity of the find, the mean over its photos; null where it is not known
 * @returns {Decision}
 * @throws {RangeError} the lengths differ, there are none, or a score or the familiarity is not finite
 */
export function decide(scores, taxa, thresholds, familiarity) {
  if (!scores.length || scores.length !== taxa.length || !scores.every(Number.isFinite)) {
    throw new RangeError(`one finite score per class is needed: ${scores.length} scores, ${taxa.length} classes`);
  }
  const best = scores.reduce((top, score, index) => (score > scores[top] ? index : top), 0);
  const unknown = isUnknown(familiarity, thresholds.unknown);
  const answer = unknown ? null : narrowest(scores, taxa, thresholds);
  const alarm = alarmFor(scores, taxa, thresholds, best, answer);
  const band = thresholds.bands.find(({ from_score }) => scores[best] >= from_score);
  if (!band) throw new RangeError("the last band starts at 0");
  return {
    taxon: answer?.taxon ?? null,
    rank: answer?.rank ?? null,
    score: answer?.score ?? scores[best],
    unknown,
    band: band.name,
    alarm: alarm.reason !== null,
    alarm_reason: alarm.reason,
    deadly: alarm.deadly,
  };
}

/**
 * @param {number | null} familiarity
 * @param {UnknownRule | null} rule
 */
function isUnknown(familiarity, rule) {
  if (familiarity === null || !rule) return false;
  if (!Number.isFinite(familiarity)) throw new RangeError("familiarity must be a finite number");
  return familiarity < rule.below;
}

/**
 * @param {readonly number[]} scores
 * @param {readonly Taxon[]} taxa
 * @param {Thresholds} thresholds
 * @param {number} best
 * @param {{taxon: string, rank: Rank, score: number} | null} answer
 * @returns {{reason: Decision["alarm_reason"], deadly: string[]}}
 */
function alarmFor(scores, taxa, thresholds, best, answer) {
  const deadly = [...grouped(taxa).deadly].sort((a, b) => scores[b] - scores[a]);
  const sum = exactSum(deadly.map((index) => scores[index]));
  if (deadly.length && (deadly.includes(best) || sum >= thresholds.deadly)) {
    return { reason: "score", deadly: mainPart(deadly, scores).map((index) => taxa[index].name) };
  }
  if (taxa[best].deadly_look_alikes.length) return { reason: "look_alike", deadly: [...taxa[best].deadly_look_alikes] };
  if (answer && answer.rank !== "species") {
    const inside = deadly.filter((index) => taxa[index].names[answer.rank] === answer.taxon);
    if (inside.length) return { reason: "group", deadly: inside.map((index) => taxa[index].name) };
  }
  return { reason: null, deadly: [] };
}

/**
 * The fewest classes that hold `MAIN_PART` of their summed score: twenty deadly names with a thousandth each would bury
 * the one that matters.
 *
 * @param {readonly number[]} ranked class indices from the best score to the worst
 * @param {readonly number[]} scores
 */
function mainPart(ranked, scores) {
  const sum = (/** @type {readonly number[]} */ indices) => exactSum(indices.map((index) => scores[index]));
  const total = sum(ranked);
  const enough = ranked.findIndex((_, at) => sum(ranked.slice(0, at + 1)) >= MAIN_PART * total);
  return ranked.slice(0, enough + 1);
}

/**
 * @param {readonly number[]} scores
 * @param {readonly Taxon[]} taxa
 * @param {Thresholds} thresholds
 * @returns {{taxon: string, rank: Rank, score: number} | null}
 */
function narrowest(scores, taxa, thresholds) {
  for (const [rank, { names, places }] of grouped(taxa).ranks) {
    if (!names.length || thresholds[rank] >= NEVER) continue;
    const sums = new Float64Array(names.length);
    for (let index = 0; index < places.length; index++) if (places[index] >= 0) sums[places[index]] += scores[index];
    const top = sums.reduce((best, sum, place) => (sum > sums[best] ? place : best), 0);
    if (sums[top] >= thresholds[rank]) return { taxon: names[top], rank, score: sums[top] };
  }
  return null;
}

/**
 * @param {readonly Taxon[]} taxa never changed afterwards
 * @returns {Grouped}
 */
function grouped(taxa) {
  const known = GROUPED.get(taxa);
  if (known) return known;
  const ranks = new Map(RANKS.map((rank) => [rank, groupsOf(taxa, rank)]));
  const deadly = [...taxa.keys()].filter((index) => taxa[index].toxicity === "deadly");
  GROUPED.set(taxa, { ranks, deadly });
  return { ranks, deadly };
}

/**
 * @param {readonly Taxon[]} taxa
 * @param {Rank} rank
 * @returns {Groups}
 */
function groupsOf(taxa, rank) {
  /** @type {Map<string, number>} */
  const known = new Map();
  const places = Int32Array.from(taxa, ({ names }) => {
    const name = names[rank];
    if (!name) return -1;
    if (!known.has(name)) known.set(name, known.size);
    return known.get(name) ?? -1;
  });
  return { names: [...known.keys()], places };
}

/**
 * Class indices from the best score to the worst; equal scores keep their order.
 *
 * @param {ArrayLike<number>} scores
 */
export function rankedIndices(scores) {
  return Array.from(scores, (_, index) => index).sort((a, b) => scores[b] - scores[a]);
}

/**
 * The correctly rounded sum, as Python's `math.fsum` (Shewchuk's partial sums): a sum that lands on a threshold must
 * land on the same side of it in both languages.
 *
 * @param {Iterable<number>} values finite
 */
export function exactSum(values) {
  /** @type {number[]} non-overlapping, increasing magnitude */
  const partials = [];
  for (let value of values) {
    let kept = 0;
    for (let partial of partials) {
      if (Math.abs(value) < Math.abs(partial)) [value, partial] = [partial, value];
      const high = value + partial;
      const low = partial - (high - value);
      if (low) partials[kept++] = low;
      value = high;
    }
    partials.length = kept;
    partials.push(value);
  }
  return roundedTotal(partials);
}

/** @param {number[]} partials */
function roundedTotal(partials) {
  let index = partials.length - 1;
  if (index < 0) return 0;
  let high = partials[index];
  let low = 0;
  while (index > 0) {
    const value = high;
    const partial = partials[--index];
    high = value + partial;
    low = partial - (high - value);
    if (low) break;
  }
  // Exactly between two numbers: the remaining partials say to which side the true sum lies.
  if (index > 0 && ((low < 0 && partials[index - 1] < 0) || (low > 0 && partials[index - 1] > 0))) {
    const doubled = low * 2;
    const moved = high + doubled;
    if (doubled === moved - high) return moved;
  }
  return high;
}
