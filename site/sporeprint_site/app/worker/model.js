/** The network itself, on whatever engine it is given: decoded, loaded, run. */

import { Failure } from "../shared/failure.js";
import { familiarityOf, readFamiliarity } from "../shared/familiarity.js";
import { fileOf } from "./fetch_model.js";
import { decodeWeights } from "./weights.js";

/**
 * @import {Activation} from "../shared/messages.js"
 * @import {Engine} from "./engines.js"
 * @import {ModelFiles} from "./fetch_model.js"
 */

/** A loaded graph; run it with pixels. */
export class Model {
  #engine;
  #graph;
  #manifest;
  /** @type {import("../shared/familiarity.js").Familiarity | null} */
  #known = null;

  /**
   * @param {ModelFiles} files verified
   * @param {Engine} engine started
   * @throws {Failure} `model_broken`
   */
  constructor(files, engine) {
    this.#engine = engine;
    this.#manifest = files.manifest;
    try {
      this.#graph = engine.loadGraphModelSync(artifacts(files));
      const file = files.manifest.files.find(({ role }) => role === "familiarity");
      if (file) this.#known = readFamiliarity(fileOf(files, file.path), files.manifest.classes.length);
    } catch (error) {
      if (error instanceof Failure) throw error;
      throw new Failure("model_broken", { reason: String(error) });
    }
  }

  /**
   * Unscaled class scores, how familiar the photo is, and, only when asked for, the class activation.
   *
   * @param {Uint8Array} pixels RGB, shape (size, size, 3), 0 to 255
   * @param {boolean} withActivation the manifest must name that output
   * @returns {Promise<{logits: Float32Array, familiarity: number | null, activation: Activation | null}>} one score per
   *   class; null where the model cannot tell; values of shape (height, width, classes)
   * @throws {Failure} `not_identified`: another number of scores than there are classes; `model_broken`: features or
   *   an activation of another shape
   */
  async run(pixels, withActivation) {
    const { input, outputs, classes } = this.#manifest;
    const wanted = [
      outputs.logits,
      this.#known && outputs.features,
      withActivation ? outputs.class_activation : null,
    ];
    const names = wanted.filter((name) => name !== null);
    const image = this.#engine.tensor(new Float32Array(pixels), [1, input.size, input.size, 3]);
    // What is not named here is not computed.
    const found = [this.#graph.execute(image, names)].flat();
    const values = await Promise.all(found.map((output) => output.data()));
    const shapes = found.map(({ shape }) => shape);
    for (const used of [image, ...found]) used.dispose();
    const valuesOf = (/** @type {string | null} */ name) =>
      /** @type {Float32Array | undefined} */ (name === null ? undefined : values[names.indexOf(name)]);
    const logits = valuesOf(outputs.logits);
    if (logits?.length !== classes.length) throw new Failure("not_identified");
    const familiarity = this.#familiarity(valuesOf(wanted[1]));
    const activation = valuesOf(wanted[2]);
    if (!activation) return { logits, familiarity, activation: null };
    const [, height, width, depth] = shapes[names.length - 1];
    if (depth !== classes.length) throw new Failure("model_broken", { reason: `an activation of ${depth} classes` });
    return { logits, familiarity, activation: { width, height, values: activation } };
  }

  /** @param {Float32Array | undefined} features */
  #familiarity(features) {
    if (!this.#known || !features) return null;
    try {
      return familiarityOf(features, this.#known);
    } catch (error) {
      throw new Failure("model_broken", { reason: String(error) });
    }
  }

  /** What the engine itself says it computes on. */
  get backend() {
    return this.#engine.runningBackend();
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
  const names = new Set(json.modelTopology.node.map((/** @type {{name: string}} */ node) => node.name));
  const { logits, class_activation: activation, features } = files.manifest.outputs;
  for (const output of [logits, activation ?? logits, features ?? logits]) {
    if (!names.has(output.split(":")[0])) throw new Failure("model_broken", { reason: `the graph has no ${output}` });
  }
  const folder = graph.path.slice(0, graph.path.lastIndexOf("/") + 1);
  const { specs, data } = decodeWeights(json.weightsManifest, (path) => fileOf(files, folder + path));
  return {
    modelTopology: json.modelTopology,
    format: json.format,
    signature: json.signature,
    weightSpecs: specs,
    weightData: data,
  };
}
