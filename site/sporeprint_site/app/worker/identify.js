/** One photo to one answer, with the time each step took. */

import { calibratedScores, decide } from "../shared/decision.js";
import { Failure } from "../shared/failure.js";
import { taxaOf } from "../shared/manifest.js";
import { decodePhoto, toInput } from "./decode.js";

/**
 * @import {Identified} from "../shared/messages.js"
 * @import {Manifest} from "../shared/manifest.js"
 * @import {Model} from "./model.js"
 */

/**
 * @param {Blob} photo
 * @param {Model} model
 * @param {Manifest} manifest
 * @returns {Promise<Identified>}
 * @throws {Failure} a photo that cannot be used, or `not_identified`
 */
export async function identify(photo, model, manifest) {
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
  const logits = await model.logits(pixels);
  const inferred = performance.now();
  const { scores, decision } = answer(logits, manifest);
  return {
    modelId: manifest.id,
    scores: Float32Array.from(scores),
    decision,
    timings: {
      decode: decoded - started,
      resize: resized - decoded,
      inference: inferred - resized,
      decision: performance.now() - inferred,
    },
  };
}

/**
 * @param {ArrayLike<number>} logits
 * @param {Manifest} manifest
 */
function answer(logits, manifest) {
  try {
    const scores = calibratedScores(logits, manifest.temperature);
    return { scores, decision: decide(scores, taxaOf(manifest), manifest.thresholds) };
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
