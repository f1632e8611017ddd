/**
 * The weights of model.json as tfjs takes them from memory. Entries of the bundle's own codec (`quantization.dtype`
 * int4 to int8) are decoded to float32 here; all others are tfjs' own formats and pass unchanged.
 *
 * An entry of the codec is `channels` float32 scales, then one signed integer q per value: value i is
 * q × scale[i % channels]. int8 is one byte per value. Fewer bits are stored as u = q + 2^(bits-1) in two planes:
 * first the upper four bits of every value, two values per byte, the earlier one in the low nibble; then the remaining
 * bits, packed from the least significant one on. Compression on the way finds something to save in the upper bits.
 */

import { Failure } from "../shared/failure.js";

/**
 * @typedef {import("@tensorflow/tfjs-core").io.WeightsManifestEntry} Spec
 * @typedef {{dtype: string, channels: number, original_dtype: string}} Codec
 * @typedef {{paths: string[], weights: Spec[]}} Group entries of `weightsManifest`
 * @typedef {{specs: Spec[], data: ArrayBuffer[]}} Weights
 */

/** @type {Record<string, number>} bits per value */
const BITS = { int4: 4, int5: 5, int6: 6, int7: 7, int8: 8 };
/** @type {Record<string, number>} bytes per value of what tfjs decodes itself */
const BYTES = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 };

/**
 * @param {Group[]} groups
 * @param {(path: string) => Uint8Array<ArrayBuffer>} read the bytes of a shard
 * @returns {Weights}
 * @throws {Failure} `model_broken`: an entry that cannot be, or other bytes than the entries need
 */
export function decodeWeights(groups, read) {
  /** @type {Weights} */
  const weights = { specs: [], data: [] };
  for (const { paths, weights: specs } of groups) {
    const shards = paths.map(read);
    const lengths = specs.map(storedBytes);
    const [needed, found] = [sum(lengths), sum(shards.map((shard) => shard.length))];
    if (needed !== found) throw broken(`${found} bytes of weights instead of ${needed}`);
    if (!specs.some(codecOf)) {
      weights.specs.push(...specs);
      weights.data.push(...shards.map((shard) => shard.buffer));
      continue;
    }
    let offset = 0;
    const bytes = joined(shards, found);
    specs.forEach((spec, index) => {
      const stored = bytes.slice(offset, (offset += lengths[index]));
      const codec = codecOf(spec);
      weights.specs.push(codec ? { name: spec.name, shape: spec.shape, dtype: "float32" } : spec);
      weights.data.push(codec ? decodeEntry(spec.name, codec, sizeOf(spec), stored.buffer).buffer : stored.buffer);
    });
  }
  return weights;
}

/**
 * The codec of an entry, or null when tfjs reads it itself.
 *
 * @param {Spec} spec
 * @returns {Codec | null}
 */
function codecOf({ quantization }) {
  const codec = /** @type {Codec | undefined} */ (/** @type {unknown} */ (quantization));
  return codec && Object.hasOwn(BITS, codec.dtype) ? codec : null;
}

/** @param {Spec} spec */
function sizeOf({ name, shape }) {
  const valid = Array.isArray(shape) && shape.every((length) => Number.isSafeInteger(length) && length >= 0);
  if (!valid) throw broken(`${name} of shape ${JSON.stringify(shape)}`);
  return shape.reduce((product, length) => product * length, 1);
}

/**
 * Length of an entry in its shards.
 *
 * @param {Spec} spec
 */
function storedBytes(spec) {
  const size = sizeOf(spec);
  const codec = codecOf(spec);
  if (!codec) {
    const type = spec.quantization?.dtype ?? spec.dtype;
    if (!Object.hasOwn(BYTES, type)) throw broken(`${spec.name} of type ${type}`);
    return size * BYTES[type];
  }
  const { channels, dtype } = codec;
  const divides = Number.isSafeInteger(channels) && channels > 0 && size % channels === 0;
  if (!divides || spec.dtype !== "float32") throw broken(`${spec.name}: ${size} values in ${channels} channels`);
  return 4 * channels + planeBytes(BITS[dtype], size);
}

/**
 * @param {number} bits
 * @param {number} size
 */
function planeBytes(bits, size) {
  return bits === 8 ? size : Math.ceil(size / 2) + Math.ceil((size * (bits - 4)) / 8);
}

/**
 * @param {string} name
 * @param {Codec} codec
 * @param {number} size
 * @param {ArrayBuffer} stored
 */
function decodeEntry(name, { dtype, channels }, size, stored) {
  const scales = new Float32Array(stored, 0, channels);
  if (!scales.every(Number.isFinite)) throw broken(`${name}: a scale that is no number`);
  const bits = BITS[dtype];
  const steps = bits === 8 ? new Int8Array(stored, 4 * channels) : fromPlanes(stored, 4 * channels, bits, size);
  const values = new Float32Array(size);
  // A product of these two is exact in double precision, so storing it rounds once, as float32 arithmetic does.
  for (let index = 0, channel = 0; index < size; index++) {
    values[index] = steps[index] * scales[channel];
    if (++channel === channels) channel = 0;
  }
  return values;
}

/**
 * @param {ArrayBuffer} stored
 * @param {number} offset
 * @param {number} bits 4 to 7
 * @param {number} size
 */
function fromPlanes(stored, offset, bits, size) {
  const upper = new Uint8Array(stored, offset, Math.ceil(size / 2));
  const lower = new Uint8Array(stored, offset + upper.length);
  const rest = bits - 4;
  const mask = (1 << rest) - 1;
  const zero = 1 << (bits - 1);
  const steps = new Int8Array(size);
  // Bits of the lower plane that are read and not yet used.
  let [pending, count, next] = [0, 0, 0];
  for (let index = 0; index < size; index++) {
    if (count < rest) {
      pending |= lower[next++] << count;
      count += 8;
    }
    const nibble = (upper[index >> 1] >> ((index & 1) << 2)) & 15;
    steps[index] = ((nibble << rest) | (pending & mask)) - zero;
    pending >>= rest;
    count -= rest;
  }
  return steps;
}

/**
 * @param {Uint8Array[]} parts
 * @param {number} length
 */
function joined(parts, length) {
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

/** @param {number[]} values */
function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

/** @param {string} reason */
function broken(reason) {
  return new Failure("model_broken", { reason });
}
