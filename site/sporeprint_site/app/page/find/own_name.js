/** The reader's own name for the find. It stands beside the model's answer, and takes back no warning. */

import { el } from "../el.js";
import { speciesPicker } from "../guide/picker.js";
import { taxaByName } from "../guide/taxa.js";
import { t } from "../strings.js";
import { commonName, dangerLabel, scientificName } from "../taxon.js";

/**
 * @import {App} from "../app.js"
 * @import {DoneFind} from "./current.js"
 */

/** @param {App} app @param {DoneFind} find */
export function ownNamePanel(app, { ownName }) {
  const name = (/** @type {string | null} */ chosen) => app.find.name(chosen);
  return el(
    "details",
    { class: "panel", "data-testid": "own-name-panel" },
    el("summary", {}, ownName ? t("own.change") : t("own.heading")),
    el("p", { class: "quiet" }, t("own.text")),
    speciesPicker(app, { label: t("own.label"), onPick: name }),
    ownName ? el("button", { onclick: () => name(null) }, t("own.remove")) : null,
  );
}

/** @param {DoneFind} find @returns {HTMLElement | null} null: the reader has named nothing */
export function ownNameLine({ ownName, manifest }) {
  if (!ownName) return null;
  const taxon = taxaByName(manifest).get(ownName);
  return el(
    "p",
    { class: "own-name", "data-testid": "own-name" },
    el("span", { class: "quiet" }, t("own.yours")),
    " ",
    taxon && commonName(taxon) ? `${commonName(taxon)} ` : null,
    taxon ? scientificName(taxon) : el("span", {}, ownName),
    " ",
    dangerLabel(taxon ?? { toxicity: "not_assessed" }),
  );
}
