/** Everything a model consists of: from this phone where it is there and intact, otherwise from the site. */

import { Failure } from "../shared/failure.js";
import { sha256 } from "../shared/hash.js";
import { contentPath, downloadedFiles, parseManifest } from "../shared/manifest.js";
import { download } from "./download.js";

/**
 * @import {CatalogueModel, Progress} from "../shared/messages.js"
 * @import {Manifest} from "../shared/manifest.js"
 * @import {ContentStore} from "./content_store.js"
 * @import {Wanted} from "./download.js"
 *
 * @typedef {object} ModelFiles
 * @property {Manifest} manifest
 * @property {Map<string, Uint8Array<ArrayBuffer>>} bytes by path in the bundle; packs of photos stay in the cache
 * @property {number} downloaded
 */

const PARALLEL = 4;

/**
 * Fetch what is missing. Every stored file counts at once, so an interrupted download goes on where it stopped.
 *
 * @param {CatalogueModel} model
 * @param {string} base address of the site
 * @param {ContentStore} store
 * @param {(progress: Progress) => void} report
 * @returns {Promise<ModelFiles>}
 * @throws {Failure} `network`, `http_status`, `wrong_bytes`, `manifest` or `insecure`
 */
export async function fetchModel(model, base, store, report) {
  const tally = new Tally(model.bytes, report);
  const wanted = {
    url: new URL(model.manifest, base).href,
    name: "manifest.json",
    bytes: model.manifest_bytes,
    sha256: model.manifest_sha256,
  };
  const manifest = parseManifest(await obtain(wanted, store, tally, model.bytes));
  const files = uniqueFiles(manifest);
  /** @type {ModelFiles["bytes"]} */
  const bytes = new Map();
  await inParallel(files, async (file) => {
    const target = { ...file, name: file.path, url: new URL(contentPath(file), base).href };
    const isPack = file.role === "thumbnail";
    if (isPack && (await store.length(target.url)) === file.bytes) return tally.add(file.bytes, false);
    const content = await obtain(target, store, tally, model.bytes);
    // Megabytes that only the page shows.
    if (!isPack) bytes.set(file.sha256, content);
  });
  return { manifest, bytes: byPath(manifest, bytes), downloaded: tally.downloaded };
}

/**
 * @param {Wanted} wanted
 * @param {ContentStore} store
 * @param {Tally} tally
 * @param {number} needed
 */
async function obtain(wanted, store, tally, needed) {
  const stored = await store.get(wanted.url);
  if (stored && stored.length === wanted.bytes && (await sha256(stored)) === wanted.sha256) {
    tally.add(wanted.bytes, false);
    return stored;
  }
  // Damaged on the phone: the service worker would go on answering with it.
  if (stored) await store.remove(wanted.url);
  const bytes = await download(wanted, (count) => tally.add(count, true));
  await store.put(wanted.url, bytes, needed);
  return bytes;
}

/** Two bundle paths may share content; it is fetched once. @param {Manifest} manifest */
function uniqueFiles(manifest) {
  return [...new Map(downloadedFiles(manifest).map((file) => [contentPath(file), file])).values()];
}

/**
 * @param {Manifest} manifest
 * @param {Map<string, Uint8Array<ArrayBuffer>>} bytes by SHA-256
 */
function byPath(manifest, bytes) {
  /** @type {ModelFiles["bytes"]} */
  const found = new Map();
  for (const file of manifest.files) {
    const content = bytes.get(file.sha256);
    if (content) found.set(file.path, content);
  }
  return found;
}

/**
 * Run `work` over `items`, a few at a time. After the first failure no further item is begun, and those under way are
 * awaited: they may still store a file that need not be fetched again.
 *
 * @template T
 * @param {readonly T[]} items
 * @param {(item: T) => Promise<void>} work
 */
async function inParallel(items, work) {
  const waiting = items.values();
  /** @type {unknown[]} */
  const failures = [];
  const lane = async () => {
    for (const item of waiting) {
      if (failures.length) return;
      try {
        await work(item);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, lane));
  if (failures.length) throw failures[0];
}

/** Bytes so far, reported at most every 100 ms and at the end. */
class Tally {
  #total;
  #report;
  #received = 0;
  #reportedAt = 0;
  downloaded = 0;

  /**
   * @param {number} total
   * @param {(progress: Progress) => void} report
   */
  constructor(total, report) {
    this.#total = total;
    this.#report = report;
    this.add(0, false);
  }

  /**
   * @param {number} bytes negative when a lost attempt is taken back
   * @param {boolean} fetched
   */
  add(bytes, fetched) {
    this.#received += bytes;
    if (fetched) this.downloaded += bytes;
    const now = performance.now();
    if (now - this.#reportedAt < 100 && this.#received < this.#total) return;
    this.#reportedAt = now;
    this.#report({ stage: "download", received: Math.min(this.#received, this.#total), total: this.#total });
  }
}

/**
 * Addresses of everything that the given manifests name, as far as the manifests are on this phone.
 *
 * @param {string[]} manifests paths in the site
 * @param {string} base
 * @param {ContentStore} store
 */
export async function wantedAddresses(manifests, base, store) {
  /** @type {Set<string>} */
  const wanted = new Set();
  for (const path of manifests) {
    const url = new URL(path, base).href;
    const bytes = await store.get(url);
    if (!bytes) continue;
    wanted.add(url);
    for (const file of downloadedFiles(parseManifest(bytes))) wanted.add(new URL(contentPath(file), base).href);
  }
  return wanted;
}

/**
 * The bytes of one file of a model.
 *
 * @param {ModelFiles} files
 * @param {string} path
 * @throws {Failure} `model_broken`
 */
export function fileOf(files, path) {
  const bytes = files.bytes.get(path);
  if (!bytes) throw new Failure("model_broken", { reason: `${path} is not listed in the manifest` });
  return bytes;
}
