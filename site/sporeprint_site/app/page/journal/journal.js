/** The journal of finds. */

import { el } from "../el.js";
import { t } from "../strings.js";

/** @type {import("../routes.js").Screen} */
export function journalScreen() {
  return el(
    "article",
    { class: "page journal" },
    el("h1", { tabindex: -1 }, t("journal.heading")),
    el("p", { class: "lead" }, t("journal.empty")),
  );
}
