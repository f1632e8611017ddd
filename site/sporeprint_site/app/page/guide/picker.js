/** A field in which a species is chosen by name: from the model's list, or as the reader typed it. */

import { el, fill } from "../el.js";
import { language, t, tn } from "../strings.js";
import { commonName, dangerLabel, scientificName } from "../taxon.js";
import { SpeciesSearch } from "./search.js";
import { taxaByName } from "./taxa.js";

/**
 * @import {App} from "../app.js"
 * @import {Taxon} from "./taxa.js"
 */

/** More would need scrolling in a list that covers the page. */
const OFFERED = 6;
const MAX_NAME = 200;
let made = 0;

/**
 * A search field with its results below it. Names outside the model can be chosen too: the species that it has
 * never seen but knows of, and whatever was typed.
 *
 * @param {App} app
 * @param {{label: string, onPick: (scientificName: string) => void}} options onPick: gets a scientific name, or the
 *   words as typed
 */
export function speciesPicker(app, { label, onPick }) {
  return new Picker(app, label, onPick).element;
}

class Picker {
  #id = `picker-${made++}`;
  #onPick;
  #taxa;
  #search;
  /** @type {{name: string, option: HTMLElement}[]} */
  #options = [];
  #active = -1;
  #list = el("ul", { class: "options plain", role: "listbox", id: `${this.#id}-list`, hidden: true });
  #count = el("p", { class: "unseen", role: "status" });
  #input = el("input", {
    type: "search",
    id: this.#id,
    role: "combobox",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    enterkeyhint: "done",
    maxlength: MAX_NAME,
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": `${this.#id}-list`,
    "data-testid": "species-picker",
    oninput: () => void this.#offer(),
    onkeydown: (/** @type {KeyboardEvent} */ event) => this.#onKey(event),
    onblur: () => this.#close(),
  });

  /**
   * @param {App} app
   * @param {string} label
   * @param {(scientificName: string) => void} onPick
   */
  constructor(app, label, onPick) {
    this.#onPick = onPick;
    const manifest = app.offline.prepared?.manifest;
    this.#taxa = manifest ? [...taxaByName(manifest).values()] : [];
    this.#search = SpeciesSearch.over(this.#taxa, language());
    this.#list.setAttribute("aria-label", label);
    // A press on an option must not take the focus away and close the list before it counts.
    this.#list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.element = el(
      "div",
      { class: "picker" },
      el("label", { for: this.#id }, label),
      this.#input,
      this.#list,
      this.#count,
    );
  }

  async #offer() {
    const search = await this.#search;
    const typed = this.#input.value.trim();
    const found = search.find(typed).slice(0, OFFERED).map((index) => this.#taxa[index]);
    this.#options = found.map((item, at) => this.#option(at, item.scientific_name, ...wordsFor(item)));
    const free = typed && found.every(({ scientific_name: name }) => name !== typed);
    // Last, so that a name of the list is nearer than a free one.
    if (free) this.#options.push(this.#option(found.length, typed, t("picker.as_typed", { name: typed })));
    fill(this.#list, ...this.#options.map(({ option }) => option));
    this.#show(this.#options.length > 0);
    this.#count.textContent = typed ? tn("guide.found", found.length) : "";
    this.#activate(this.#options.length ? 0 : -1);
  }

  /**
   * @param {number} at position in the list
   * @param {string} name
   * @param {...import("../el.js").Child} words
   */
  #option(at, name, ...words) {
    const pick = () => this.#pick(name);
    const attributes = { role: "option", id: `${this.#id}-${at}`, "aria-selected": "false", onclick: pick };
    return { name, option: el("li", attributes, ...words) };
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const steps = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowUp: -1 });
    const count = this.#options.length;
    if (event.key in steps && count) {
      this.#show(true);
      this.#activate((this.#active + steps[event.key] + count) % count);
    } else if (event.key === "Enter" && this.#active >= 0 && !this.#list.hidden) {
      this.#pick(this.#options[this.#active].name);
    } else if (event.key === "Escape" && !this.#list.hidden) this.#close();
    else return;
    event.preventDefault();
  }

  /** @param {number} index */
  #activate(index) {
    this.#active = index;
    for (const [at, { option }] of this.#options.entries()) option.setAttribute("aria-selected", String(at === index));
    const active = this.#options[index]?.option;
    if (active) this.#input.setAttribute("aria-activedescendant", active.id);
    else this.#input.removeAttribute("aria-activedescendant");
    active?.scrollIntoView({ block: "nearest" });
  }

  /** @param {boolean} open */
  #show(open) {
    this.#list.hidden = !open;
    this.#input.setAttribute("aria-expanded", String(open));
  }

  #close() {
    this.#show(false);
    this.#activate(-1);
  }

  /** @param {string} name */
  #pick(name) {
    this.#input.value = name;
    this.#close();
    this.#onPick(name);
  }
}

/** @param {Taxon} item */
function wordsFor(item) {
  const common = commonName(item);
  return [
    common ? el("span", { class: "common" }, common) : null,
    scientificName({ scientific_name: item.scientific_name }),
    item.toxicity === "not_assessed" ? null : dangerLabel(item),
  ];
}
