/**
 * The app's texts. Keys are used as literals, `t("gate.accept")`, so that the build can check that each one
 * exists. A key that ends in _one or _other is taken by `tn` with the number that decides.
 */

/** @type {Record<string, string>} */
let texts = {};
let spoken = "en";

/**
 * Load the texts of one language.
 *
 * @param {string} language a code for which app/strings/ has a file
 */
export async function loadStrings(language) {
  const response = await fetch(new URL(`app/strings/${language}.json`, document.baseURI));
  texts = await response.json();
  spoken = language;
  document.documentElement.lang = language;
}

/** The language of the texts, also for names, numbers and dates. */
export function language() {
  return spoken;
}

/**
 * @typedef {Record<string, string>} Words what the site's owner wrote: by language, or under "" once for all of them
 */

/**
 * The owner's words in the app's language, or else in one that there is.
 *
 * @template Text
 * @param {Record<string, Text>} words by language; never empty
 * @returns {Text}
 */
export function inLanguage(words) {
  return words[spoken] ?? words[""] ?? words.en ?? Object.values(words)[0];
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
 * A text that depends on how many: for the key `find.count`, it is the text `find.count_one` or `find.count_other`, as
 * the language counts (https://cldr.unicode.org, plural rules), with `{count}` filled in. Every language has both.
 *
 * @param {string} key without the ending
 * @param {number} count
 * @param {Record<string, string | number>} [values]
 */
export function tn(key, count, values = {}) {
  const form = `${key}_${new Intl.PluralRules(spoken).select(count)}`;
  return t(form in texts ? form : `${key}_other`, { count: count.toLocaleString(spoken), ...values });
}

/**
 * A byte count in the unit that phones use.
 *
 * @param {number} bytes
 */
export function megabytes(bytes) {
  return (bytes / 1e6).toLocaleString(spoken, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
}
