/** The network itself, on whatever engine.js gives: decoded, loaded, run. */

import { Failure } from "../shared/failure.js";
import * as engine from "./engine.js";
import { fileOf } from "./fetch_model.js";

/** @import {ModelFiles} from "./fetch_model.js" */

/** @type {Promise<void> | null} */
let starting = null;

/**
 * Start the engine, once unless that failed.
 *
 * @throws {Failure} `engine_blocked`: a content security policy or a setting forbids what the engine needs; `network`:
 *   a part of it did not arrive
 */
export function startEngine() {
  starting ??= begin().catch((error) => {
    starting = null;
    throw error;
  });
  return starting;
}

async function begin() {
  const vendor = new URL("../../vendor/", import.meta.url).href;
  const started = await engine.startBackend(vendor).catch(() => {
    throw new Failure("engine_blocked", { backend: engine.BACKEND });
  });
  // The files are the site's own: what failed is their way here.
  if (!started) throw new Failure("network", { file: engine.BACKEND });
}

/** A loaded graph; run it with pixels. */
export class Model {
  #graph;
  #manifest;

  /**
   * @param {ModelFiles} files verified
   * @throws {Failure} `model_broken`
   */
  constructor(files) {
    this.#manifest = files.manifest;
    try {
      this.#graph = engine.loadGraphModelSync(artifacts(files));
    } catch (error) {
      if (error instanceof Failure) throw error;
      throw new Failure("model_broken", { reason: String(error) });
    }
  }

  /**
   * Unscaled class scores.
   *
   * @param {Uint8Array} pixels RGB, shape (size, size, 3), 0 to 255
   * @returns {Promise<Float32Array>} one per class
   * @throws {Failure} `not_identified`: another number of scores than there are classes
   */
  async logits(pixels) {
    const { size } = this.#manifest.input;
    const image = engine.tensor(Float32Array.from(pixels), [1, size, size, 3]);
    const output = /** @type {import("@tensorflow/tfjs-core").Tensor} */ (
      this.#graph.execute(image, this.#manifest.outputs.logits)
    );
    const values = /** @type {Float32Array} */ (await output.data());
    image.dispose();
    output.dispose();
    if (values.length !== this.#manifest.classes.length) throw new Failure("not_identified");
    return values;
  }

  dispose() {
    this.#graph.dispose();
  }
}

/**
 * What the converter wrote, in the form that tfjs loads from memory.
 *
 * @param {ModelFiles} files
 */
function artifacts(files) {
  const graph = files.manifest.files.find((file) => file.role === "graph");
  if (!graph) throw new Failure("model_broken", { reason: "no graph" });
  const json = JSON.parse(new TextDecoder().decode(fileOf(files, graph.path)));
  const folder = graph.path.slice(0, graph.path.lastIndexOf("/") + 1);
  /** @type {{paths: string[], weights: import("@tensorflow/tfjs-core").io.WeightsManifestEntry[]}[]} */
  const groups = json.weightsManifest;
  return {
    modelTopology: json.modelTopology,
    format: json.format,
    signature: json.signature,
    weightSpecs: groups.flatMap((group) => group.weights),
    weightData: groups.flatMap((group) => group.paths.map((path) => fileOf(files, folder + path).buffer)),
  };
}
