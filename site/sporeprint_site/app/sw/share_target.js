/// <reference lib="webworker" />
// Photos that another app shares with this one (https://w3c.github.io/web-share-target/) arrive as a form that is posted
// to "share". No server ever sees them: they are put aside here, and the page that opens next takes them.

/**
 * @typedef {ServiceWorkerGlobalScope & {
 *   workbox: {
 *     registerRoute(
 *       match: (call: {url: URL}) => boolean,
 *       handler: (call: {request: Request}) => Promise<Response>,
 *       method: "POST",
 *     ): void,
 *   },
 * }} ShareTarget
 */

(() => {
  const worker = /** @type {ShareTarget} */ (/** @type {unknown} */ (self));
  const { scope } = worker.registration;
  // The same name as in app/shared/messages.js; a classic script cannot import it.
  const SHARED_CACHE = `sporeprint-shared${new URL(scope).pathname}`;
  const target = new URL("share", scope).href;

  worker.workbox.registerRoute(({ url }) => url.href === target, receive, "POST");

  /** @param {{request: Request}} call */
  async function receive({ request }) {
    try {
      await putAside((await request.formData()).getAll("photos"));
    } catch {
      // The screen below says that nothing arrived.
    }
    // 303: going back or reloading must not post them again.
    return Response.redirect(new URL("#shared", scope).href, 303);
  }

  /** @param {FormDataEntryValue[]} photos */
  async function putAside(photos) {
    await caches.delete(SHARED_CACHE);
    const cache = await caches.open(SHARED_CACHE);
    for (const [index, photo] of photos.entries()) {
      if (photo instanceof File && photo.size) await cache.put(`${target}/${index}`, new Response(photo));
    }
  }
})();
