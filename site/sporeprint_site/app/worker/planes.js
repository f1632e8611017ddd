/**
 * The short way for most JPEGs: the decoder's own planes, half the bytes of a bitmap, straight to the averages of blocks.
 * WebAssembly (site/bundling/planes.mjs) does with them what libjpeg-turbo and Pillow do, byte for byte.
 */

import { PLANES } from "./planes_code.js";
import { inputBox, reciprocalOf, resizeTriangle } from "./resize.js";
import { asStored, upright } from "./turn.js";

/**
 * @import {InputSpec} from "../shared/manifest.js"
 * @import {Box} from "./resize.js"
 * @import {Picture, Turn} from "./turn.js"
 *
 * @typedef {VideoFrame & Turn} Frame TypeScript's library does not know the turn yet
 *
 * @typedef {object} Kernel
 * @property {WebAssembly.Memory} memory
 * @property {(y: number, cbNear: number, cbFar: number, crNear: number, crFar: number, columns: number, cb: number,
 *   cr: number, sums: number, plane: number) => void} addRow
 * @property {(sums: number, blocks: number, factor: number, half: number, reciprocal: number, out: number) => void}
 *   average
 *
 * @typedef {object} Places where things lie in the kernel's memory
 * @property {number} cb chroma of a row, and `cr`
 * @property {number} cr
 * @property {number} sums three planes of them, `plane` bytes apart
 * @property {number} plane
 * @property {number} out averages of a row of blocks
 * @property {number} band the frame's own planes, some rows of them; the rest of the memory
 *
 * @typedef {object} Band rows of a frame in the kernel's memory
 * @property {number} top the first one
 * @property {PlaneLayout[]} planes offsets from `Places.band`
 */

/** Rows of blocks that are copied at once: a megabyte of a 12-megapixel photo. */
const BLOCK_ROWS = 64;
/** In wider pictures a block could have so many rows that their sum needs more than 16 bits. */
const MOST_PIXELS = 16_384;
/** libjpeg-turbo treats narrower pictures differently. */
const FEWEST_PIXELS = 5;
/** The kernel writes and reads whole vectors, up to this many bytes beyond the end. */
const BEYOND = 64;
const MEMORY_PAGE = 1 << 16;

/** @type {Kernel | null | undefined} null: this browser cannot run it, or decodes to other planes */
let kernel;

/**
 * Decode a JPEG with chroma of half the size.
 *
 * @param {Blob} photo
 * @returns {Promise<Frame | null>} to be closed by the caller; null: this browser cannot, or the photo is none of those
 */
export async function decodePlanes(photo) {
  if (typeof ImageDecoder === "undefined" || !startedKernel()) return null;
  try {
    const data = await photo.arrayBuffer();
    const decoder = new ImageDecoder({ data, type: "image/jpeg", colorSpaceConversion: "none", transfer: [data] });
    const { image } = await decoder.decode().finally(() => decoder.close());
    const frame = /** @type {Frame} */ (image);
    const { format, rotation, codedWidth, codedHeight } = frame;
    // A frame that does not know its turn may lie as it was stored, or not. So will this browser's next one.
    if (format !== "I420" || rotation === undefined) kernel = null;
    else if (codedWidth >= FEWEST_PIXELS && Math.max(codedWidth, codedHeight) <= MOST_PIXELS) return frame;
    frame.close();
  } catch {
    // The other way says what is wrong with the photo.
  }
  return null;
}

function startedKernel() {
  if (kernel === undefined) {
    try {
      const code = Uint8Array.from(atob(PLANES), (letter) => letter.charCodeAt(0));
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code));
      kernel = /** @type {Kernel} */ (/** @type {unknown} */ (exports));
    } catch {
      kernel = null;
    }
  }
  return kernel;
}

/**
 * Cut and resize to the model's input.
 *
 * @param {Frame} frame
 * @param {InputSpec} spec
 * @returns {Promise<Uint8Array>} RGB, shape (size, size, 3)
 */
export async function planesToInput(frame, spec) {
  const { codedWidth, codedHeight } = frame;
  const [width, height] = frame.rotation % 180 ? [codedHeight, codedWidth] : [codedWidth, codedHeight];
  const box = asStored(inputBox(width, height, spec), width, height, frame);
  const picture = upright(await reduced(frame, box, /** @type {Kernel} */ (kernel)), frame);
  return resizeTriangle(picture.rgb, picture.width, picture.height, spec.size);
}

/**
 * Average the box's blocks.
 *
 * @param {Frame} frame
 * @param {Box} box as stored
 * @param {Kernel} kernel
 * @returns {Promise<Picture>} as stored
 */
async function reduced(frame, box, { memory, addRow, average }) {
  const [x, width] = withNeighbours(box.left, box.width, frame.codedWidth);
  const rows = BLOCK_ROWS * box.factorY;
  const places = placesFor(memory, box, width, rows);
  const bytes = new Uint8Array(memory.buffer);
  const [columns, blocks, area] = [(width + 1) >> 1, box.width / box.factorX, box.factorX * box.factorY];
  const rgb = new Uint8Array((box.height / box.factorY) * blocks * 3);
  let done = 0;
  for (let first = box.top; first < box.top + box.height; first += rows) {
    const end = Math.min(first + rows, box.top + box.height);
    const [y, height] = withNeighbours(first, end - first, frame.codedHeight);
    const planes = await frame.copyTo(bytes.subarray(places.band), { rect: { x, y, width, height } });
    const rowOf = rowsIn(planes, places.band, y, frame.codedHeight);
    for (let row = first; row < end; done += blocks * 3) {
      bytes.fill(0, places.sums, places.sums + 3 * places.plane);
      for (const last = row + box.factorY; row < last; row++) {
        addRow(...rowOf(row), columns, places.cb, places.cr, places.sums, places.plane);
      }
      for (let colour = 0; colour < 3; colour++) {
        const sums = places.sums + colour * places.plane + (box.left - x) * 2;
        average(sums, blocks, box.factorX, area >> 1, reciprocalOf(area), places.out + colour);
      }
      rgb.set(bytes.subarray(places.out, places.out + blocks * 3), done);
    }
  }
  return { rgb, width: blocks, height: box.height / box.factorY };
}

/**
 * Room for everything, in steps of whole vectors.
 *
 * @param {WebAssembly.Memory} memory grows as needed
 * @param {Box} box
 * @param {number} width of what is copied
 * @param {number} rows of the box that are copied at once
 * @returns {Places}
 */
function placesFor(memory, box, width, rows) {
  const plane = width * 2 + BEYOND;
  const places = { cb: 0, cr: plane, sums: 2 * plane, plane, out: 5 * plane, band: 5 * plane + box.width * 3 };
  // Two rows of neighbours on either side, and chroma rounded up: never more than two bytes a pixel.
  const size = places.band + (rows + 6) * (width + 1) * 2 + BEYOND;
  const missing = size - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / MEMORY_PAGE));
  return places;
}

/**
 * Where a row of pixels lies, its own row of chroma and the one on its other side.
 *
 * @param {PlaneLayout[]} planes
 * @param {number} band
 * @param {number} top the first row there
 * @param {number} height of the frame
 * @returns {(row: number) => [number, number, number, number, number]} luma, Cb near and far, Cr near and far
 */
function rowsIn([luma, cb, cr], band, top, height) {
  const at = (/** @type {PlaneLayout} */ { offset, stride }, /** @type {number} */ row) => band + offset + row * stride;
  const last = (height - 1) >> 1;
  return (row) => {
    const near = row >> 1;
    // At the frame's edge the nearer one is its own neighbour.
    const far = Math.max(0, Math.min(last, near + (row % 2 ? 1 : -1)));
    const [one, other] = [near - (top >> 1), far - (top >> 1)];
    return [at(luma, row - top), at(cb, one), at(cb, other), at(cr, one), at(cr, other)];
  };
}

/**
 * Whole pairs of pixels that hold a range and a pair on either side of it, as far as the frame goes.
 *
 * @param {number} first
 * @param {number} count
 * @param {number} size of the frame
 */
function withNeighbours(first, count, size) {
  const from = Math.max(0, (first & ~1) - 2);
  const to = Math.min(size, ((first + count + 1) & ~1) + 2);
  return [from, to - from];
}
