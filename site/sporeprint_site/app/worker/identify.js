/** One photo to one answer, with the time each step took. */

import { calibratedScores, decide, rankedIndices } from "../shared/decision.js";
import { Failure } from "../shared/failure.js";
import { taxaOf } from "../shared/manifest.js";
import { strengthsOf, weigh } from "../shared/priors.js";
import { decodePhoto, toInput } from "./decode.js";

/**
 * @import {Activation, Explained, Identified} from "../shared/messages.js"
 * @import {Manifest} from "../shared/manifest.js"
 * @import {Context, Priors} from "../shared/priors.js"
 * @import {Model} from "./model.js"
 *
 * @typedef {{priors: Priors | null, context: Context | null}} Occasion the model's priors, and what is known of the photo
 */

/** @type {Occasion} */
const UNKNOWN = { priors: null, context: null };

/**
 * @param {Blob} photo
 * @param {Model} model
 * @param {Manifest} manifest
 * @param {Occasion} [occasion]
 * @returns {Promise<Identified>}
 * @throws {Failure} a photo that cannot be used, or `not_identified`
 */
export async function identify(photo, model, manifest, occasion = UNKNOWN) {
  return (await look(photo, model, manifest, false, occasion)).identified;
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
  const { identified, activation } = await look(photo, model, manifest, true);
  if (!activation) throw new Failure("no_activation");
  const index = classIndex ?? rankedIndices(identified.scores)[0];
  const { width, height, values } = activation;
  const count = manifest.classes.length;
  const ofClass = Float32Array.from({ length: width * height }, (_, place) => values[place * count + index]);
  const taxon = manifest.classes[index].scientific_name;
  return { ...identified, activation: { width, height, values: ofClass }, taxon };
}

/**
 * @param {Blob} photo
 * @param {Model} model
 * @param {Manifest} manifest
 * @param {boolean} withActivation
 * @param {Occasion} [occasion]
 * @returns {Promise<{identified: Identified, activation: Activation | null}>} the activation with all classes
 */
async function look(photo, model, manifest, withActivation, occasion = UNKNOWN) {
  const started = performance.now();
  const bitmap = await decodePhoto(photo);
  const decoded = performance.now();
  let pixels;
  try {
    pixels = toInput(bitmap, manifest.input);
  } finally {
    bitmap.close();
  }
  const resized = performance.now();
  const { logits, activation } = await model.run(pixels, withActivation);
  const inferred = performance.now();
  const { scores, decision, hint } = answer(logits, manifest, occasion);
  const timings = {
    decode: decoded - started,
    resize: resized - decoded,
    inference: inferred - resized,
    decision: performance.now() - inferred,
  };
  const identified = { modelId: manifest.id, scores: Float32Array.from(scores), decision, hint, timings };
  return { identified, activation };
}

/**
 * @param {ArrayLike<number>} logits
 * @param {Manifest} manifest
 * @param {Occasion} occasion
 */
function answer(logits, manifest, { priors, context }) {
  try {
    const taxa = taxaOf(manifest);
    const decideOn = (/** @type {readonly number[]} */ scores) => decide(scores, taxa, manifest.thresholds);
    const before = calibratedScores(logits, manifest.temperature);
    if (!context) return { scores: before, decision: decideOn(before), hint: null };
    const { scores, decision, flags, used } = weigh(before, decideOn, priors, context, strengthsOf(manifest.priors));
    return { scores, decision, hint: { used, flags, before: Float32Array.from(before) } };
  } catch (error) {
    // NaN or infinite scores: a wrong name would be worse than none.
    if (error instanceof RangeError) throw new Failure("not_identified");
    throw error;
  }
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
  const { scores } = await identify(photo, model, manifest);
  const difference = Math.max(...manifest.self_test.scores.map((score, index) => Math.abs(score - scores[index])));
  if (!(difference <= manifest.self_test.tolerance)) {
    throw new Failure("self_test", { difference, tolerance: manifest.self_test.tolerance });
  }
  return difference;
}
