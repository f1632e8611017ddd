/** The model's files on this phone: one cache, keyed by content address. */

import { Failure } from "../shared/failure.js";
import { CONTENT_CACHE } from "../shared/messages.js";

/** @import {FailureDetails} from "../shared/failure.js" */

/** Keeps files in the browser's cache; without one, or when it is full, files live in memory for this visit. */
export class ContentStore {
  /** @type {Cache | null} */
  #cache = null;
  /** @type {Promise<void>[]} */
  #puts = [];
  /** @type {FailureDetails | null} sizes, once the storage was full */
  storageFailure = null;

  static async open() {
    const store = new ContentStore();
    try {
      store.#cache = await caches.open(CONTENT_CACHE);
    } catch {
      // Private windows of some browsers have no storage at all.
      store.storageFailure = { needed: 0, free: 0 };
    }
    return store;
  }

  /** Whether everything put so far will still be there after a reload. */
  get persistent() {
    return this.#cache !== null && this.storageFailure === null;
  }

  /**
   * The stored bytes, or null.
   *
   * @param {string} url
   * @returns {Promise<Uint8Array<ArrayBuffer> | null>}
   */
  async get(url) {
    const found = await this.#cache?.match(url);
    return found ? new Uint8Array(await found.arrayBuffer()) : null;
  }

  /**
   * Length of the stored file without reading it into memory, or -1.
   *
   * @param {string} url
   */
  async length(url) {
    const found = await this.#cache?.match(url);
    return found ? (await found.blob()).size : -1;
  }

  /**
   * Keep verified bytes, while the caller goes on; `settled` says when they are kept. A full storage is noted and does
   * not stop the visit.
   *
   * @param {string} url
   * @param {Uint8Array<ArrayBuffer>} bytes
   * @param {number} needed bytes of the whole model, for the message
   */
  put(url, bytes, needed) {
    this.#puts.push(this.#put(url, bytes, needed));
  }

  /** Once every file put so far is stored, or is known not to be. */
  async settled() {
    await Promise.all(this.#puts);
  }

  /**
   * @param {string} url
   * @param {Uint8Array<ArrayBuffer>} bytes
   * @param {number} needed
   */
  async #put(url, bytes, needed) {
    if (!this.persistent) return;
    const headers = { "Content-Type": contentType(url), "Content-Length": String(bytes.length) };
    try {
      await this.#cache?.put(url, new Response(bytes, { headers }));
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      const { quota = 0, usage = 0 } = (await navigator.storage?.estimate?.()) ?? {};
      this.storageFailure = { needed, free: Math.max(0, quota - usage) };
    }
  }

  /** @param {string} url */
  async remove(url) {
    await this.#cache?.delete(url);
  }

  /**
   * Delete what no model of the site needs any more; never what another site of the same origin stored.
   *
   * @param {Set<string>} wanted addresses
   * @param {string} base address of the site
   */
  async keepOnly(wanted, base) {
    for (const request of (await this.#cache?.keys()) ?? []) {
      if (request.url.startsWith(base) && !wanted.has(request.url)) await this.#cache?.delete(request);
    }
  }
}

/** @param {string} url */
function contentType(url) {
  if (url.endsWith(".jpg")) return "image/jpeg";
  if (url.endsWith(".js")) return "text/javascript";
  return url.endsWith(".json") ? "application/json" : "application/octet-stream";
}

/**
 * Fail when this browser cannot keep anything, before megabytes are fetched.
 *
 * @throws {Failure} `insecure`
 */
export function requireSecureContext() {
  if (!globalThis.isSecureContext) throw new Failure("insecure");
}
