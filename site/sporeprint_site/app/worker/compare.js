/** Is the graphics processor faster than WebAssembly here? Asked once for each model and browser, and after "ready". */

import { fetchModel, fileOf } from "./fetch_model.js";
import { enginesToTry, startEngine } from "./engines.js";
import { toInput, decodePhoto } from "./decode.js";
import { supplyOf, tested } from "./prepare.js";

/**
 * @import {CompareRequest, Compared} from "../shared/messages.js"
 * @import {ModelFiles} from "./fetch_model.js"
 * @import {Model} from "./model.js"
 * @import {Loaded} from "./prepare.js"
 */

/** Nobody waits for less than this: another engine is then not worth its download. */
const FAST_MS = 80;
/** What it has to be better by, since it also takes longer to start. */
const GAIN = 0.75;
const RUNS = 5;

/**
 * @param {CompareRequest} request
 * @param {Loaded} loaded the model that identifies
 * @param {(model: Model) => void} take another engine's model for it
 * @returns {Promise<Compared>}
 * @throws {import("../shared/failure.js").Failure}
 */
export async function compare(request, loaded, take) {
  const backend = /** @type {import("../shared/messages.js").Backend} */ (loaded.model.backend);
  /** @type {Compared["milliseconds"]} */
  const milliseconds = {};
  if (backend !== "wasm" || !enginesToTry(null, request.engines).includes("webgl")) return { backend, milliseconds };
  const supply = await supplyOf(request);
  const files = await fetchModel(request.model, supply);
  milliseconds.wasm = await timed(loaded.model, files);
  if (milliseconds.wasm < FAST_MS) return { backend, milliseconds };
  const { model } = await tested(files, await startEngine("webgl", request.engines, supply));
  milliseconds.webgl = await timed(model, files);
  if (milliseconds.webgl < milliseconds.wasm * GAIN) {
    take(model);
    return { backend: "webgl", milliseconds };
  }
  model.dispose();
  return { backend, milliseconds };
}

/**
 * Median time of an inference, after one that is not counted.
 *
 * @param {Model} model
 * @param {ModelFiles} files
 */
async function timed(model, files) {
  const picture = await decodePhoto(new Blob([fileOf(files, files.manifest.self_test.photo)]));
  const pixels = await toInput(picture, files.manifest.input).finally(() => picture.close());
  await model.run(pixels, false);
  /** @type {number[]} */
  const times = [];
  while (times.length < RUNS) {
    const started = performance.now();
    await model.run(pixels, false);
    times.push(performance.now() - started);
  }
  return times.sort((one, other) => one - other)[RUNS >> 1];
}
