/** How the app works with no signal, for whoever wants to know before relying on it. */

import { el } from "../el.js";
import { backLink } from "../frame.js";
import { language, megabytes, t } from "../strings.js";

/** @type {import("../routes.js").Screen} */
export function howScreen({ client, offline }) {
  const manifest = offline.prepared?.manifest;
  return el(
    "article",
    { class: "page how" },
    backLink(),
    el("h1", { tabindex: -1 }, t("how.heading")),
    el("p", { class: "lead" }, t("how.lead")),
    el(
      "ol",
      { class: "steps" },
      step(t("how.download"), t("how.download_text", { size: megabytes(client.entry.bytes) })),
      step(t("how.check"), t("how.check_text")),
      step(t("how.field"), t("how.field_text")),
      step(
        t("how.name"),
        // Numbers only of the model that is there: the text stands without one too.
        manifest
          ? t("how.name_text", { side: manifest.input.size, count: manifest.classes.length.toLocaleString(language()) })
          : null,
        t("how.words_text"),
      ),
      step(t("how.update"), t("how.update_text")),
      step(t("how.lose"), t("how.lose_text")),
    ),
    el("h2", {}, t("how.try")),
    el("p", {}, t("how.try_text")),
  );
}

/**
 * @param {string} what
 * @param {...(string | null)} how
 */
function step(what, ...how) {
  return el("li", {}, el("h2", {}, what), ...how.map((words) => words && el("p", {}, words)));
}
