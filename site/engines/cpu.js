// tfjs in plain JavaScript: slow, and the reference for what the operations mean.

import "@tensorflow/tfjs-backend-cpu/dist/base.js";
import { begin } from "./tfjs.js";

export { loadGraphModelSync, runningBackend, tensor } from "./tfjs.js";

export const BACKEND = "cpu";

/** @returns {Promise<boolean>} true */
export function startBackend() {
  return begin(BACKEND);
}
