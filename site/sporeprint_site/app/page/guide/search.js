/** Finds species by what a reader types: common and scientific names, genus and family, misspelt or half typed. */

import { nearest } from "./spelling.js";

/**
 * @typedef {object} Searchable a class of the model, or a species outside it
 * @property {string} scientific_name
 * @property {Record<string, string>} common_names
 * @property {{genus?: string, family?: string}} taxonomy
 *
 * @typedef {{id: number, scientific: string, common: string, english: string, groups: string}} Row
 */

/** Documents indexed before the page may breathe again. */
const CHUNK = 50;
const MAX_QUERY = 100;
/** A shorter piece of a word lies in too many names. */
const MIN_PIECE = 3;
const BOOST = { scientific: 3, common: 3, english: 2 };
/** Letters that Unicode does not take apart. */
const LIGATURES = Object.entries({ ß: "ss", æ: "ae", œ: "oe", ø: "o", đ: "d", ł: "l", ð: "d", þ: "th", ı: "i" });

/** An index over the names of one list of taxa in one language. */
export class SpeciesSearch {
  #index;
  /** @type {Set<string>} every word of every name */
  #terms = new Set();
  /** @type {string[]} each taxon's names as one text, to find a piece within a word */
  #texts;

  /**
   * @param {typeof import("../vendored/minisearch.js").MiniSearch} MiniSearch
   * @param {Row[]} rows
   */
  constructor(MiniSearch, rows) {
    this.#index = new MiniSearch({
      fields: ["scientific", "common", "english", "groups"],
      tokenize: words,
      processTerm: (word) => this.#noted(fold(word)),
      searchOptions: { boost: BOOST, combineWith: "AND", prefix: true, tokenize: words, processTerm: fold },
    });
    this.#texts = rows.map(({ scientific, common, english }) => fold(`${scientific} ${common} ${english}`));
  }

  /**
   * Build the index without holding up the page.
   *
   * @param {readonly Searchable[]} taxa
   * @param {string} language of the common names; English ones are always found too
   */
  static async over(taxa, language) {
    const { MiniSearch } = await import("../vendored/minisearch.js");
    const rows = taxa.map((item, id) => rowOf(item, id, language));
    const search = new SpeciesSearch(MiniSearch, rows);
    await search.#index.addAllAsync(rows, { chunkSize: CHUNK });
    return search;
  }

  /**
   * Positions of the taxa that fit, best first: those whose words begin as typed, then those with the typed piece
   * inside a word, and only where there are none, those that are spelt nearly so.
   *
   * @param {string} query
   * @returns {number[]}
   */
  find(query) {
    const asked = fold(query.slice(0, MAX_QUERY));
    const pieces = words(asked);
    if (!pieces.length) return [];
    const begun = this.#index.search(asked).map(({ id }) => Number(id));
    const inside = pieces.every(({ length }) => length >= MIN_PIECE) ? this.#containing(pieces) : [];
    const found = [...new Set([...begun, ...inside])];
    return found.length ? found : this.#nearly(pieces);
  }

  /** @param {string[]} pieces */
  #containing(pieces) {
    return this.#texts.flatMap((text, id) => (pieces.every((piece) => text.includes(piece)) ? [id] : []));
  }

  /** @param {string[]} pieces */
  #nearly(pieces) {
    const meant = pieces.map((piece) => nearest(piece, this.#terms));
    if (meant.some(({ length }) => !length)) return [];
    const queries = meant.map((terms) => ({ combineWith: /** @type {const} */ ("OR"), queries: terms }));
    return this.#index.search({ combineWith: "AND", queries }, { prefix: false }).map(({ id }) => Number(id));
  }

  /** @param {string} term */
  #noted(term) {
    this.#terms.add(term);
    return term;
  }
}

/**
 * A text without case, accents and ligatures.
 *
 * @param {string} text
 */
export function fold(text) {
  const apart = LIGATURES.reduce((done, [letter, plain]) => done.replaceAll(letter, plain), text.toLowerCase());
  return apart.normalize("NFD").replace(/\p{M}/gu, "");
}

/** @param {string} text */
function words(text) {
  return text.split(/[^\p{L}\p{N}\p{M}]+/u).filter(Boolean);
}

/**
 * @param {Searchable} item
 * @param {number} id
 * @param {string} language
 * @returns {Row}
 */
function rowOf({ scientific_name: scientific, common_names: names, taxonomy }, id, language) {
  const english = names.en ?? "";
  const groups = `${taxonomy.genus ?? ""} ${taxonomy.family ?? ""}`;
  return { id, scientific, common: names[language] ?? english, english, groups };
}
