/** What a species is mistaken for, its photo beside the other's. */

import { el, icon } from "../el.js";
import { t } from "../strings.js";
import { commonName, dangerLabel, scientificName, speciesLink } from "../taxon.js";
import { thumbnail } from "../thumbnail.js";
import { lookAlikesOf } from "./taxa.js";

/**
 * @import {Manifest} from "../../shared/manifest.js"
 * @import {Taxon} from "./taxa.js"
 */

/**
 * @param {Manifest} manifest
 * @param {Taxon} taxon
 */
export function lookAlikes(manifest, taxon) {
  const others = lookAlikesOf(manifest, taxon);
  if (!others.length) return el("p", { class: "quiet" }, t("species.look_alikes_none"));
  return el("ul", { class: "look-alikes plain" }, ...others.map((other) => el("li", {}, pair(manifest, taxon, other))));
}

/**
 * @param {Manifest} manifest
 * @param {Taxon} taxon
 * @param {Taxon} other
 */
function pair(manifest, taxon, other) {
  const theirs = other.known && thumbnail(manifest, other.known);
  const own = theirs && taxon.known && thumbnail(manifest, taxon.known);
  const common = commonName(other);
  return el(
    "a",
    { class: "card", href: speciesLink(other) },
    theirs ? el("span", { class: "pair" }, own, theirs) : null,
    el(
      "span",
      { class: "words" },
      common ? el("span", { class: "common" }, common) : null,
      scientificName({ scientific_name: other.scientific_name }),
      dangerLabel(other),
      other.known ? null : el("span", { class: "quiet" }, t("species.unknown_look_alike")),
    ),
    icon("arrow"),
  );
}
