// What every variant of tfjs gives the worker, whatever it computes on.

import "@tensorflow/tfjs-core/dist/base_side_effects.js";
import "@tensorflow/tfjs-converter/dist/flags.js";
import { enableProdMode, getBackend, setBackend } from "@tensorflow/tfjs-core/dist/globals.js";
// The kernels of browser_ops.json; bundling/tfjs.mjs writes the module.
import "sporeprint-kernels";

export { loadGraphModelSync } from "@tensorflow/tfjs-converter/dist/executor/graph_model.js";
export { tensor } from "@tensorflow/tfjs-core/dist/ops/tensor.js";

/**
 * What tfjs itself says it computes on; empty before it has started.
 *
 * @returns {string}
 */
export function runningBackend() {
  return getBackend() ?? "";
}

/**
 * @param {string} name
 * @returns {Promise<boolean>}
 */
export function begin(name) {
  enableProdMode();
  return setBackend(name);
}
