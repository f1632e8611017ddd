/**
 * What every peer's page offers to the measurement. The same for all: bytes of one picture in, logits out, everything
 * between them timed.
 */

/**
 * @typedef {object} Engine
 * @property {string} backend what really computes, as the engine itself says
 * @property {(pixels: Uint8Array) => Promise<Float32Array>} infer RGB from 0 to 255, row by row, to logits
 */

/** @param {() => Promise<Engine>} load */
export function offer(load) {
  const loading = load();
  Object.assign(window, {
    peer: {
      /** When the model could be asked, in milliseconds since navigation. */
      ready: async () => {
        const { backend } = await loading;
        return { backend, ms: performance.now() };
      },
      /** @param {Uint8Array} pixels */
      infer: async (pixels) => {
        const { infer } = await loading;
        const started = performance.now();
        const logits = await infer(pixels);
        return { ms: performance.now() - started, logits: Array.from(logits) };
      },
    },
  });
}
