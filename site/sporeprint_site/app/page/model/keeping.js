/** Whether this browser will keep what is stored, and what the reader can do about it. */

import { CONTENT_CACHE } from "../../shared/messages.js";

/** @import {CatalogueModel} from "../../shared/messages.js" */

/** @typedef {Event & {prompt(): Promise<{outcome: "accepted" | "dismissed"}>}} InstallPrompt */

/** @type {InstallPrompt | null} */
let offered = null;
/** @type {Set<() => void>} */
const told = new Set();

addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  offered = /** @type {InstallPrompt} */ (event);
  for (const tell of told) tell();
});
addEventListener("appinstalled", () => {
  offered = null;
  for (const tell of told) tell();
});

/**
 * How this phone gets an app onto its Home Screen.
 *
 * @returns {"installed" | "button" | "ios" | null} button: the browser shows a dialog; ios: by hand, in words; null: it
 *   has no way, or does not tell
 */
export function wayToHomeScreen() {
  const { standalone } = /** @type {{standalone?: boolean}} */ (navigator);
  if (standalone || matchMedia("(display-mode: standalone)").matches) return "installed";
  if (offered) return "button";
  // Only Safari on iPhone and iPad knows this property, and it is the one that deletes after seven days.
  return standalone === false ? "ios" : null;
}

/** Show the browser's own dialog. */
export async function addToHomeScreen() {
  const prompt = offered;
  offered = null;
  await prompt?.prompt();
}

/**
 * @param {() => void} tell when the way has changed
 * @param {AbortSignal} signal
 */
export function watchHomeScreen(tell, signal) {
  told.add(tell);
  signal.addEventListener("abort", () => told.delete(tell));
}

/**
 * Have the browser promise to keep what is stored.
 *
 * @param {boolean} asked by the reader. Firefox shows a question: better when they have come to the page that says why.
 * @returns {Promise<boolean>}
 */
export async function persistent(asked) {
  const { storage, userAgent } = navigator;
  const mayAsk = asked || !/firefox/i.test(userAgent);
  return (await (mayAsk ? storage?.persist?.() : storage?.persisted?.())) ?? false;
}

/**
 * Whether a model that was stored still is.
 *
 * @param {CatalogueModel} model
 * @param {string} base address of the site
 */
export async function isStored({ manifest }, base) {
  try {
    return Boolean(await (await caches.open(CONTENT_CACHE)).match(new URL(manifest, base)));
  } catch {
    return false;
  }
}

/** Whether the reader asked the browser to spare the connection. */
export function savesData() {
  return /** @type {{connection?: {saveData?: boolean}}} */ (navigator).connection?.saveData === true;
}
