/** The app's texts. Keys are used as literals, `t("gate.accept")`, so that the build can check that each one exists. */

/** @type {Record<string, string>} */
let texts = {};

/** Load the catalogue of the reader's language; English is the only one so far. */
export async function loadStrings() {
  texts = await (await fetch(new URL("../strings/en.json", import.meta.url))).json();
}

/**
 * A text with its `{placeholders}` filled in.
 *
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  const text = texts[key];
  if (text === undefined) throw new Error(`No text for ${key} in app/strings/en.json.`);
  return text.replace(/\{([a-z_]+)\}/g, (_, name) => String(values[name] ?? ""));
}

/**
 * A byte count in the unit that phones use.
 *
 * @param {number} bytes
 */
export function megabytes(bytes) {
  return (bytes / 1e6).toLocaleString(undefined, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
}
