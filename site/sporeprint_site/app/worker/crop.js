/** Cuts a square out of a photo at full resolution. A worker of its own: one request, one answer, then it is ended. */

import { describeFailure } from "../shared/failure.js";
import { decodeBitmap } from "./decode.js";
import { HEADER_BYTES, readHeader } from "./image_header.js";

/** @import {CropReply, CropRequest} from "../shared/messages.js" */

/** Larger canvases stay empty on some phones. */
const LARGEST_SIDE = 4096;
const JPEG = { type: "image/jpeg", quality: 0.95 };
/** Formats that lose nothing; the others were lossy before. */
const LOSSLESS = new Set(["png", "gif", "bmp"]);

/** @param {MessageEvent<CropRequest>} event */
self.onmessage = async ({ data }) => {
  /** @type {CropReply} */
  const reply = await cut(data).then(
    (blob) => ({ blob }),
    (error) => ({ failure: describeFailure(error, "crashed") }),
  );
  self.postMessage(reply);
};

/** @param {CropRequest} request */
async function cut({ photo, box }) {
  const bitmap = await decodeBitmap(photo);
  const side = Math.min(box.side, LARGEST_SIDE);
  const canvas = new OffscreenCanvas(side, side);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
  // Where a photo is transparent the model sees white.
  context.fillStyle = "#fff";
  context.fillRect(0, 0, side, side);
  context.drawImage(bitmap, box.left, box.top, box.side, box.side, 0, 0, side, side);
  bitmap.close();
  const header = readHeader(new Uint8Array(await photo.slice(0, HEADER_BYTES).arrayBuffer()));
  return canvas.convertToBlob(LOSSLESS.has(header?.format ?? "") ? { type: "image/png" } : JPEG);
}
