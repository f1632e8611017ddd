/**
 * Reading a stranger's zip from its directory (PKWARE's APPNOTE, 4.3), a member at a time. Names are compared, never
 * used as paths; what a member unpacks to is limited while it is unpacked, whatever its header says.
 */

/**
 * @typedef {object} Member
 * @property {number} method 0 stored, 8 deflated
 * @property {number} packed bytes in the file
 * @property {number} size bytes as its header says
 * @property {number} offset of its own header
 */

const END = 0x06054b50;
const DIRECTORY = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const MAX_COMMENT = 0xffff;
const DIRECTORY_BYTES = 46;
const LOCAL_BYTES = 30;
const MAX_MEMBERS = 300_000;
const MAX_DIRECTORY = 64_000_000;
const ENCRYPTED = 1;
/** Deflate makes of one byte at most 1032: a step yields 16 MB at most. */
const STEP = 1 << 14;

/** The file is no zip, or one of its parts cannot be read. */
export class BadZip extends Error {}

/**
 * Where everything is. Of two members with one name the first counts.
 *
 * @param {Blob} file
 * @returns {Promise<Map<string, Member>>}
 * @throws {BadZip}
 */
export async function readDirectory(file) {
  const tail = await view(file, Math.max(0, file.size - END_BYTES - MAX_COMMENT), file.size);
  let at = tail.byteLength - END_BYTES;
  while (at >= 0 && tail.getUint32(at, true) !== END) at--;
  if (at < 0) throw new BadZip("no directory");
  const [count, bytes, start] = [tail.getUint16(at + 10, true), tail.getUint32(at + 12, true), tail.getUint32(at + 16, true)];
  if (start + bytes > file.size || bytes > MAX_DIRECTORY || count > MAX_MEMBERS) throw new BadZip("directory outside");
  return membersIn(await view(file, start, start + bytes), file.size);
}

/** @param {DataView} directory @param {number} fileSize */
function membersIn(directory, fileSize) {
  /** @type {Map<string, Member>} */
  const members = new Map();
  const decoder = new TextDecoder();
  for (let at = 0; at + DIRECTORY_BYTES <= directory.byteLength && directory.getUint32(at, true) === DIRECTORY; ) {
    const u16 = (/** @type {number} */ offset) => directory.getUint16(at + offset, true);
    const u32 = (/** @type {number} */ offset) => directory.getUint32(at + offset, true);
    const end = at + DIRECTORY_BYTES + u16(28);
    if (end > directory.byteLength) break;
    const name = decoder.decode(new Uint8Array(directory.buffer, directory.byteOffset + at + DIRECTORY_BYTES, u16(28)));
    const member = { method: u16(10), packed: u32(20), size: u32(24), offset: u32(42) };
    if (!(u16(8) & ENCRYPTED) && member.offset < fileSize && !members.has(name)) members.set(name, member);
    at = end + u16(30) + u16(32);
  }
  return members;
}

/**
 * @param {Blob} file
 * @param {Member} member
 * @param {number} limit bytes that it may unpack to
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 * @throws {BadZip} it is damaged, or larger
 */
export async function readMember(file, { method, packed, size, offset }, limit) {
  if (size > limit || packed > limit + STEP) throw new BadZip("larger than allowed");
  const header = await view(file, offset, offset + LOCAL_BYTES);
  if (header.byteLength < LOCAL_BYTES || header.getUint32(0, true) !== LOCAL) throw new BadZip("no header");
  const start = offset + LOCAL_BYTES + header.getUint16(26, true) + header.getUint16(28, true);
  const bytes = new Uint8Array(await file.slice(start, start + packed).arrayBuffer());
  if (bytes.length < packed) throw new BadZip("truncated");
  if (method === 0) return bytes;
  if (method === 8) return inflated(bytes, limit);
  throw new BadZip(`method ${method}`);
}

/** @param {Uint8Array<ArrayBuffer>} packed @param {number} limit */
async function inflated(packed, limit) {
  const { UnzipInflate } = await import("../../vendored/fflate.js");
  const inflate = new UnzipInflate();
  /** @type {BlobPart[]} */
  const pieces = [];
  let total = 0;
  inflate.ondata = (error, piece) => {
    if (error) throw new BadZip(error.message);
    total += piece.length;
    if (total > limit) throw new BadZip("larger than allowed");
    pieces.push(/** @type {Uint8Array<ArrayBuffer>} */ (piece));
  };
  try {
    for (let at = 0; at < packed.length; at += STEP) inflate.push(packed.subarray(at, at + STEP), at + STEP >= packed.length);
  } catch (error) {
    throw error instanceof BadZip ? error : new BadZip(String(error));
  }
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

/** @param {Blob} file @param {number} start @param {number} end */
async function view(file, start, end) {
  return new DataView(await file.slice(start, end).arrayBuffer());
}
