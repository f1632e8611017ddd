/** A species in the guide's list. */

import { el } from "../el.js";
import { t } from "../strings.js";
import { commonName, dangerLabel, scientificName, speciesLink } from "../taxon.js";
import { thumbnail } from "../thumbnail.js";
import { fold } from "./search.js";

/**
 * @import {Manifest} from "../../shared/manifest.js"
 * @import {Taxon} from "./taxa.js"
 */

/** A row that the window only flies past needs no photo. */
const PHOTO_AFTER_MS = 120;

/**
 * @param {Manifest} manifest
 * @param {Taxon} taxon
 * @param {Taxon | undefined} before the row above, where rows are in the order of their letters
 * @param {() => void} onOpen
 */
export function speciesRow(manifest, taxon, before, onOpen) {
  const common = commonName(taxon);
  const letter = initial(taxon);
  const photo = el("span", { class: "photo-place" }, el("span", { class: "print", "aria-hidden": "true" }));
  setTimeout(() => photo.isConnected && addPhoto(photo, manifest, taxon), PHOTO_AFTER_MS);
  return el(
    "a",
    { href: speciesLink(taxon), onclick: onOpen, "data-taxon": taxon.scientific_name },
    el("span", { class: "letter", "aria-hidden": "true" }, before && initial(before) === letter ? "" : letter),
    photo,
    el(
      "span",
      { class: "words" },
      common ? el("span", { class: "common" }, common) : null,
      " ",
      scientificName({ scientific_name: taxon.scientific_name }),
      " ",
      el(
        "span",
        { class: "labels" },
        dangerLabel(taxon),
        taxon.known ? null : el("span", { class: "quiet" }, t("species.unknown_look_alike")),
      ),
    ),
  );
}

/** @param {Element} place @param {Manifest} manifest @param {Taxon} taxon */
function addPhoto(place, manifest, { known }) {
  const picture = known && thumbnail(manifest, known);
  // The mark stays behind it, for a photo that does not arrive.
  if (picture) place.append(picture);
}

/** The name that a reader looks for. @param {Taxon} taxon */
export function shownName(taxon) {
  return commonName(taxon) || taxon.scientific_name;
}

/** @param {Taxon} taxon */
function initial(taxon) {
  return fold(shownName(taxon)).slice(0, 1).toUpperCase();
}
