// tfjs on WebGL 2, in the worker through OffscreenCanvas.

import "@tensorflow/tfjs-backend-webgl/dist/base.js";
import { begin } from "./tfjs.js";

export { loadGraphModelSync, runningBackend, tensor } from "./tfjs.js";

export const BACKEND = "webgl";

/**
 * @returns {Promise<boolean>} true
 * @throws {Error} the browser gives a worker no WebGL
 */
export async function startBackend() {
  if (!(await begin(BACKEND))) throw new Error("no WebGL in a worker");
  return true;
}
