/** What this site keeps on the phone, counted file by file. */

import { CONTENT_CACHE } from "../../shared/messages.js";
import { contentPath, downloadedFiles, parseManifest } from "../../shared/manifest.js";

/**
 * @import {CatalogueModel} from "../../shared/messages.js"
 *
 * @typedef {object} Stored a model's part
 * @property {number} bytes on the phone
 * @property {number} own of these, what no other model here needs: what deleting it frees
 * @property {boolean} complete
 *
 * @typedef {object} Inventory bytes
 * @property {number} shell
 * @property {number} runtime the engine, whichever models run on it
 * @property {number} models all of them; what two share counts once
 * @property {Map<string, Stored>} byModel by id
 * @property {number | null} records journal and settings; null where the browser does not tell
 * @property {number | null} used everything, as the browser counts it
 * @property {number | null} quota
 */

const NOTHING = { bytes: 0, own: 0, complete: false };

/**
 * @param {CatalogueModel[]} models that may be here
 * @param {string} base address of the site
 * @returns {Promise<Inventory>}
 */
export async function takeInventory(models, base) {
  const [content, shell, estimate] = await Promise.all([
    sizesIn(CONTENT_CACHE),
    shellSizes(base),
    navigator.storage?.estimate?.().catch(() => undefined),
  ]);
  const details = /** @type {{usageDetails?: {indexedDB?: number}} | undefined} */ (estimate)?.usageDetails;
  const isEngine = (/** @type {string} */ url) => url.includes("/vendor/tfjs") || url.endsWith(".js");
  const runtime = sum(shell, (url) => url.includes("/vendor/tfjs"));
  return {
    shell: sum(shell, () => true) - runtime,
    runtime: runtime + sum(content, isEngine),
    models: sum(content, (url) => !isEngine(url)),
    byModel: await storedModels(models, content, base),
    // A browser that has no details has told the sum only.
    records: estimate ? (details ? (details.indexedDB ?? 0) : null) : null,
    used: estimate?.usage ?? null,
    quota: estimate?.quota ?? null,
  };
}

/**
 * @param {CatalogueModel[]} models
 * @param {Map<string, number>} content
 * @param {string} base
 */
async function storedModels(models, content, base) {
  const named = await Promise.all(models.map(async (model) => ({ model, files: await filesOf(model, base) })));
  return new Map(
    named.map(({ model, files }) => {
      if (!files) return [model.id, NOTHING];
      const others = new Set(named.filter((one) => one.model !== model).flatMap((one) => one.files ?? []));
      const here = files.filter((url) => content.has(url));
      const bytes = total(here, content);
      const own = total(here.filter((url) => !others.has(url)), content);
      return [model.id, { bytes, own, complete: here.length === files.length }];
    }),
  );
}

/**
 * Addresses of a model's files, if its manifest is on the phone.
 *
 * @param {CatalogueModel} model
 * @param {string} base
 */
async function filesOf({ manifest }, base) {
  const url = new URL(manifest, base).href;
  try {
    const found = await (await caches.open(CONTENT_CACHE)).match(url);
    if (!found) return null;
    const files = downloadedFiles(parseManifest(new Uint8Array(await found.arrayBuffer())));
    return [...new Set([url, ...files.map((file) => new URL(contentPath(file), base).href)])];
  } catch {
    return null;
  }
}

/** The app itself: what Workbox keeps for this site. @param {string} base */
async function shellSizes(base) {
  /** @type {Map<string, number>} */
  const sizes = new Map();
  for (const name of await shellCaches(base)) for (const [url, size] of await sizesIn(name)) sizes.set(url, size);
  return sizes;
}

/** Names of the caches that hold the app itself. @param {string} base @returns {Promise<string[]>} */
export async function shellCaches(base) {
  const names = await (globalThis.caches?.keys().catch(() => []) ?? []);
  return names.filter((name) => name.startsWith("workbox-") && name.endsWith(base));
}

/** @param {string} name of a cache @returns {Promise<Map<string, number>>} address to length */
async function sizesIn(name) {
  try {
    const cache = await caches.open(name);
    const requests = await cache.keys();
    const found = await Promise.all(requests.map((request) => sizeOf(cache, request)));
    return new Map(requests.map(({ url }, index) => [url, found[index]]));
  } catch {
    return new Map();
  }
}

/**
 * @param {Cache} cache
 * @param {Request} request
 */
async function sizeOf(cache, request) {
  const response = await cache.match(request);
  // The app's own entries say their true length; a server's may be that of a compressed answer.
  const stated = response && request.url.includes("/content/") ? response.headers.get("Content-Length") : null;
  return stated === null ? ((await response?.blob())?.size ?? 0) : Number(stated);
}

/**
 * @param {Map<string, number>} sizes
 * @param {(url: string) => boolean} counts
 */
function sum(sizes, counts) {
  return total([...sizes.keys()].filter(counts), sizes);
}

/**
 * @param {string[]} urls
 * @param {Map<string, number>} sizes
 */
function total(urls, sizes) {
  return urls.reduce((bytes, url) => bytes + (sizes.get(url) ?? 0), 0);
}

/**
 * Delete the app and its models from this phone; the journal and the settings stay. The page that is open goes on.
 *
 * @param {string} base
 */
export async function clearAll(base) {
  for (const name of [CONTENT_CACHE, ...(await shellCaches(base))]) await caches.delete(name);
  const registration = await navigator.serviceWorker?.getRegistration(base);
  if (registration?.scope === base) await registration.unregister();
}
