/** The square that is cut from a photo: moved and zoomed within it. Pixels have fractions until it is cut. */

/**
 * @import {Box} from "../../shared/messages.js"
 *
 * @typedef {{width: number, height: number}} Size
 */

/** A smaller square holds too few pixels to name anything by. */
const SMALLEST_SIDE = 224;

/**
 * The largest centred square: what the model sees of a photo that was not cropped.
 *
 * @param {Size} photo
 * @returns {Box}
 */
export function wholeBox({ width, height }) {
  const side = Math.min(width, height);
  return { left: Math.floor((width - side) / 2), top: Math.floor((height - side) / 2), side };
}

/**
 * Move, without leaving the photo.
 *
 * @param {Box} box
 * @param {number} right
 * @param {number} down
 * @param {Size} photo
 * @returns {Box}
 */
export function moved({ left, top, side }, right, down, photo) {
  return inside({ left: left + right, top: top + down, side }, photo);
}

/**
 * Show a part that is `factor` times smaller, around a point that stays where it is.
 *
 * @param {Box} box
 * @param {number} factor above 1 to see closer
 * @param {{x: number, y: number}} around as shares of the box
 * @param {Size} photo
 * @returns {Box}
 */
export function zoomed(box, factor, around, photo) {
  const largest = Math.min(photo.width, photo.height);
  const side = Math.min(largest, Math.max(Math.min(SMALLEST_SIDE, largest), box.side / factor));
  const left = box.left + (box.side - side) * around.x;
  const top = box.top + (box.side - side) * around.y;
  return inside({ left, top, side }, photo);
}

/**
 * Whole pixels, inside the photo.
 *
 * @param {Box} box
 * @param {Size} photo
 * @returns {Box}
 */
export function wholePixels(box, photo) {
  const side = Math.max(1, Math.round(box.side));
  return inside({ left: Math.round(box.left), top: Math.round(box.top), side }, photo);
}

/**
 * @param {Box} box
 * @param {Size} photo
 * @returns {Box}
 */
function inside({ left, top, side }, { width, height }) {
  return {
    left: Math.min(Math.max(0, left), width - side),
    top: Math.min(Math.max(0, top), height - side),
    side,
  };
}
