/** The photos of one find. */

import { el } from "../el.js";
import { t } from "../strings.js";

/**
 * @import {Picture} from "./entries.js"
 * @import {Entry, Part} from "./entry.js"
 */

/**
 * @param {Entry} entry
 * @param {Picture[]} pictures
 * @param {AbortSignal} signal
 */
export function photosView(entry, pictures, signal) {
  const shown = pictures.map(({ type, bytes }, index) => {
    const address = URL.createObjectURL(new Blob([bytes], { type }));
    signal.addEventListener("abort", () => URL.revokeObjectURL(address));
    const part = partWords(entry.photos[index]?.part ?? "other");
    return el(
      "figure",
      {},
      el("img", { src: address, alt: t("journal.photo_alt", { part }), decoding: "async" }),
      el("figcaption", {}, part),
    );
  });
  return el("div", { class: "find-photos", "data-count": shown.length }, ...shown);
}

/** @param {Part} part */
export function partWords(part) {
  if (part === "cap") return t("journal.part_cap");
  if (part === "underside") return t("journal.part_underside");
  return part === "base" ? t("journal.part_base") : t("journal.part_other");
}
