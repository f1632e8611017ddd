/** The species guide: everything that the model knows and what to tell apart, searched as one types. */

import { el, fill } from "../el.js";
import { language, t, tn } from "../strings.js";
import { monthName } from "./months.js";
import { shownName, speciesRow } from "./row.js";
import { SpeciesSearch } from "./search.js";
import { taxaByName } from "./taxa.js";
import { VirtualList } from "./virtual_list.js";

/**
 * @import {Manifest} from "../../shared/manifest.js"
 * @import {Taxon} from "./taxa.js"
 *
 * @typedef {object} Place where the reader was; it is kept with the entry of the browser's history
 * @property {string} query
 * @property {boolean} dangerous only what is known to be
 * @property {boolean} month only what was found in the present month
 * @property {number} top how far the page was scrolled
 * @property {string} opened scientific name of the species that was looked at
 */

/** @type {Place} */
const START = { query: "", dangerous: false, month: false, top: 0, opened: "" };
/** Browsers allow about a hundred changes of the history in half a minute. */
const REMEMBER_AFTER_MS = 400;

/** @typedef {{manifest: Manifest, language: string, taxa: Taxon[], search: Promise<SpeciesSearch>}} Prepared */
/** @type {Prepared | null} sorting and indexing thousands of names once is enough */
let last = null;

/** @type {import("../routes.js").Screen} */
export function guideScreen({ offline }, _detail, signal) {
  const manifest = offline.prepared?.manifest;
  const heading = el("h1", { tabindex: -1 }, t("guide.heading"));
  return manifest ? new Guide(manifest, heading, signal).element : el("article", { class: "page guide" }, heading);
}

class Guide {
  #manifest;
  #prepared;
  #signal;
  #place = { ...START, .../** @type {Partial<Place> | undefined} */ (history.state?.guide) };
  #month = new Date().getMonth();
  #timer = 0;
  #input = el("input", {
    type: "search",
    id: "guide-search",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    value: this.#place.query,
    "data-testid": "guide-search",
    oninput: () => this.#narrow({ query: this.#input.value }),
    onkeydown: (/** @type {KeyboardEvent} */ event) => this.#onKey(event),
  });
  #count = el("p", { class: "quiet", role: "status" });
  #note = el("p", { class: "quiet" });
  #finder = el("div", { class: "finder" }, el("label", { for: "guide-search" }, t("guide.search")), this.#input);
  #empty = el("p", { class: "lead", hidden: true }, t("guide.nothing"));

  /**
   * @param {Manifest} manifest
   * @param {HTMLElement} heading
   * @param {AbortSignal} signal
   */
  constructor(manifest, heading, signal) {
    this.#manifest = manifest;
    this.#prepared = prepared(manifest);
    this.#signal = signal;
    /** @type {VirtualList<Taxon>} */
    this.list = new VirtualList(t("guide.heading"), (taxon, index) => this.#row(taxon, index), signal);
    this.element = el(
      "article",
      { class: "page guide" },
      heading,
      el("p", {}, t("about.classes_count", { count: manifest.classes.length.toLocaleString(language()) })),
      this.#finder,
      this.#filters(),
      this.#count,
      this.#note,
      this.#empty,
      this.list.element,
    );
    // The rows can be measured once the screen is there.
    requestAnimationFrame(() => void this.#begin());
  }

  async #begin() {
    const { top, opened } = this.#place;
    await this.#show();
    if (this.#signal.aborted) return;
    scrollTo(0, top);
    if (opened) this.list.focus(this.#shown.findIndex((taxon) => taxon.scientific_name === opened));
    // Focusing may have moved the page a little.
    scrollTo(0, top);
  }

  /** @type {Taxon[]} */
  #shown = [];

  /** The species that the search and the filters leave. */
  async #show() {
    const { query, dangerous, month } = this.#place;
    const { taxa, search } = this.#prepared;
    const found = query.trim() ? (await search).find(query).map((index) => taxa[index]) : taxa;
    // Typed on in the meantime, or gone.
    if (query !== this.#place.query || this.#signal.aborted) return;
    this.#shown = found.filter((taxon) => (!dangerous || isDangerous(taxon)) && (!month || this.#inMonth(taxon)));
    this.list.show(this.#shown);
    this.#empty.hidden = this.#shown.length > 0;
    this.#count.textContent = tn("guide.found", this.#shown.length);
    const notes = [dangerous && t("guide.dangerous_note"), month && t("guide.month_note")].filter(Boolean);
    this.#note.textContent = notes.join(" ");
  }

  /** @param {Taxon} taxon @param {number} index */
  #row(taxon, index) {
    const before = this.#place.query ? taxon : this.#shown[index - 1];
    return speciesRow(this.#manifest, taxon, before, () => this.#remember({ opened: taxon.scientific_name }));
  }

  /** @param {Partial<Place>} changed */
  #narrow(changed) {
    Object.assign(this.#place, changed);
    const top = this.#finder.offsetTop;
    // Shorter lists are read from their beginning.
    if (scrollY > top) scrollTo(0, top);
    void this.#show();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => !this.#signal.aborted && this.#remember({ opened: "" }), REMEMBER_AFTER_MS);
  }

  /** Keep the place with this entry of the history: "back" leads there. @param {Partial<Place>} changed */
  #remember(changed) {
    clearTimeout(this.#timer);
    const guide = { ...this.#place, top: scrollY, ...changed };
    history.replaceState({ ...history.state, guide }, "");
  }

  #filters() {
    const group = el("div", { class: "filters", role: "group", "aria-label": t("guide.filters") });
    const month = monthName(this.#month, "long");
    const dated = this.#manifest.classes.some((item) => item.months);
    fill(
      group,
      this.#toggle("dangerous", t("guide.filter_dangerous")),
      dated ? this.#toggle("month", t("guide.filter_month", { month })) : null,
    );
    return group;
  }

  /** @param {"dangerous" | "month"} name @param {string} words */
  #toggle(name, words) {
    const button = el("button", { "aria-pressed": String(this.#place[name]), "data-testid": `guide-${name}` }, words);
    button.addEventListener("click", () => {
      this.#narrow({ [name]: !this.#place[name] });
      button.setAttribute("aria-pressed", String(this.#place[name]));
    });
    return button;
  }

  /** @param {Taxon} taxon */
  #inMonth({ known }) {
    return Boolean(known?.months?.[this.#month]);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    this.list.focus(0);
  }
}

/** @param {Taxon} taxon */
function isDangerous({ toxicity }) {
  return toxicity !== "not_assessed";
}

/** @param {Manifest} manifest */
function prepared(manifest) {
  if (last?.manifest === manifest && last.language === language()) return last;
  const { compare } = new Intl.Collator(language(), { sensitivity: "base" });
  const named = [...taxaByName(manifest).values()].map((taxon) => ({ taxon, name: shownName(taxon) }));
  const taxa = named.sort((one, other) => compare(one.name, other.name)).map(({ taxon }) => taxon);
  last = { manifest, language: language(), taxa, search: SpeciesSearch.over(taxa, language()) };
  return last;
}
