/** The app's texts. Keys are used as literals, `t("gate.accept")`, so that the build can check that each one exists. */

/** @type {Record<string, string>} */
let texts = {};
let spoken = "en";

/**
 * Load the texts of one language.
 *
 * @param {string} language a code for which app/strings/ has a file
 */
export async function loadStrings(language) {
  const response = await fetch(new URL(`../strings/${language}.json`, import.meta.url));
  texts = await response.json();
  spoken = language;
  document.documentElement.lang = language;
}

/** The language of the texts, also for names, numbers and dates. */
export function language() {
  return spoken;
}

/**
 * The first language that the reader's browser asks for and the app has; the site's first one without any.
 *
 * @param {readonly string[]} offered codes such as "en", best one first
 * @param {readonly string[]} wanted tags such as "de-AT", as in `navigator.languages`
 */
export function bestLanguage(offered, wanted) {
  for (const tag of wanted) {
    const found = [tag, tag.split("-")[0]].find((code) => offered.includes(code));
    if (found) return found;
  }
  return offered[0];
}

/**
 * A text with its `{placeholders}` filled in.
 *
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  const text = texts[key];
  if (text === undefined) throw new Error(`No text for ${key} in app/strings/${spoken}.json.`);
  return text.replace(/\{([a-z_]+)\}/g, (_, name) => String(values[name] ?? ""));
}

/**
 * A byte count in the unit that phones use.
 *
 * @param {number} bytes
 */
export function megabytes(bytes) {
  return (bytes / 1e6).toLocaleString(spoken, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
}
