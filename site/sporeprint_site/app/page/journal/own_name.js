/** The reader's own name for a find, which goes before the model's. */

import { el } from "../el.js";
import { speciesPicker } from "../guide/picker.js";
import { t } from "../strings.js";
import { changeEntry } from "./entries.js";

/**
 * @import {App} from "../app.js"
 * @import {Entry} from "./entry.js"
 */

/**
 * @param {App} app
 * @param {Entry} entry
 * @param {AbortSignal} signal
 */
export function ownNameView(app, entry, signal) {
  const name = async (/** @type {string | null} */ ownName) => {
    await changeEntry(entry.id, { ownName });
    app.show();
  };
  return el(
    "section",
    {},
    el("h2", {}, t("journal.own_name")),
    el("p", { class: "quiet" }, t("journal.own_name_text")),
    picker(app, (chosen) => void name(chosen), signal),
    entry.ownName ? el("button", { onclick: () => void name(null) }, t("journal.own_name_remove")) : null,
  );
}

/**
 * The species list comes with the model: a field that was made before is made anew, unless something is in it.
 *
 * @param {App} app
 * @param {(scientificName: string) => void} onPick
 * @param {AbortSignal} signal
 */
function picker(app, onPick, signal) {
  const make = () => speciesPicker(app, { label: t("journal.own_name_label"), onPick });
  const first = make();
  const typed = () => first.querySelector("input")?.value || first.contains(document.activeElement);
  if (!app.offline.prepared) {
    void app.ready.then(() => {
      if (!signal.aborted && !typed()) first.replaceWith(make());
    });
  }
  return first;
}
