/** Everything a model consists of: from this phone where it is there and intact, otherwise from the site. */

import { Failure } from "../shared/failure.js";
import { sha256 } from "../shared/hash.js";
import { contentPath, downloadedFiles, parseManifest } from "../shared/manifest.js";
import { download } from "./download.js";
import { inParallel } from "./parallel.js";
import { Tally } from "./tally.js";
import { aloud, inTurn } from "./turns.js";

/**
 * @import {CatalogueModel, Progress} from "../shared/messages.js"
 * @import {BundleFile, Manifest} from "../shared/manifest.js"
 * @import {ContentStore} from "./content_store.js"
 * @import {Wanted} from "./download.js"
 *
 * @typedef {object} ModelFiles
 * @property {Manifest} manifest
 * @property {Map<string, Uint8Array<ArrayBuffer>>} bytes by path in the bundle; packs of photos stay in the cache
 * @property {number} downloaded
 *
 * @typedef {Wanted & {untouched?: boolean}} Target untouched: only looked at when it is shown
 */

/** @type {Uint8Array<ArrayBuffer>} */
const NOTHING = new Uint8Array(0);

/**
 * Where a model's files come from.
 *
 * @typedef {object} Supply
 * @property {string} base address of the site
 * @property {ContentStore} store
 * @property {boolean} download false: only from this phone
 * @property {(progress: Progress) => void} report
 */

/**
 * Fetch and store what is missing. Every stored file counts at once, so an interrupted download goes on where it
 * stopped.
 *
 * @param {CatalogueModel} model
 * @param {Supply} supply
 * @returns {Promise<ModelFiles>}
 * @throws {Failure} `network`, `http_status`, `wrong_bytes`, `manifest` or `insecure`; `evicted`: a file is not on
 *   this phone, and nothing was to be downloaded
 */
export function fetchModel(model, supply) {
  return aloud(supply.report, (report) => fetchWith(new Tally(model.bytes, report), model, supply));
}

/**
 * @param {Tally} tally
 * @param {CatalogueModel} model
 * @param {Supply} supply
 * @returns {Promise<ModelFiles>}
 */
async function fetchWith(tally, model, supply) {
  const { base } = supply;
  const manifest = parseManifest((await obtainAll([manifestOf(model, base)], supply, tally, model.bytes))[0]);
  const files = uniqueFiles(manifest).map((file) => targetOf(file, base));
  const found = await obtainAll(files, supply, tally, model.bytes);
  const bytes = new Map(files.map(({ sha256: hash }, index) => [hash, found[index]]));
  return { manifest, bytes: byPath(manifest, bytes), downloaded: tally.downloaded };
}

/**
 * Fetch one file that belongs to no model, under the same rules.
 *
 * @param {Wanted} wanted
 * @param {Supply} supply
 */
export async function fetchFile(wanted, supply) {
  const [bytes] = await obtainAll([wanted], supply, new Tally(wanted.bytes, () => undefined), wanted.bytes);
  return bytes;
}

/**
 * How many bytes of a model are not on this phone. Its manifest is fetched, everything else is only looked for.
 *
 * @param {CatalogueModel} model
 * @param {Supply} supply
 * @returns {Promise<number>}
 * @throws {Failure} as `fetchModel`
 */
export async function missingBytes(model, supply) {
  const manifest = parseManifest(await fetchFile(manifestOf(model, supply.base), supply));
  let missing = 0;
  await inParallel(uniqueFiles(manifest), async (file) => {
    const stored = await supply.store.length(targetOf(file, supply.base).url);
    if (stored !== file.bytes) missing += file.bytes;
  });
  return missing;
}

/**
 * The bytes of each file: first what is here, then, with the network to itself, the rest.
 *
 * @param {Target[]} targets
 * @param {Supply} supply
 * @param {Tally} tally
 * @param {number} needed
 * @returns {Promise<Uint8Array<ArrayBuffer>[]>}
 */
async function obtainAll(targets, { store, download: allowed, report }, tally, needed) {
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const found = new Array(targets.length);
  /** @type {number[]} */
  const missing = [];
  await inParallel(targets.entries(), async ([index, target]) => {
    const bytes = await kept(target, store);
    if (!bytes) return void missing.push(index);
    tally.add(target.bytes, false);
    found[index] = bytes;
  });
  if (!missing.length) return found;
  if (!allowed) throw new Failure("evicted", { file: targets[missing[0]].name });
  const fetchRest = async () => {
    await inParallel(missing, async (index) => {
      const bytes = await obtain(targets[index], store, tally, needed);
      // Megabytes that only the page shows.
      found[index] = targets[index].untouched ? NOTHING : bytes;
    });
    // The next tab looks for them the moment this one's turn ends.
    await store.settled();
  };
  await inTurn(fetchRest, report);
  return found;
}

/**
 * @param {Target} target
 * @param {ContentStore} store
 * @param {Tally} tally
 * @param {number} needed
 */
async function obtain(target, store, tally, needed) {
  // Another tab may have fetched it while this one waited.
  const stored = await kept(target, store);
  if (stored) {
    tally.add(target.bytes, false);
    return stored;
  }
  const bytes = await download(target, (count) => tally.add(count, true));
  // Stored while the next file is on its way.
  store.put(target.url, bytes, needed);
  return bytes;
}

/**
 * What is on the phone, if it is intact.
 *
 * @param {Target} target
 * @param {ContentStore} store
 */
async function kept({ url, bytes, sha256: hash, untouched }, store) {
  if (untouched) return (await store.length(url)) === bytes ? NOTHING : null;
  const stored = await store.get(url);
  if (stored?.length === bytes && (await sha256(stored)) === hash) return stored;
  // Damaged on the phone: the service worker would go on answering with it.
  if (stored) await store.remove(url);
  return null;
}

/**
 * @param {CatalogueModel} model
 * @param {string} base
 * @returns {Target}
 */
function manifestOf(model, base) {
  return {
    url: new URL(model.manifest, base).href,
    name: "manifest.json",
    bytes: model.manifest_bytes,
    sha256: model.manifest_sha256,
  };
}

/**
 * @param {BundleFile} file
 * @param {string} base
 * @returns {Target}
 */
function targetOf(file, base) {
  const { path, bytes, sha256: hash, role } = file;
  const untouched = role === "thumbnail";
  return { name: path, url: new URL(contentPath(file), base).href, bytes, sha256: hash, untouched };
}

/**
 * Two bundle paths may share content; it is fetched once, and read if any of them is.
 *
 * @param {Manifest} manifest
 */
function uniqueFiles(manifest) {
  const files = downloadedFiles(manifest);
  const ordered = [...files.filter(({ role }) => role === "thumbnail"), ...files.filter(({ role }) => role !== "thumbnail")];
  return [...new Map(ordered.map((file) => [contentPath(file), file])).values()];
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
    if (content && content !== NOTHING) found.set(file.path, content);
  }
  return found;
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
