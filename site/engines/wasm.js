// tfjs on WebAssembly, one thread: what phones run.

import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm/dist/base.js";
import { begin } from "./tfjs.js";

export { loadGraphModelSync, runningBackend, tensor } from "./tfjs.js";

export const BACKEND = "wasm";

let told = false;

/**
 * @param {string} folder address of the binaries, ending in "/"
 * @returns {Promise<boolean>} false: the binary did not arrive, and another attempt may succeed
 * @throws {Error} a policy or a setting forbids WebAssembly
 */
export async function startBackend(folder) {
  // The smallest module there is: tfjs would only say that no backend was found.
  new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
  if (!told) tell(folder);
  return begin(BACKEND);
}

/** After a failed start tfjs refuses to be told the paths again. @param {string} folder */
function tell(folder) {
  told = true;
  const binary = (/** @type {string} */ name) => new URL(name, folder).href;
  setWasmPaths({
    "tfjs-backend-wasm.wasm": binary("tfjs-backend-wasm.wasm"),
    "tfjs-backend-wasm-simd.wasm": binary("tfjs-backend-wasm-simd.wasm"),
    // Needs headers that many hosts cannot send, and blob: in the policy; never chosen, but tfjs wants a name.
    "tfjs-backend-wasm-threaded-simd.wasm": binary("tfjs-backend-wasm-simd.wasm"),
  });
}
