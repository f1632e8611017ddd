/** One file over an unreliable network: streamed, counted, and trusted only after its length and SHA-256 agree. */

import { Failure } from "../shared/failure.js";
import { sha256 } from "../shared/hash.js";

/** @typedef {{url: string, name: string, bytes: number, sha256: string}} Wanted */

const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 400;
/** A connection that sends nothing for this long is given up. */
const STALL_MS = 20_000;

/**
 * Fetch and verify one file, trying again when the network or the server is to blame. Wrong bytes are not tried again:
 * the next answer would be as wrong.
 *
 * @param {Wanted} wanted
 * @param {(bytes: number) => void} onBytes called with what arrived, and with the negative sum when an attempt is lost
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 * @throws {Failure} `network`, `http_status` or `wrong_bytes`
 */
export async function download(wanted, onBytes) {
  for (let attempt = 1; ; attempt++) {
    let counted = 0;
    try {
      return await fetchOnce(wanted, (bytes) => {
        counted += bytes;
        onBytes(bytes);
      });
    } catch (error) {
      onBytes(-counted);
      if (attempt === ATTEMPTS || !isPassing(error)) throw error;
      await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1));
    }
  }
}

/** @param {unknown} error */
function isPassing(error) {
  if (!(error instanceof Failure)) return false;
  const status = Number(error.details.status ?? 0);
  return error.code === "network" || (error.code === "http_status" && (status >= 500 || status === 429));
}

/**
 * @param {Wanted} wanted
 * @param {(bytes: number) => void} onBytes
 */
async function fetchOnce(wanted, onBytes) {
  const stalled = new AbortController();
  let timer = setTimeout(() => stalled.abort(), STALL_MS);
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => stalled.abort(), STALL_MS);
  };
  try {
    // The browser's own HTTP cache may hold the damaged answer of an earlier attempt.
    const response = await fetch(wanted.url, { cache: "no-store", signal: stalled.signal });
    if (!response.ok) throw new Failure("http_status", { file: wanted.name, status: response.status });
    const bytes = await readBody(response, wanted, (count) => {
      alive();
      onBytes(count);
    });
    if ((await sha256(bytes)) !== wanted.sha256) throw new Failure("wrong_bytes", { file: wanted.name });
    return bytes;
  } catch (error) {
    if (error instanceof Failure) throw error;
    // fetch and its reader reject with TypeError or AbortError for everything between "no signal" and "cut off".
    throw new Failure("network", { file: wanted.name });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * @param {Response} response
 * @param {Wanted} wanted
 * @param {(bytes: number) => void} onBytes
 */
async function readBody(response, wanted, onBytes) {
  const bytes = new Uint8Array(wanted.bytes);
  let length = 0;
  const reader = response.body?.getReader();
  while (reader) {
    const { done, value } = await reader.read();
    if (done) break;
    if (length + value.length > bytes.length) {
      await reader.cancel();
      throw new Failure("wrong_bytes", { file: wanted.name });
    }
    bytes.set(value, length);
    length += value.length;
    onBytes(value.length);
  }
  if (length === bytes.length) return bytes;
  // A login page of the network is complete and wrong; anything else too short is what a lost connection leaves when
  // the server never said a length.
  const isPage = (response.headers.get("Content-Type") ?? "").startsWith("text/html");
  throw new Failure(isPage ? "wrong_bytes" : "network", { file: wanted.name });
}

/** @param {number} milliseconds */
function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
