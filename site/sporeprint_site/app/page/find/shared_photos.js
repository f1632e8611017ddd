/** Photos that another app shared with this one: the service worker put them aside, the page takes them once. */

import { SHARED_CACHE } from "../../shared/messages.js";
import { el } from "../el.js";
import { t } from "../strings.js";
import { ofOneFind } from "./photo.js";

/** @type {import("../routes.js").Screen} */
export function sharedScreen(app, _detail, signal) {
  const status = el("p", { role: "status" }, t("result.working"));
  const take = async () => {
    const photos = await takeShared();
    if (signal.aborted) return;
    if (!photos.length) status.textContent = t("shared.none");
    // Going back must not lead here again.
    else history.replaceState(null, "", "#");
    await app.find.begin(ofOneFind(photos));
  };
  void take();
  return el("section", { class: "page" }, el("h1", { tabindex: -1 }, t("shared.heading")), status);
}

/** @returns {Promise<Blob[]>} */
async function takeShared() {
  try {
    const cache = await caches.open(SHARED_CACHE);
    const stored = await Promise.all((await cache.keys()).map((request) => cache.match(request)));
    const photos = await Promise.all(stored.flatMap((answer) => (answer ? [answer.blob()] : [])));
    await caches.delete(SHARED_CACHE);
    return photos;
  } catch {
    return [];
  }
}
