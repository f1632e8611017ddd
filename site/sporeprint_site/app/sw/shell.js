/// <reference lib="webworker" />
// The service worker: the app shell is precached as a whole, model files are answered from the cache that the model
// worker fills. It never takes over on its own: the page offers the update.

/**
 * @typedef {{url: string, revision: string}} PrecacheEntry
 * @typedef {ServiceWorkerGlobalScope & {
 *   sporeprintPrecache: PrecacheEntry[],
 *   workbox: {
 *     clientsClaim(): void,
 *     cleanupOutdatedCaches(): void,
 *     precacheAndRoute(entries: PrecacheEntry[], options: object): void,
 *     createHandlerBoundToURL(url: string): (context: object) => Promise<Response>,
 *     NavigationRoute: new (handler: unknown, options?: object) => object,
 *     registerRoute(match: unknown, handler?: unknown): void,
 *   },
 * }} Shell
 */

(() => {
  const shell = /** @type {Shell} */ (/** @type {unknown} */ (self));
  const { workbox } = shell;
  // The same name as in app/shared/messages.js; a classic script cannot import it.
  const CONTENT_CACHE = "sporeprint-content";
  // A module with one SIMD instruction: browsers without it validate it as false.
  const SIMD = Uint8Array.of(
    0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 9, 1, 7, 0, 65, 0, 253, 15, 26, 11,
  );
  const unused = WebAssembly.validate(SIMD) ? "vendor/tfjs-backend-wasm.wasm" : "vendor/tfjs-backend-wasm-simd.wasm";

  workbox.cleanupOutdatedCaches();
  workbox.precacheAndRoute(
    shell.sporeprintPrecache.filter(({ url }) => url !== unused),
    { ignoreURLParametersMatching: [/.*/], cleanURLs: false },
  );
  workbox.registerRoute(new workbox.NavigationRoute(workbox.createHandlerBoundToURL("index.html")));
  workbox.registerRoute(
    ({ url }) => url.origin === location.origin && url.pathname.startsWith(contentRoot()),
    ({ request }) => storedContent(request),
  );
  workbox.clientsClaim();

  /** The page asks for it once the user has accepted the update. */
  shell.addEventListener("message", (event) => {
    if (event.data === "take-over") shell.skipWaiting();
  });

  function contentRoot() {
    return new URL("content/", shell.registration.scope).pathname;
  }

  /** @param {Request} request */
  async function storedContent(request) {
    const cache = await caches.open(CONTENT_CACHE);
    // Nothing is put here: only the model worker stores, and only what it has verified.
    return (await cache.match(request)) ?? fetch(request);
  }
})();
