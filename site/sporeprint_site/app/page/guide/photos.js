/** A species' reference photos, each with its author and licence. */

import { el } from "../el.js";
import { t } from "../strings.js";
import { commonName } from "../taxon.js";
import { thumbnail } from "../thumbnail.js";

/** @import {Manifest, ModelClass, PackedThumbnail} from "../../shared/manifest.js" */

/**
 * @param {Manifest} manifest
 * @param {ModelClass} item
 */
export function photos(manifest, item) {
  const shown = item.thumbnails.flatMap((place, which) => {
    const picture = thumbnail(manifest, item, which);
    return picture ? [figure(picture, place, item, which)] : [];
  });
  return shown.length ? el("ul", { class: "species-photos plain" }, ...shown) : null;
}

/**
 * @param {HTMLImageElement} picture
 * @param {PackedThumbnail} place
 * @param {ModelClass} item
 * @param {number} which
 */
function figure(picture, place, item, which) {
  const name = commonName(item) || item.scientific_name;
  picture.alt = t("species.photo_alt", { name, number: which + 1 });
  return el("li", {}, el("figure", {}, picture, el("figcaption", {}, credit(place))));
}

/** Whose photo it is; the address leads to the observation. @param {PackedThumbnail} place */
export function credit({ author, licence, source }) {
  const words = t("species.credit", { credit: [author, licence].filter(Boolean).join(", ") });
  // Built from a manifest whose addresses the build has checked; anything else stays words.
  if (!source.startsWith("https://")) return words;
  return el("a", { href: source, target: "_blank", rel: "noopener noreferrer" }, words);
}
