/** From a photo file to the model's input pixels, without ever holding more than one strip of raw pixels beside it. */

import { Failure } from "../shared/failure.js";
import { HEADER_BYTES, readHeader } from "./image_header.js";
import { decodePlanes, planesToInput } from "./planes.js";
import { inputBox, reduceBlocks, resizeTriangle } from "./resize.js";

/**
 * @import {InputSpec} from "../shared/manifest.js"
 * @import {Header} from "./image_header.js"
 * @import {Frame} from "./planes.js"
 */

/** The same limit as in `sporeprint_training.images`. */
const MAX_PIXELS = 100_000_000;
/** Rows of reduced pixels per strip; a strip of a 12-megapixel photo is then a few megabytes. */
const STRIP_ROWS = 64;

/**
 * Decode a photo for `toInput`, without colour conversion.
 *
 * @param {Blob} photo
 * @returns {Promise<ImageBitmap | Frame>} to be closed by the caller
 * @throws {Failure} `empty`, `not_an_image`, `heic`, `too_large` or `undecodable`
 */
export async function decodePhoto(photo) {
  const header = await checkedHeader(photo);
  return (header.chromaHalved && (await decodePlanes(photo))) || decoded(photo, header);
}

/**
 * Decode a photo, upright by its EXIF orientation, without colour conversion.
 *
 * @param {Blob} photo
 * @returns {Promise<ImageBitmap>} to be closed by the caller
 * @throws {Failure} as `decodePhoto`
 */
export async function decodeBitmap(photo) {
  return decoded(photo, await checkedHeader(photo));
}

/** @param {Blob} photo @returns {Promise<Header>} */
async function checkedHeader(photo) {
  if (photo.size === 0) throw new Failure("empty");
  const header = readHeader(new Uint8Array(await photo.slice(0, HEADER_BYTES).arrayBuffer()));
  if (!header) throw new Failure("not_an_image");
  if (header.width * header.height > MAX_PIXELS) {
    throw new Failure("too_large", { megapixels: Math.round((header.width * header.height) / 1e6) });
  }
  return header;
}

/** @param {Blob} photo @param {Header} header */
async function decoded(photo, { format }) {
  try {
    return await createImageBitmap(photo, {
      imageOrientation: "from-image",
      premultiplyAlpha: "none",
      colorSpaceConversion: "none",
    });
  } catch {
    // Some browsers decode HEIC, so it is tried before it is refused.
    throw new Failure(format === "heic" ? "heic" : "undecodable");
  }
}

/**
 * Cut and resize to the model's input.
 *
 * @param {ImageBitmap | Frame} photo decoded
 * @param {InputSpec} spec
 * @returns {Promise<Uint8Array>} RGB, shape (size, size, 3)
 */
export async function toInput(photo, spec) {
  return photo instanceof ImageBitmap ? bitmapToInput(photo, spec) : planesToInput(photo, spec);
}

/**
 * @param {ImageBitmap} bitmap
 * @param {InputSpec} spec
 * @returns {Uint8Array}
 */
function bitmapToInput(bitmap, spec) {
  const box = inputBox(bitmap.width, bitmap.height, spec);
  const [width, height] = [box.width / box.factorX, box.height / box.factorY];
  const reduced = new Uint8Array(width * height * 3);
  let offset = 0;
  for (const pixels of strips(bitmap, box)) {
    offset = reduceBlocks(pixels, box.width, box.factorX, box.factorY, reduced, offset);
  }
  return resizeTriangle(reduced, width, height, spec.size);
}

/**
 * The box's pixels from top to bottom, a few rows at a time, on white where the photo is transparent.
 *
 * @param {ImageBitmap} bitmap
 * @param {import("./resize.js").Box} box
 */
function* strips(bitmap, box) {
  const rows = Math.min(box.height, STRIP_ROWS * box.factorY);
  const canvas = new OffscreenCanvas(box.width, rows);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Failure("undecodable");
  context.imageSmoothingEnabled = false;
  context.fillStyle = "#fff";
  for (let done = 0; done < box.height; done += rows) {
    const height = Math.min(rows, box.height - done);
    context.fillRect(0, 0, box.width, height);
    context.drawImage(bitmap, -box.left, -(box.top + done));
    yield context.getImageData(0, 0, box.width, height).data;
  }
}
