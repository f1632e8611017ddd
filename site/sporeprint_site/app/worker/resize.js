/**
 * From decoded pixels to the model's input, byte for byte as Pillow does it in `images.to_input`: block average, then
 * a triangle filter in two 8-bit passes. The arithmetic follows Pillow's integer code (22-bit coefficients, rounding by
 * half, truncating shifts); a browser's own resizing differs from it by 1.4/255 on average.
 *
 * @import {InputSpec} from "../shared/manifest.js"
 *
 * @typedef {object} Box what of the photo is used, in pixels of the upright photo, and how far it is averaged first
 * @property {number} left
 * @property {number} top
 * @property {number} width a multiple of factorX
 * @property {number} height a multiple of factorY
 * @property {number} factorX
 * @property {number} factorY
 */

/** Fraction bits of a filter coefficient: 32 less 8 for the pixel and 2 for overflow. */
const COEFFICIENT_BITS = 22;

/**
 * The part of a photo that the model sees.
 *
 * @param {number} width
 * @param {number} height
 * @param {InputSpec} spec
 * @returns {Box}
 */
export function inputBox(width, height, spec) {
  const side = Math.max(1, Math.floor(Math.min(width, height) * spec.crop_fraction + 0.5));
  const crop = spec.fit === "crop";
  const boxWidth = crop ? side : width;
  const boxHeight = crop ? side : height;
  const factorX = Math.max(1, Math.floor(boxWidth / (2 * spec.size)));
  const factorY = Math.max(1, Math.floor(boxHeight / (2 * spec.size)));
  const [restX, restY] = [boxWidth % factorX, boxHeight % factorY];
  return {
    left: (crop ? Math.floor((width - side) / 2) : 0) + Math.floor(restX / 2),
    top: (crop ? Math.floor((height - side) / 2) : 0) + Math.floor(restY / 2),
    width: boxWidth - restX,
    height: boxHeight - restY,
    factorX,
    factorY,
  };
}

/**
 * Average blocks of `factorX` × `factorY` pixels.
 *
 * @param {Uint8ClampedArray} rgba rows of 4-byte pixels, `width` wide; alpha is ignored
 * @param {number} width a multiple of factorX
 * @param {number} factorX
 * @param {number} factorY
 * @param {Uint8Array} out RGB, filled from `offset` on
 * @param {number} offset
 * @returns {number} the offset after the last byte written
 */
export function reduceBlocks(rgba, width, factorX, factorY, out, offset) {
  const blocks = width / factorX;
  const rows = rgba.length / 4 / width / factorY;
  const area = factorX * factorY;
  const reciprocal = reciprocalOf(area);
  const sums = new Uint32Array(blocks * 3);
  for (let row = 0; row < rows; row++) {
    sums.fill(area >> 1);
    let at = row * factorY * width * 4;
    for (let y = 0; y < factorY; y++) {
      for (let block = 0; block < sums.length; block += 3) {
        let red = 0;
        let green = 0;
        let blue = 0;
        for (let x = 0; x < factorX; x++, at += 4) {
          red += rgba[at];
          green += rgba[at + 1];
          blue += rgba[at + 2];
        }
        sums[block] += red;
        sums[block + 1] += green;
        sums[block + 2] += blue;
      }
    }
    for (let i = 0; i < sums.length; i++) out[offset++] = Math.imul(sums[i], reciprocal) >>> 24;
  }
  return offset;
}

/** Pillow divides by multiplying with this single-precision reciprocal and dropping 24 bits. @param {number} area */
export function reciprocalOf(area) {
  return Math.floor(Math.fround(4294967296 / (256 * area)));
}

/**
 * Resize an RGB picture with a triangle filter whose support grows with the scale; horizontal pass first.
 *
 * @param {Uint8Array} rgb shape (height, width, 3)
 * @param {number} width
 * @param {number} height
 * @param {number} size side of the square result
 * @returns {Uint8Array} shape (size, size, 3)
 */
export function resizeTriangle(rgb, width, height, size) {
  const narrow = width === size ? rgb : filterRows(rgb, width, height, size);
  return height === size ? narrow : filterColumns(narrow, size, height, size);
}

/**
 * For each output position: the first input it draws on, how many, and their integer weights.
 *
 * @param {number} from
 * @param {number} to
 */
function triangleWeights(from, to) {
  const scale = from / to;
  const support = Math.max(scale, 1);
  const inverse = 1 / support;
  return Array.from({ length: to }, (_, position) => {
    const centre = (position + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(from, Math.trunc(centre + support + 0.5));
    const weights = [];
    let total = 0;
    for (let input = first; input < end; input++) {
      const weight = Math.max(0, 1 - Math.abs((input - centre + 0.5) * inverse));
      weights.push(weight);
      total += weight;
    }
    const unit = 2 ** COEFFICIENT_BITS;
    return { first, weights: Int32Array.from(weights, (weight) => Math.trunc(0.5 + (weight / total) * unit)) };
  });
}

/**
 * @param {Uint8Array} rgb
 * @param {number} width
 * @param {number} height
 * @param {number} size
 */
function filterRows(rgb, width, height, size) {
  const half = 1 << (COEFFICIENT_BITS - 1);
  const out = new Uint8Array(height * size * 3);
  triangleWeights(width, size).forEach(({ first, weights }, x) => {
    for (let y = 0; y < height; y++) {
      let [red, green, blue] = [half, half, half];
      for (let i = 0, at = (y * width + first) * 3; i < weights.length; i++, at += 3) {
        red += rgb[at] * weights[i];
        green += rgb[at + 1] * weights[i];
        blue += rgb[at + 2] * weights[i];
      }
      const to = (y * size + x) * 3;
      out[to] = clamp(red >> COEFFICIENT_BITS);
      out[to + 1] = clamp(green >> COEFFICIENT_BITS);
      out[to + 2] = clamp(blue >> COEFFICIENT_BITS);
    }
  });
  return out;
}

/**
 * @param {Uint8Array} rgb
 * @param {number} width
 * @param {number} height
 * @param {number} size
 */
function filterColumns(rgb, width, height, size) {
  const stride = width * 3;
  const sums = new Int32Array(stride);
  const out = new Uint8Array(size * stride);
  triangleWeights(height, size).forEach(({ first, weights }, y) => {
    sums.fill(1 << (COEFFICIENT_BITS - 1));
    weights.forEach((weight, i) => {
      const at = (first + i) * stride;
      for (let x = 0; x < stride; x++) sums[x] += rgb[at + x] * weight;
    });
    for (let x = 0; x < stride; x++) out[y * stride + x] = clamp(sums[x] >> COEFFICIENT_BITS);
  });
  return out;
}

/** @param {number} value */
function clamp(value) {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}
