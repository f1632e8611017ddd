/** Reference photos of species, cut out of the packs that the model came with. */

import { contentPath } from "../shared/manifest.js";
import { el } from "./el.js";

/** @import {Manifest, ModelClass} from "../shared/manifest.js" */

/** @type {Map<string, Promise<Blob>>} by address; the browser keeps the bytes outside the page */
const packs = new Map();

/**
 * A photo of a species, or null; a picture that fails to load leaves no hole.
 *
 * @param {Manifest} manifest
 * @param {ModelClass} item
 * @param {number} [which] the best one without it
 */
export function thumbnail(manifest, item, which = 0) {
  const place = item.thumbnails[which];
  const file = manifest.files.find(({ path }) => path === place?.pack);
  if (!place || !file) return null;
  const image = el("img", { alt: "", decoding: "async", class: "thumbnail" });
  const release = () => URL.revokeObjectURL(image.src);
  image.addEventListener("load", release);
  image.addEventListener("error", () => {
    release();
    image.remove();
  });
  cut(contentPath(file), place).then(
    (photo) => (image.src = URL.createObjectURL(photo)),
    () => image.remove(),
  );
  return image;
}

/**
 * @param {string} address of the pack
 * @param {{offset: number, length: number}} place
 */
async function cut(address, { offset, length }) {
  const pack = packs.get(address) ?? fetchPack(address);
  packs.set(address, pack);
  try {
    const piece = (await pack).slice(offset, offset + length);
    const [first] = new Uint8Array(await piece.slice(0, 1).arrayBuffer());
    // Never a type that could hold scripts: the build lets JPEG and PNG through.
    return piece.slice(0, length, first === 0xff ? "image/jpeg" : "image/png");
  } catch (error) {
    // The next photo asks again: the signal may be back.
    packs.delete(address);
    throw error;
  }
}

/** @param {string} address */
async function fetchPack(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return response.blob();
}
