// tfjs ships XNNPACK as it was compiled in 2021. Two rewrites of that binary make it a quarter to a third faster, for not
// a byte more to download; docs/benchmarks-runtime.md has the figures.

import { leb128, rewriteFunctions } from "./wasm_code.mjs";

/** @import {Body, Change, Instruction} from "./wasm_code.mjs" */

const [CONST, LT_U, GE_U, LOCAL_GET, LOCAL_SET] = [0x41, 0x49, 0x4f, 0x20, 0x21];
const [LOAD, LOAD32_SPLAT, SHUFFLE, ADD, MUL] = [0x00, 0x09, 0x0d, 0xe4, 0xe6];
const RELAXED_MADD = [0xfd, ...leb128(0x105)];
const MINUS_ONE = 0x7f;
const SIXTEEN = 0x10;
/** Matrix products and convolutions, each without a limit, with one from below, with two. */
const KERNELS = 6;

/**
 * The kernels for Intel's and AMD's processors multiply four rows at once and unroll four steps, for which they keep
 * sixteen copies of numbers beside eight sums: more than those processors have registers, so that most of them go to
 * memory and back. The loop for what four steps leave over does the same work with seven. It gets all of it here: the
 * constant that a product's depth is compared with becomes the largest there is. Bit for bit the same results.
 *
 * The kernels for ARM, with twice the registers, have five rows and stay as they are.
 *
 * @param {Uint8Array} module
 * @returns {Uint8Array}
 * @throws {Error} the kernels are not those of the pinned tfjs
 */
export function spareRegisters(module) {
  let found = 0;
  const tuned = rewriteFunctions(module, ({ bytes, code }) => {
    const change = isProductOfFourRows(code) ? neverUnrolled(bytes, code) : null;
    found += change ? 1 : 0;
    return { changes: change ? [change] : [], vectors: 0 };
  });
  if (found !== KERNELS) throw new Error(`tfjs' wasm binary has ${KERNELS} kernels of four rows. Received: ${found}`);
  return tuned;
}

/** @param {Instruction[]} code */
function isProductOfFourRows(code) {
  const count = (/** @type {number} */ wanted) => code.filter(({ simd }) => simd === wanted).length;
  return count(LOAD32_SPLAT) === 4 && count(SHUFFLE) >= 16 && count(MUL) === 40;
}

/** @param {Uint8Array} bytes @param {Instruction[]} code @returns {Change | null} */
function neverUnrolled(bytes, code) {
  const index = code.findIndex(
    ({ op, at }, place) => op === CONST && bytes[at + 1] === SIXTEEN && [LT_U, GE_U].includes(code[place + 1].op),
  );
  return index < 0 ? null : { at: code[index].at, end: code[index].end, bytes: [CONST, MINUS_ONE] };
}

/**
 * Every multiplication whose product goes straight into a sum becomes one instruction with it. Processors have had it
 * for ten years, WebAssembly since relaxed SIMD (Chromium 114, Firefox 145); elsewhere the module does not compile.
 * The result is rounded once instead of twice.
 *
 * @param {Uint8Array} module
 * @returns {Uint8Array}
 */
export function fuseMultiplyAdd(module) {
  return rewriteFunctions(module, (body) => {
    /** @type {Change[]} */
    const changes = [];
    let vectors = 0;
    body.code.forEach(({ simd }, index) => {
      const found = simd === MUL ? fused(body, index) : null;
      if (!found) return;
      changes.push(found.change);
      vectors = Math.max(vectors, found.vectors);
    });
    return { changes, vectors };
  });
}

/**
 * @param {Body} body
 * @param {number} index of the multiplication
 * @returns {{change: Change, vectors: number} | null} null where the product goes elsewhere
 */
function fused({ bytes, code, locals }, index) {
  const { at } = code[index];
  const [next, second, third] = code.slice(index + 1, index + 4);
  if (next.simd === ADD) {
    // On the stack: sum, a, b. Wanted: a, b, sum. Compilers make nothing of the detour.
    const [sum, a, b] = [0, 1, 2].map((offset) => leb128(locals + offset));
    const set = [b, a, sum].flatMap((local) => [LOCAL_SET, ...local]);
    const get = [a, b, sum].flatMap((local) => [LOCAL_GET, ...local]);
    return { change: { at, end: next.end, bytes: [...set, ...get, ...RELAXED_MADD] }, vectors: 3 };
  }
  // Where the sum is fetched after the product, the stack is already in order.
  const last = second?.simd === ADD ? second : second?.simd === LOAD && third?.simd === ADD ? third : null;
  if (next.op !== LOCAL_GET || !last) return null;
  return { change: { at, end: last.end, bytes: [...bytes.subarray(next.at, last.at), ...RELAXED_MADD] }, vectors: 0 };
}
