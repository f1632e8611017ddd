/** Fetching a photo from another site, which may refuse, be something else, or never end. */

import { megabytes, t } from "../strings.js";

/** No phone makes a larger photo file. */
const MOST_BYTES = 50_000_000;
const PATIENCE_MS = 30_000;

/**
 * @param {string} address
 * @returns {Promise<{photo: Blob} | {problem: string}>} problem: in words, with what to do
 */
export async function fetchPhoto(address) {
  if (!URL.canParse(address) || new URL(address).protocol !== "https:") return { problem: t("address.not_https") };
  try {
    const answer = await fetch(address, {
      credentials: "omit",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (!answer.ok) return { problem: t("address.status", { status: answer.status }) };
    const type = answer.headers.get("content-type") ?? "";
    // Some servers do not name what they send; a page is told from a photo all the same.
    if (type && !/^(image\/|application\/octet-stream|binary\/)/.test(type)) return { problem: t("address.no_image") };
    const photo = await read(answer, type);
    return photo ? { photo } : { problem: t("address.too_large", { size: megabytes(MOST_BYTES) }) };
  } catch {
    // A browser does not say which: the site forbids it, it is not there, or there is no signal.
    return { problem: navigator.onLine ? t("address.forbidden") : t("address.offline") };
  }
}

/** @param {Response} answer @param {string} type @returns {Promise<Blob | null>} null: too large */
async function read(answer, type) {
  if (Number(answer.headers.get("content-length")) > MOST_BYTES) return null;
  const reader = answer.body?.getReader();
  /** @type {BlobPart[]} */
  const parts = [];
  for (let bytes = 0; reader; ) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.length;
    if (bytes > MOST_BYTES) return reader.cancel().then(() => null);
    parts.push(value);
  }
  return new Blob(parts, { type });
}
