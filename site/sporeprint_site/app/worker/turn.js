/**
 * Between a photo as it is stored and upright: first quarter turns clockwise, then left and right changed over.
 *
 * @import {Box} from "./resize.js"
 *
 * @typedef {{rgb: Uint8Array, width: number, height: number}} Picture rgb of shape (height, width, 3)
 * @typedef {{rotation: number, flip: boolean}} Turn rotation in degrees
 */

/**
 * @param {Picture} picture as stored
 * @param {Turn} turn
 * @returns {Picture} upright
 */
export function upright(picture, { rotation, flip }) {
  let turned = picture;
  for (let angle = 0; angle < rotation; angle += 90) turned = quarterTurned(turned);
  return flip ? mirrored(turned) : turned;
}

/**
 * Where a box of the upright photo lies in the stored one.
 *
 * @param {Box} box
 * @param {number} width of the upright photo
 * @param {number} height
 * @param {Turn} turn
 * @returns {Box}
 */
export function asStored(box, width, height, { rotation, flip }) {
  let stored = flip ? { ...box, left: width - box.left - box.width } : box;
  let [from, to] = [width, height];
  for (let angle = 0; angle < rotation; angle += 90) {
    stored = {
      left: stored.top,
      top: from - stored.left - stored.width,
      width: stored.height,
      height: stored.width,
      factorX: stored.factorY,
      factorY: stored.factorX,
    };
    [from, to] = [to, from];
  }
  return stored;
}

/** @param {Picture} picture @returns {Picture} */
function quarterTurned({ rgb, width, height }) {
  const from = (/** @type {number} */ x, /** @type {number} */ y) => (height - 1 - x) * width + y;
  return { rgb: rearranged(rgb, height, width, from), width: height, height: width };
}

/** @param {Picture} picture @returns {Picture} */
function mirrored({ rgb, width, height }) {
  return { rgb: rearranged(rgb, width, height, (x, y) => y * width + width - 1 - x), width, height };
}

/**
 * @param {Uint8Array} rgb
 * @param {number} width of the result
 * @param {number} height
 * @param {(x: number, y: number) => number} from index of the pixel that comes to this place
 */
function rearranged(rgb, width, height, from) {
  const out = new Uint8Array(rgb.length);
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = from(x, y) * 3;
      out[to++] = rgb[at];
      out[to++] = rgb[at + 1];
      out[to++] = rgb[at + 2];
    }
  }
  return out;
}
