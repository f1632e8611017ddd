/** The list of finds: latest first, searched as one types, drawn a page at a time so that thousands stay fluent. */

import { el, fill, icon } from "../el.js";
import { language, t, tn } from "../strings.js";
import { thumbnailsOf } from "./entries.js";
import { alarmed, dangerOfEntry, dangerWords, dateWords, latest, nameOf } from "./naming.js";

/**
 * @import {App} from "../app.js"
 * @import {Entry} from "./entry.js"
 */

/** Rows drawn at once: more than any window shows. */
const PAGE = 40;

/**
 * @param {App} app
 * @param {Entry[]} entries at least one
 * @param {AbortSignal} signal
 */
export function entryList(app, entries, signal) {
  const count = el("p", { class: "quiet", role: "status" });
  const rows = el("ul", { class: "plain finds", "data-testid": "journal-list" });
  const more = el("button", { class: "more-rows" }, t("journal.more"));
  const draw = pager(app, rows, more, signal);
  const search = el("input", { type: "search", id: "journal-search", autocomplete: "off", enterkeyhint: "search" });
  const show = () => {
    const found = matching(entries, search.value);
    fill(count, countWords(found.length, entries.length));
    draw(found);
  };
  search.addEventListener("input", show);
  show();
  return [
    el("p", { class: "safety", role: "note" }, t("result.safety")),
    el("div", { class: "field" }, el("label", { for: "journal-search" }, t("journal.search")), search),
    // Before the rows: below them it would move away as they are read.
    el("div", { class: "list-head" }, count, toFiles()),
    rows,
    more,
  ];
}

/** The way to backups and exports. */
export function toFiles() {
  return el("a", { href: "#files", class: "button", "data-testid": "journal-files" }, t("files.heading"));
}

/** @param {number} found @param {number} all */
function countWords(found, all) {
  if (found === 0) return t("journal.none_found");
  return found === all ? tn("journal.count", all) : tn("journal.count_found", found, { all: all.toLocaleString(language()) });
}

/**
 * Draws the first rows, and the next ones whenever the button under them comes into view or is pressed.
 *
 * @param {App} app
 * @param {HTMLElement} rows
 * @param {HTMLElement} more
 * @param {AbortSignal} signal
 * @returns {(entries: Entry[]) => void}
 */
function pager(app, rows, more, signal) {
  /** @type {Entry[]} */
  let waiting = [];
  const next = () => {
    const page = waiting.splice(0, PAGE);
    const drawn = page.map((entry) => row(app, entry));
    rows.append(...drawn);
    more.hidden = !waiting.length;
    void showThumbnails(page, drawn, signal);
  };
  const watch = new IntersectionObserver(([{ isIntersecting }]) => isIntersecting && next(), { rootMargin: "600px" });
  watch.observe(more);
  signal.addEventListener("abort", () => watch.disconnect());
  more.addEventListener("click", next);
  return (entries) => {
    rows.replaceChildren();
    waiting = [...entries];
    next();
  };
}

/**
 * @param {Entry[]} entries
 * @param {HTMLElement[]} drawn their rows
 * @param {AbortSignal} signal
 */
async function showThumbnails(entries, drawn, signal) {
  const thumbnails = await thumbnailsOf(entries.map(({ id }) => id));
  if (signal.aborted) return;
  entries.forEach(({ id }, index) => {
    const bytes = thumbnails.get(id);
    const image = drawn[index].querySelector("img");
    if (!bytes || !image) return;
    image.src = URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" }));
    signal.addEventListener("abort", () => URL.revokeObjectURL(image.src));
  });
}

/**
 * @param {App} app
 * @param {Entry} entry
 */
function row(app, entry) {
  const { common, scientific } = nameOf(entry, app.client.manifest);
  const link = el(
    "a",
    { class: "card", href: `#journal/${entry.id}`, "data-testid": "journal-row" },
    el("img", { alt: "", class: "thumbnail", width: 72, height: 72 }),
    el(
      "span",
      { class: "words" },
      common ? el("span", { class: "common" }, common) : null,
      scientific ? el("i", { class: "scientific", lang: "la" }, scientific) : null,
      el("span", { class: "quiet" }, dateWords(entry.foundAt, "short"), entry.ownName ? ` · ${t("journal.own_name_short")}` : ""),
      marks(app, entry),
    ),
    icon("arrow"),
  );
  return el("li", {}, link);
}

/**
 * @param {App} app
 * @param {Entry} entry
 */
function marks(app, entry) {
  const danger = dangerOfEntry(entry, app.client.manifest);
  const alarm = alarmed(entry);
  return el(
    "span",
    { class: "marks" },
    alarm ? el("span", { class: "danger-label alarm-mark" }, icon("warning"), t("journal.alarm_mark")) : null,
    // The alarm says more than that what has no name may be poisonous.
    alarm && danger === "possibly" ? null : dangerWords(danger),
  );
}

/**
 * Entries in whose names or notes every typed word occurs.
 *
 * @param {Entry[]} entries
 * @param {string} typed
 */
function matching(entries, typed) {
  const words = folded(typed).split(/\s+/).filter(Boolean);
  if (!words.length) return entries;
  return entries.filter((entry) => {
    const text = searchable(entry);
    return words.every((word) => text.includes(word));
  });
}

/** Made once each: a key press must not wait for it. @type {WeakMap<Entry, string>} */
const searchables = new WeakMap();

/** @param {Entry} entry */
function searchable(entry) {
  const known = searchables.get(entry) ?? namesOf(entry);
  searchables.set(entry, known);
  return known;
}

/** @param {Entry} entry */
function namesOf(entry) {
  const { decision, candidates } = latest(entry);
  const named = candidates.filter(({ scientificName }) => scientificName === (entry.ownName ?? decision.taxon));
  const common = named.flatMap(({ commonNames }) => Object.values(commonNames));
  return folded([entry.ownName, decision.taxon, ...common, entry.notes, dateWords(entry.foundAt, "short")].join(" "));
}

/** Without capitals and accents. @param {string} text */
function folded(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
