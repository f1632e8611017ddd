/** The network itself: tfjs on its wasm backend, one thread. */

import { Failure } from "../shared/failure.js";
import { fileOf } from "./fetch_model.js";
import { enableProdMode, loadGraphModelSync, setBackend, setWasmPaths, tensor } from "./tfjs.js";

/** @import {ModelFiles} from "./fetch_model.js" */

/** @type {Promise<void> | null} */
let backend = null;
let configured = false;

/**
 * Start the wasm backend, once unless that failed.
 *
 * @throws {Failure} `wasm_blocked`: a content security policy or a setting forbids WebAssembly; `network`: its binary
 *   did not arrive
 */
export function startBackend() {
  backend ??= begin().catch((error) => {
    backend = null;
    throw error;
  });
  return backend;
}

async function begin() {
  try {
    // The smallest module there is: tfjs would only say that no backend was found.
    new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
  } catch {
    throw new Failure("wasm_blocked");
  }
  if (!configured) configure();
  // The probe has shown that WebAssembly runs, and the binary is the site's own: what failed is its way here.
  if (!(await setBackend("wasm"))) throw new Failure("network", { file: "tfjs-backend-wasm.wasm" });
}

/** After a failed start tfjs refuses to be told the paths again. */
function configure() {
  configured = true;
  const vendor = new URL("../../vendor/", import.meta.url);
  const binary = (/** @type {string} */ name) => new URL(name, vendor).href;
  setWasmPaths({
    "tfjs-backend-wasm.wasm": binary("tfjs-backend-wasm.wasm"),
    "tfjs-backend-wasm-simd.wasm": binary("tfjs-backend-wasm-simd.wasm"),
    // Needs headers that many hosts cannot send, and blob: in the policy; never chosen, but tfjs wants a name.
    "tfjs-backend-wasm-threaded-simd.wasm": binary("tfjs-backend-wasm-simd.wasm"),
  });
  enableProdMode();
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
      this.#graph = loadGraphModelSync(artifacts(files));
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
    const image = tensor(Float32Array.from(pixels), [1, size, size, 3]);
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
