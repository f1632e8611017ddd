/** The photos of one find to one answer, with the time each step took. */

import { calibratedScores, decide, fuse, rankedIndices } from "../shared/decision.js";
import { Failure } from "../shared/failure.js";
import { taxaOf } from "../shared/manifest.js";
import { strengthsOf, weigh } from "../shared/priors.js";
import { decodePhoto, toInput } from "./decode.js";

/**
 * @import {Activation, Explained, Identified, Timings} from "../shared/messages.js"
 * @import {Manifest} from "../shared/manifest.js"
 * @import {Context, Priors} from "../shared/priors.js"
 * @import {Model} from "./model.js"
 *
 * @typedef {{priors: Priors | null, context: Context | null}} Occasion the model's priors, and what is known of the photo
 * @typedef {{priors: Priors | null, context: Promise<Context | null> | null}} LaterOccasion what will be known of it
 */

/** @type {Occasion} */
const UNKNOWN = { priors: null, context: null };

/**
 * @param {Blob[]} photos of one find
 * @param {Model} model
 * @param {Manifest} manifest
 * @param {LaterOccasion} [occasion]
 * @returns {Promise<Identified>}
 * @throws {Failure} a photo that cannot be used, or `not_identified`
 */
export async function identify(photos, model, manifest, { priors, context } = { priors: null, context: null }) {
  /** @type {Look[]} */
  const looks = [];
  for (const photo of photos) looks.push(await look(photo, model, manifest, false));
  return answer(looks, manifest, { priors, context: await context });
}

/**
 * Identify, and find where on the photo one class was seen.
 *
 * @param {Blob} photo
 * @param {Model} model
 * @param {Manifest} manifest
 * @param {number | null} classIndex null: the class with the best score
 * @returns {Promise<Explained>}
 * @throws {Failure} as `identify`, or `no_activation`: the model has none, or no such class
 */
export async function explain(photo, model, manifest, classIndex) {
  if (!manifest.outputs.class_activation) throw new Failure("no_activation", { reason: "not an output of the model" });
  if (classIndex !== null && !manifest.classes[classIndex]) {
    throw new Failure("no_activation", { reason: `class ${classIndex} of ${manifest.classes.length}` });
  }
  const seen = await look(photo, model, manifest, true);
  if (!seen.activation) throw new Failure("no_activation");
  const identified = answer([seen], manifest, UNKNOWN);
  const index = classIndex ?? rankedIndices(identified.scores)[0];
  const { width, height, values } = seen.activation;
  const count = manifest.classes.length;
  const ofClass = Float32Array.from({ length: width * height }, (_, place) => values[place * count + index]);
  const taxon = manifest.classes[index].scientific_name;
  return { ...identified, activation: { width, height, values: ofClass }, taxon };
}

/**
 * What the model says of one photo.
 *
 * @typedef {object} Look
 * @property {Float32Array} logits
 * @property {number | null} familiarity
 * @property {Activation | null} activation with all classes
 * @property {Timings} timings without the decision
 *
 * @param {Blob} photo
 * @param {Model} model
 * @param {Manifest} manifest
 * @param {boolean} withActivation
 * @returns {Promise<Look>}
 */
async function look(photo, model, manifest, withActivation) {
  const started = performance.now();
  const picture = await decodePhoto(photo);
  const decoded = performance.now();
  const pixels = await toInput(picture, manifest.input).finally(() => picture.close());
  const resized = performance.now();
  const found = await model.run(pixels, withActivation);
  const inference = performance.now() - resized;
  return { ...found, timings: { decode: decoded - started, resize: resized - decoded, inference, decision: 0 } };
}

/**
 * @param {Look[]} looks at one find
 * @param {Manifest} manifest
 * @param {Occasion} occasion
 * @returns {Identified}
 * @throws {Failure} `not_identified`
 */
function answer(looks, manifest, { priors, context }) {
  const started = performance.now();
  const familiarity = meanFamiliarity(looks);
  const taxa = taxaOf(manifest);
  const decideOn = (/** @type {readonly number[]} */ scores) => decide(scores, taxa, manifest.thresholds, familiarity);
  try {
    const logits = fuse(
      looks.map((one) => one.logits),
      manifest.fusion.exponent,
    );
    const before = calibratedScores(logits, manifest.temperature);
    const weighed = context && weigh(before, decideOn, priors, context, strengthsOf(manifest.priors));
    const { scores, decision } = weighed ?? { scores: before, decision: decideOn(before) };
    const hint = weighed && { used: weighed.used, flags: weighed.flags, before: Float32Array.from(before) };
    const timings = summed(looks.map((one) => one.timings));
    timings.decision = performance.now() - started;
    return { modelId: manifest.id, scores: Float32Array.from(scores), familiarity, decision, hint, timings };
  } catch (error) {
    // NaN or infinite scores: a wrong name would be worse than none.
    if (error instanceof RangeError) throw new Failure("not_identified");
    throw error;
  }
}

/** @param {Look[]} looks */
function meanFamiliarity(looks) {
  let sum = 0;
  for (const { familiarity } of looks) {
    if (familiarity === null) return null;
    sum += familiarity;
  }
  return sum / looks.length;
}

/** @param {Timings[]} all */
function summed(all) {
  const total = { decode: 0, resize: 0, inference: 0, decision: 0 };
  for (const one of all) {
    total.decode += one.decode;
    total.resize += one.resize;
    total.inference += one.inference;
  }
  return total;
}

/**
 * Identify the bundled photo on this device and compare with what the trained model said.
 *
 * @param {Blob} photo
 * @param {Model} model
 * @param {Manifest} manifest
 * @returns {Promise<number>} the largest difference of a score
 * @throws {Failure} `self_test`
 */
export async function selfTest(photo, model, manifest) {
  const { scores } = await identify([photo], model, manifest);
  const difference = Math.max(...manifest.self_test.scores.map((score, index) => Math.abs(score - scores[index])));
  if (!(difference <= manifest.self_test.tolerance)) {
    throw new Failure("self_test", { difference, tolerance: manifest.self_test.tolerance });
  }
  return difference;
}
