/** The reader's own name for the find. It stands beside the model's answer, and takes back no warning. */

import { el, icon } from "../el.js";
import { speciesPicker } from "../guide/picker.js";
import { t } from "../strings.js";
import { commonName, dangerLabel, scientificName } from "../taxon.js";

/**
 * @import {Manifest} from "../../shared/manifest.js"
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
  const item = manifest.classes.find((known) => known.scientific_name === ownName);
  return el(
    "p",
    { class: "own-name", "data-testid": "own-name" },
    el("span", { class: "quiet" }, t("own.yours")),
    " ",
    item && commonName(item) ? `${commonName(item)} ` : null,
    item ? scientificName(item) : el("span", {}, ownName),
    " ",
    danger(ownName, manifest),
  );
}

/** What is known of the danger of a name; of deadly species outside the model too. @param {string} name @param {Manifest} manifest */
function danger(name, manifest) {
  const item = manifest.classes.find((known) => known.scientific_name === name);
  if (item) return dangerLabel(item);
  if (!manifest.provenance.never_seen.includes(name)) return el("span", { class: "plain-label" }, t("danger.not_assessed"));
  return el("span", { class: "danger-label" }, icon("warning"), t("danger.deadly"));
}
