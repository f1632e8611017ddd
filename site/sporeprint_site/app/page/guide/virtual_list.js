/** A list that scrolls with the page and holds only the rows near the window: thousands of species stay fluent. */

import { el } from "../el.js";

/** Rows kept ready above and below the window, so that Tab and a screen reader find the next one there. */
const SPARE = 8;
/** Up to so many rows are all there, and the browser's own search within the page finds them. */
const WHOLE = 150;

/**
 * @template Item
 */
export class VirtualList {
  #makeRow;
  /** @type {readonly Item[]} */
  #items = [];
  /** @type {Map<number, HTMLLIElement>} rows of the moment by their position */
  #rows = new Map();
  /** Of a row, in pixels; rows are as high as the style says, all alike. */
  #height = 0;
  #drawing = 0;

  /**
   * @param {string} label what a screen reader calls the list
   * @param {(item: Item, index: number) => HTMLElement} makeRow its first link takes the focus
   * @param {AbortSignal} signal aborted when the list is left
   */
  constructor(label, makeRow, signal) {
    this.#makeRow = makeRow;
    this.element = el("ul", { class: "virtual plain", "aria-label": label, onkeydown: (event) => this.#onKey(event) });
    addEventListener("scroll", () => this.#drawSoon(), { passive: true, signal });
    addEventListener("resize", () => this.#measure(), { signal });
  }

  /** Show other items, from the first. @param {readonly Item[]} items */
  show(items) {
    this.#items = items;
    for (const row of this.#rows.values()) row.remove();
    this.#rows.clear();
    this.#measure();
  }

  /**
   * Bring a row into the window and focus it.
   *
   * @param {number} index
   */
  focus(index) {
    if (index < 0 || index >= this.#items.length) return;
    this.#draw(index);
    this.#rows.get(index)?.querySelector("a")?.focus();
    this.#draw();
  }

  /** The rows' height follows the text size that the reader chose. */
  #measure() {
    this.#draw(0);
    this.#height = this.#rows.get(0)?.offsetHeight ?? 0;
    this.element.style.height = `${this.#height * this.#items.length}px`;
    for (const [index, row] of this.#rows) this.#place(row, index);
    this.#draw();
  }

  #drawSoon() {
    this.#drawing ||= requestAnimationFrame(() => {
      this.#drawing = 0;
      this.#draw();
    });
  }

  /** Make the rows of the window, and drop the others. @param {number[]} also rows that are wanted besides */
  #draw(...also) {
    const wanted = new Set([...this.#inWindow(), ...this.#focused(), ...also].filter((at) => at < this.#items.length));
    for (const [index, row] of this.#rows) {
      if (wanted.has(index)) continue;
      row.remove();
      this.#rows.delete(index);
    }
    /** @type {HTMLLIElement | null} */
    let next = null;
    // From the last to the first, each before the one that follows it: Tab goes through them in order.
    for (const index of [...wanted].sort((one, other) => other - one)) {
      next = this.#rows.get(index) ?? this.#add(index, next);
    }
  }

  /**
   * @param {number} index
   * @param {HTMLLIElement | null} next the row that follows it
   * @returns {HTMLLIElement}
   */
  #add(index, next) {
    const position = { "aria-setsize": this.#items.length, "aria-posinset": index + 1 };
    const row = el("li", position, this.#makeRow(this.#items[index], index));
    this.#place(row, index);
    this.#rows.set(index, row);
    this.element.insertBefore(row, next);
    return row;
  }

  /** @param {HTMLLIElement} row @param {number} index */
  #place(row, index) {
    row.style.top = `${index * this.#height}px`;
  }

  #inWindow() {
    const count = this.#items.length;
    if (count <= WHOLE) return Array.from({ length: count }, (_, index) => index);
    if (!this.#height) return [];
    const above = -this.element.getBoundingClientRect().top;
    const first = Math.max(0, Math.floor(above / this.#height) - SPARE);
    const last = Math.min(count - 1, Math.ceil((above + innerHeight) / this.#height) + SPARE);
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, offset) => first + offset);
  }

  /** A row that has the focus stays, wherever the window is: the keyboard goes on from it. */
  #focused() {
    return [...this.#rows].flatMap(([index, row]) => (row.contains(document.activeElement) ? [index] : []));
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const [index] = this.#focused();
    if (!step || index === undefined) return;
    event.preventDefault();
    this.focus(index + step);
  }
}
