export { loadGraphModelSync } from "@tensorflow/tfjs-converter";
export { tensor } from "@tensorflow/tfjs-core";

/** What the engine was made for: "wasm", "webgl" or "cpu". */
export const BACKEND: string;

/** What the engine says it computes on; empty before it has started. */
export function runningBackend(): string;

/**
 * Start the engine; false when its files did not arrive, and another attempt may succeed.
 *
 * @param folder address of the vendored files, ending in "/"
 * @throws this browser, or a policy of the page, cannot run it
 */
export function startBackend(folder: string): Promise<boolean>;
