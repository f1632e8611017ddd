/**
 * Format and size of a photo from its first bytes, before anything is decoded: a file that claims 100 megapixels
 * would take the whole tab down.
 *
 * @typedef {"jpeg" | "png" | "webp" | "gif" | "bmp" | "avif" | "heic"} Format
 * @typedef {object} Header
 * @property {Format} format
 * @property {number} width 0 where the format hides it, and so is the height
 * @property {number} height
 * @property {boolean} [chromaHalved] a JPEG whose two colour planes have half its width and half its height
 */

/** A JPEG's size may come after a large embedded preview; everything else sits in the first bytes. */
export const HEADER_BYTES = 1 << 20;

/**
 * @param {Uint8Array} bytes the file's start
 * @returns {Header | null} null: none of the formats that browsers decode
 */
export function readHeader(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    if (view.getUint16(0) === 0xffd8) return { format: "jpeg", ...jpegSize(view) };
    if (view.getUint32(0) === 0x89504e47)
      return { format: "png", width: view.getUint32(16), height: view.getUint32(20) };
    const start = text(bytes, 0, 4);
    if (start === "RIFF" && text(bytes, 8, 4) === "WEBP") return { format: "webp", ...webpSize(view, bytes) };
    if (start === "GIF8") return { format: "gif", width: view.getUint16(6, true), height: view.getUint16(8, true) };
    if (start.startsWith("BM")) {
      return { format: "bmp", width: Math.abs(view.getInt32(18, true)), height: Math.abs(view.getInt32(22, true)) };
    }
    if (text(bytes, 4, 4) === "ftyp") return boxedFormat(view, bytes);
  } catch (error) {
    // Shorter than its own header says: not a photo.
    if (!(error instanceof RangeError)) throw error;
  }
  return null;
}

/** @param {DataView} view */
function jpegSize(view) {
  for (let at = 2; at + 9 < view.byteLength;) {
    if (view.getUint8(at) !== 0xff) break;
    const marker = view.getUint8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) {
      const size = { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
      return { ...size, chromaHalved: hasHalvedChroma(view, at + 9) };
    }
    // Fill bytes and markers without a length stand alone.
    at += marker === 0xff ? 1 : marker >= 0xd0 && marker <= 0xd8 ? 2 : 2 + view.getUint16(at + 2);
  }
  return { width: 0, height: 0 };
}

/** @param {DataView} view @param {number} at a JPEG frame's number of components; its sampling factors follow */
function hasHalvedChroma(view, at) {
  if (view.getUint8(at) !== 3) return false;
  return [0x22, 0x11, 0x11].every((factors, index) => view.getUint8(at + 2 + 3 * index) === factors);
}

/**
 * @param {DataView} view
 * @param {Uint8Array} bytes
 */
function webpSize(view, bytes) {
  const chunk = text(bytes, 12, 4);
  if (chunk === "VP8 ") return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  if (chunk === "VP8L") {
    const bits = view.getUint32(21, true);
    return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
  }
  return {
    width: 1 + view.getUint16(24, true) + (view.getUint8(26) << 16),
    height: 1 + view.getUint16(27, true) + (view.getUint8(29) << 16),
  };
}

/**
 * ISO media files (HEIC, AVIF) name their brands in the first box; their size lies deep inside.
 *
 * @param {DataView} view
 * @param {Uint8Array} bytes
 * @returns {Header | null}
 */
function boxedFormat(view, bytes) {
  const brands = text(bytes, 8, Math.min(view.getUint32(0), 64) - 8);
  if (brands.includes("avif")) return { format: "avif", ...imageExtent(view, bytes) };
  const isHeic = ["heic", "heix", "hevc", "heim", "heis", "mif1", "msf1"].some((brand) => brands.includes(brand));
  return isHeic ? { format: "heic", ...imageExtent(view, bytes) } : null;
}

/**
 * The largest image spatial extent ("ispe" property) in the file's start.
 *
 * @param {DataView} view
 * @param {Uint8Array} bytes
 */
function imageExtent(view, bytes) {
  let size = { width: 0, height: 0 };
  const end = Math.min(bytes.length - 16, 1 << 16);
  for (let at = 4; at < end; at++) {
    if (view.getUint32(at) !== 0x69737065) continue;
    const found = { width: view.getUint32(at + 8), height: view.getUint32(at + 12) };
    if (found.width * found.height > size.width * size.height) size = found;
  }
  return size;
}

/**
 * @param {Uint8Array} bytes
 * @param {number} at
 * @param {number} length
 */
function text(bytes, at, length) {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
