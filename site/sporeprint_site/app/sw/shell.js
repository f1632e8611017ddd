/// <reference lib="webworker" />
// The service worker: the app shell is precached as a whole, model files are answered from the cache that the model
// worker fills. It never takes over on its own: the page offers the update.

/**
 * @typedef {{url: string, revision: string}} PrecacheEntry revision: start of the SHA-256 of the file
 * @typedef {{
 *   requestWillFetch(call: {request: Request}): Promise<Request>,
 *   fetchDidSucceed(call: {request: Request, response: Response}): Promise<Response>,
 * }} Plugin
 * @typedef {{
 *   readonly strategy: {readonly cacheName: string},
 *   addToCacheList(entries: PrecacheEntry[]): void,
 *   getURLsToCacheKeys(): Map<string, string>,
 *   createHandlerBoundToURL(url: string): (context: object) => Promise<Response>,
 *   install(event: ExtendableEvent): Promise<unknown>,
 *   activate(event: ExtendableEvent): Promise<unknown>,
 * }} Controller
 * @typedef {ServiceWorkerGlobalScope & {
 *   sporeprintPrecache: PrecacheEntry[],
 *   workbox: {
 *     clientsClaim(): void,
 *     PrecacheController: new (options: {plugins: Plugin[]}) => Controller,
 *     PrecacheRoute: new (controller: Controller, options: object) => object,
 *     NavigationRoute: new (handler: unknown, options?: object) => object,
 *     registerRoute(match: object): void,
 *     registerRoute(
 *       match: (call: {url: URL}) => boolean,
 *       handler: (call: {request: Request}) => Promise<Response>,
 *     ): void,
 *   },
 * }} Shell
 */

(() => {
  const shell = /** @type {Shell} */ (/** @type {unknown} */ (self));
  const { workbox } = shell;
  /** How many files of the shell are fetched and stored at once. */
  const LANES = 8;
  // The same name as in app/shared/messages.js; a classic script cannot import it.
  const CONTENT_CACHE = `sporeprint-content${new URL(shell.registration.scope).pathname}`;
  // A module with one SIMD instruction: browsers without it validate it as false.
  // prettier-ignore
  const SIMD = Uint8Array.of(
    0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3,
    2, 1, 0, 10, 9, 1, 7, 0, 65, 0, 253, 15, 26, 11,
  );
  // One instruction of relaxed SIMD; the worker's engine asks with the same one.
  // prettier-ignore
  const RELAXED_SIMD = Uint8Array.of(
    0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 20, 1, 18, 0,
    65, 0, 253, 15, 65, 0, 253, 15, 65, 0, 253, 15, 253, 133, 2, 26, 11,
  );
  // Where WebAssembly is forbidden altogether, as in an iPhone's Lockdown Mode, it is not even defined.
  const runs = (/** @type {BufferSource} */ module) => globalThis.WebAssembly?.validate(module) === true;
  const kind = runs(RELAXED_SIMD) ? "-relaxed-simd" : runs(SIMD) ? "-simd" : "";
  const used = `vendor/tfjs-backend-wasm${kind}.wasm`;
  const precache = shell.sporeprintPrecache.filter(({ url }) => url === used || !url.endsWith(".wasm"));
  const revisions = new Map(precache.map(({ url, revision }) => [addressOf(url), revision]));

  // No cleanupOutdatedCaches: at "/" it would take the precache of a site below it for an old one of its own.
  const plugins = [{ requestWillFetch: fromHttpCache, fetchDidSucceed: verified }];
  const controller = new workbox.PrecacheController({ plugins });
  controller.addToCacheList(precache);
  shell.addEventListener("install", (event) => event.waitUntil(install(event)));
  shell.addEventListener("activate", (event) => void controller.activate(event));
  workbox.registerRoute(
    new workbox.PrecacheRoute(controller, { ignoreURLParametersMatching: [/.*/], cleanURLs: false }),
  );
  // Only the app's own page: at "/" the scope holds whatever else the origin serves.
  const root = new URL(shell.registration.scope).pathname.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const allowlist = [new RegExp(`^${root}(index\\.html)?(\\?.*)?$`)];
  workbox.registerRoute(new workbox.NavigationRoute(controller.createHandlerBoundToURL("index.html"), { allowlist }));
  workbox.registerRoute(
    ({ url }) => url.href.startsWith(addressOf("content/")),
    ({ request }) => storedContent(request),
  );
  workbox.clientsClaim();

  // The page asks for it once the user has accepted the update.
  shell.addEventListener("message", (event) => {
    if (event.data === "take-over") void shell.skipWaiting();
  });

  /** @param {string} path */
  function addressOf(path) {
    return new URL(path, shell.registration.scope).href;
  }

  /**
   * Workbox stores one file after the other, which takes seconds for many small ones. Stored by several lanes before,
   * it finds them all there.
   *
   * @param {ExtendableEvent} event
   */
  async function install(event) {
    const cache = await caches.open(controller.strategy.cacheName);
    const wanted = controller.getURLsToCacheKeys().entries();
    const lane = async () => {
      for (const [url, key] of wanted) {
        if (await cache.match(key)) continue;
        const request = await fromHttpCache({ request: new Request(url) });
        const response = await verified({ request, response: await fetch(request) });
        if (response.ok) await cache.put(key, response);
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    await controller.install(event);
  }

  /**
   * The page has just loaded many of these files; the hash below tells a current copy from a stale one.
   *
   * @param {{request: Request}} call
   */
  async function fromHttpCache({ request }) {
    return new Request(request.url, { cache: "force-cache", credentials: "same-origin" });
  }

  /**
   * Only the very bytes of this version are stored, so that files of two versions never mix. A failure here fails the
   * installation, and the version that is installed goes on serving.
   *
   * @param {{request: Request, response: Response}} call
   */
  async function verified({ request, response }) {
    const wanted = revisions.get(request.url.split("?")[0]);
    if (!wanted || (await hashOf(response)).startsWith(wanted)) return response;
    const fresh = await fetch(request.url, { cache: "reload", credentials: "same-origin" });
    if ((await hashOf(fresh)).startsWith(wanted)) return fresh;
    throw new Error(`${request.url} is not the file of this version.`);
  }

  /** @param {Response} response */
  async function hashOf(response) {
    const digest = await crypto.subtle.digest("SHA-256", await response.clone().arrayBuffer());
    return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  /** @param {Request} request */
  async function storedContent(request) {
    const cache = await caches.open(CONTENT_CACHE);
    // Nothing is put here: only the model worker stores, and only what it has verified.
    return (await cache.match(request)) ?? fetch(request);
  }
})();
