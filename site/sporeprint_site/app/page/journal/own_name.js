/** The reader's own name for a find, which goes before the model's. */

import { el } from "../el.js";
import { t } from "../strings.js";
import { changeEntry } from "./entries.js";

/**
 * @import {App} from "../app.js"
 * @import {Entry} from "./entry.js"
 */

const MAX_NAME = 200;

/**
 * @param {App} app
 * @param {Entry} entry
 */
export function ownNameView(app, entry) {
  const field = el("input", {
    id: "journal-own-name",
    autocomplete: "off",
    maxlength: MAX_NAME,
    value: entry.ownName,
    "data-testid": "journal-own-name",
  });
  const name = async (/** @type {string | null} */ ownName) => {
    await changeEntry(entry.id, { ownName });
    app.show();
  };
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    void name(field.value.trim() || null);
  };
  return el(
    "section",
    {},
    el("h2", {}, t("journal.own_name")),
    el("p", { class: "quiet" }, t("journal.own_name_text")),
    el(
      "form",
      { class: "field row", onsubmit: submit },
      el("label", { for: "journal-own-name" }, t("journal.own_name_label")),
      field,
      el("button", {}, t("journal.own_name_keep")),
    ),
    entry.ownName ? el("button", { onclick: () => void name(null) }, t("journal.own_name_remove")) : null,
  );
}
