import { Failure } from "./failure.js";

/**
 * SHA-256 as 64 lower-case hexadecimal digits.
 *
 * @param {BufferSource} bytes
 * @throws {Failure} `insecure`: browsers offer it on https and on this machine's own address only
 */
export async function sha256(bytes) {
  if (!globalThis.crypto?.subtle) throw new Failure("insecure");
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
