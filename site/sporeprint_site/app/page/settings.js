/** What the reader chose, kept on the phone and shown by the page's root element, where the styles look for it. */

import { recall, remember } from "./store.js";

/**
 * @typedef {object} Settings
 * @property {string | null} language code of app/strings/; null: as the browser asks
 * @property {"auto" | "light" | "dark" | "sun"} look sun: black on white, for daylight
 * @property {"right" | "left"} hand the one that holds the phone
 * @property {"off" | "coarse" | "exact"} place what the journal keeps of where a find was
 * @property {boolean} useOccasion let month and place re-rank an answer
 */

/** @type {Settings} */
const DEFAULTS = { language: null, look: "auto", hand: "right", place: "off", useOccasion: true };

/** @type {{[Key in keyof Settings]: (value: unknown) => boolean}} */
const VALID = {
  language: (value) => value === null || typeof value === "string",
  look: (value) => ["auto", "light", "dark", "sun"].includes(String(value)),
  hand: (value) => ["right", "left"].includes(String(value)),
  place: (value) => ["off", "coarse", "exact"].includes(String(value)),
  useOccasion: (value) => typeof value === "boolean",
};

/**
 * The settings of earlier visits. What an older or newer version of the app stored and this one does not know falls
 * back to its default.
 *
 * @returns {Promise<Settings>}
 */
export async function loadSettings() {
  const stored = /** @type {Record<string, unknown>} */ ((await recall("settings")) ?? {});
  const known = Object.entries(stored).filter(([name, value]) => VALID[/** @type {keyof Settings} */ (name)]?.(value));
  return { ...DEFAULTS, ...Object.fromEntries(known) };
}

/** @param {Settings} settings */
export async function saveSettings(settings) {
  applySettings(settings);
  await remember("settings", settings);
}

/** @param {Settings} settings */
export function applySettings({ look, hand }) {
  const { dataset } = document.documentElement;
  dataset.look = look;
  dataset.hand = hand;
}
