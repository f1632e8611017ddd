// tfjs on WebAssembly, one thread: what phones run.

import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm/dist/base.js";
import { begin } from "./tfjs.js";

export { loadGraphModelSync, runningBackend, tensor } from "./tfjs.js";

export const BACKEND = "wasm";

// A module with one instruction of relaxed SIMD; app/sw/shell.js has the same one.
// prettier-ignore
const RELAXED_SIMD = Uint8Array.of(
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 20, 1, 18, 0,
  65, 0, 253, 15, 65, 0, 253, 15, 65, 0, 253, 15, 253, 133, 2, 26, 11,
);

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
  const simd = WebAssembly.validate(RELAXED_SIMD)
    ? "tfjs-backend-wasm-relaxed-simd.wasm"
    : "tfjs-backend-wasm-simd.wasm";
  setWasmPaths({
    "tfjs-backend-wasm.wasm": binary("tfjs-backend-wasm.wasm"),
    "tfjs-backend-wasm-simd.wasm": binary(simd),
    // Needs headers that many hosts cannot send, and blob: in the policy; never chosen, but tfjs wants a name.
    "tfjs-backend-wasm-threaded-simd.wasm": binary(simd),
  });
}
