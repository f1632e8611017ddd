/**
 * A photo without what its camera wrote into it. Cameras note the exact place, and the setting for places would mean
 * little if every kept and exported photo told it all the same.
 *
 * JPEG: ISO/IEC 10918-1 markers and CIPA DC-008 (Exif). PNG: ISO/IEC 15948 chunks. WebP: RFC 9649.
 */

/** Markers of a JPEG that carry metadata: APP1 (Exif, XMP), APP3 to APP13 (IPTC and makers' own), APP15, comments. */
const JPEG_DROPPED = new Set([0xe1, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xeb, 0xec, 0xed, 0xef, 0xfe]);
const PNG_DROPPED = new Set(["eXIf", "iTXt", "tEXt", "zTXt", "tIME"]);
const WEBP_DROPPED = new Set(["EXIF", "XMP "]);
/** The flags of WebP's VP8X chunk that announce the chunks above. */
const WEBP_FLAGS = 0b1100;
const QUALITY = 0.92;
const ORIENTATION = 0x0112;

/**
 * The pixels as they are, the way up kept.
 *
 * @param {Blob} photo
 * @returns {Promise<{type: string, bytes: ArrayBuffer}>}
 */
export async function withoutMetadata(photo) {
  const bytes = new Uint8Array(await photo.arrayBuffer());
  if (startsWith(bytes, "\xff\xd8")) return joined("image/jpeg", jpegParts(bytes));
  if (startsWith(bytes, "\x89PNG\r\n\x1a\n")) return joined("image/png", pngParts(bytes));
  if (startsWith(bytes, "RIFF") && ascii(bytes, 8, 4) === "WEBP") return joined("image/webp", webpParts(bytes));
  return drawnAnew(photo);
}

/**
 * Formats that are rare here: what a browser shows of them, as JPEG.
 *
 * @param {Blob} photo
 */
async function drawnAnew(photo) {
  const bitmap = await createImageBitmap(photo);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
  bitmap.close();
  const drawn = await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
  return { type: "image/jpeg", bytes: await drawn.arrayBuffer() };
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
function jpegParts(bytes) {
  const view = new DataView(bytes.buffer);
  const parts = [bytes.subarray(0, 2)];
  let orientation = 1;
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff) {
    const end = Math.min(at + 2 + view.getUint16(at + 2), bytes.length);
    const marker = bytes[at + 1];
    if (marker === 0xe1) orientation = orientationOf(bytes.subarray(at + 4, end)) ?? orientation;
    // APP2 holds the colours (ICC), but also previews (MPF).
    const dropped = JPEG_DROPPED.has(marker) || (marker === 0xe2 && ascii(bytes, at + 4, 11) !== "ICC_PROFILE");
    if (!dropped) parts.push(bytes.subarray(at, end));
    at = marker === 0xda ? nextMarker(bytes, end) : end;
    if (marker === 0xda) parts.push(bytes.subarray(end, at));
    // Behind the picture's end some cameras put another one, or a film.
    if (bytes[at + 1] === 0xd9) break;
  }
  parts.push(bytes.subarray(at, at + 2));
  parts.splice(1, 0, orientationSegment(orientation));
  return parts;
}

/**
 * Where coded pixels end: in them 0xff is followed by 0 or by a restart marker.
 *
 * @param {Uint8Array} bytes
 * @param {number} from
 */
function nextMarker(bytes, from) {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const code = bytes[at + 1];
    if (code > 0 && code !== 0xff && (code < 0xd0 || code > 0xd7)) return at;
  }
  return bytes.length;
}

/**
 * @param {Uint8Array} segment what follows an APP1 marker and its length
 * @returns {number | null} 1 to 8
 */
function orientationOf(segment) {
  if (ascii(segment, 0, 6) !== "Exif\0\0" || segment.length < 16) return null;
  const view = new DataView(segment.buffer, segment.byteOffset + 6, segment.byteLength - 6);
  const little = view.getUint16(0) === 0x4949;
  const start = view.getUint32(4, little);
  if (start + 2 > view.byteLength) return null;
  for (let n = 0; n < view.getUint16(start, little); n++) {
    const field = start + 2 + 12 * n;
    if (field + 12 > view.byteLength) return null;
    if (view.getUint16(field, little) === ORIENTATION) return view.getUint16(field + 8, little);
  }
  return null;
}

/** Exif that says only which way is up. @param {number} orientation */
function orientationSegment(orientation) {
  const text = "\xff\xe1\x00\x22Exif\0\0MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00";
  const segment = new Uint8Array(36);
  segment.set(Array.from(text, (letter) => letter.charCodeAt(0)));
  segment[29] = orientation;
  return segment;
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
function pngParts(bytes) {
  const view = new DataView(bytes.buffer);
  const parts = [bytes.subarray(0, 8)];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 12 + view.getUint32(at);
    if (!PNG_DROPPED.has(ascii(bytes, at + 4, 4))) parts.push(bytes.subarray(at, end));
    at = end;
  }
  return parts;
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
function webpParts(bytes) {
  const view = new DataView(bytes.buffer);
  const parts = [bytes.slice(0, 12)];
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = ascii(bytes, at, 4);
    const size = view.getUint32(at + 4, true);
    const chunk = bytes.slice(at, at + 8 + size + (size % 2));
    if (name === "VP8X") chunk[8] &= ~WEBP_FLAGS;
    if (!WEBP_DROPPED.has(name)) parts.push(chunk);
    at += 8 + size + (size % 2);
  }
  const length = parts.reduce((sum, part) => sum + part.length, -8);
  new DataView(parts[0].buffer).setUint32(4, length, true);
  return parts;
}

/** @param {string} type @param {Uint8Array<ArrayBuffer>[]} parts */
async function joined(type, parts) {
  return { type, bytes: await new Blob(parts).arrayBuffer() };
}

/** @param {Uint8Array} bytes @param {string} start */
function startsWith(bytes, start) {
  return ascii(bytes, 0, start.length) === start;
}

/** @param {Uint8Array} bytes @param {number} from @param {number} length */
function ascii(bytes, from, length) {
  return String.fromCharCode(...bytes.subarray(from, from + length));
}
