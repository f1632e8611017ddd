/** Small pictures for the list, stored beside the photos so that it need not open any of them. */

/** Pixels of an edge: the list shows 72, on screens of up to two pixels each. */
const EDGE = 144;
const QUALITY = 0.7;

/**
 * The middle of a photo as a small square JPEG; null for what this browser cannot show.
 *
 * @param {Blob} photo
 * @returns {Promise<ArrayBuffer | null>}
 */
export async function thumbnailOf(photo) {
  try {
    const bitmap = await createImageBitmap(photo);
    const canvas = new OffscreenCanvas(EDGE, EDGE);
    const edge = Math.min(bitmap.width, bitmap.height);
    const context = canvas.getContext("2d");
    if (!context) return null;
    context.imageSmoothingQuality = "high";
    const [left, top] = [(bitmap.width - edge) / 2, (bitmap.height - edge) / 2];
    context.drawImage(bitmap, left, top, edge, edge, 0, 0, EDGE, EDGE);
    bitmap.close();
    const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
    return await blob.arrayBuffer();
  } catch {
    return null;
  }
}
