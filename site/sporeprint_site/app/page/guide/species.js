/** One species: what it is, how dangerous, what it is mistaken for, when it was found, how often the model is right. */

import { el } from "../el.js";
import { backLink } from "../frame.js";
import { language, t, tn } from "../strings.js";
import { commonName, dangerLabel, rateInWords, scientificName, speciesLink } from "../taxon.js";
import { lookAlikes } from "./look_alikes.js";
import { monthsBar } from "./months.js";
import { photos } from "./photos.js";
import { taxaByName } from "./taxa.js";

/**
 * @import {Manifest, ModelClass} from "../../shared/manifest.js"
 * @import {Taxon} from "./taxa.js"
 */

/** @type {import("../routes.js").Screen} */
export function speciesScreen({ offline }, detail) {
  const manifest = offline.prepared?.manifest;
  const taxon = manifest && taxaByName(manifest).get(decoded(detail));
  if (!manifest || !taxon) return missing();
  const common = commonName(taxon);
  return el(
    "article",
    { class: "page species" },
    backLink(),
    el("h1", { tabindex: -1 }, common || taxon.scientific_name),
    common || taxon.authorship ? el("p", { class: "lead" }, scientificName(taxon)) : null,
    taxon.known ? photos(manifest, taxon.known) : el("p", { class: "never-seen" }, t("species.never_seen")),
    section(t("species.danger"), danger(taxon)),
    section(t("species.look_alikes"), lookAlikes(manifest, taxon)),
    ...(taxon.known ? measured(manifest, taxon.known) : []),
    section(t("species.names"), names(taxon)),
    section(t("species.taxonomy"), taxonomy(taxon.known?.taxonomy ?? taxon.taxonomy)),
  );
}

/** @param {string} detail */
function decoded(detail) {
  try {
    return decodeURIComponent(detail);
  } catch {
    // A mistyped address.
    return "";
  }
}

/** An address of another model's species, or a mistyped one. */
function missing() {
  return el(
    "article",
    { class: "page species" },
    backLink(),
    el("h1", { tabindex: -1 }, t("species.missing")),
    el("p", {}, el("a", { class: "target", href: "#guide" }, t("species.to_guide"))),
  );
}

/**
 * @param {string} heading
 * @param {...Node | null} content
 */
function section(heading, ...content) {
  return content.some(Boolean) ? el("section", {}, el("h2", {}, heading), ...content) : null;
}

/** @param {Taxon} taxon */
function danger(taxon) {
  const known = taxon.toxicity !== "not_assessed";
  return el(
    "div",
    { class: known ? "danger" : "" },
    el("p", {}, dangerLabel(taxon)),
    el("p", {}, known ? taxon.syndrome : t("danger.not_assessed_text")),
    taxon.toxicity_source ? el("p", { class: "quiet" }, t("danger.source", { source: taxon.toxicity_source })) : null,
  );
}

/**
 * @param {Manifest} manifest
 * @param {ModelClass} item
 */
function measured(manifest, item) {
  return [
    section(t("species.months"), monthsBar(item.months, new Date().getMonth())),
    section(t("species.right"), howOften(manifest, item)),
  ];
}

/**
 * @param {Manifest} manifest
 * @param {ModelClass} item
 */
function howOften(manifest, item) {
  const tested = item.recall !== null && item.n_test > 0;
  const rate = tested ? rateInWords(Number(item.recall), item.n_test) : "";
  return el(
    "div",
    {},
    el("p", {}, tested ? t("species.recall", { rate }) : t("species.not_tested")),
    item.mistaken_for.length ? el("p", {}, t("species.mistaken")) : null,
    item.mistaken_for.length ? el("ul", { class: "names" }, ...mistakes(manifest, item)) : null,
    el("p", { class: "quiet" }, tn("species.trained", item.n_photos)),
  );
}

/**
 * @param {Manifest} manifest
 * @param {ModelClass} item
 */
function mistakes(manifest, { mistaken_for: named }) {
  return named.map(({ scientific_name: name, n }) => {
    const taxon = taxaByName(manifest).get(name);
    const words = [taxon ? commonName(taxon) : "", " ", scientificName({ scientific_name: name })];
    const times = el("span", { class: "quiet" }, tn("species.mistaken_times", n));
    return el("li", {}, el("a", { href: speciesLink({ scientific_name: name }) }, ...words, times));
  });
}

/** Common names in every language that has one. @param {Taxon} taxon */
function names({ common_names: common }) {
  const known = Object.entries(common).filter(([, name]) => name);
  if (!known.length) return null;
  const inWords = new Intl.DisplayNames([language()], { type: "language" });
  const rows = known.flatMap(([tag, name]) => [el("dt", {}, languageName(inWords, tag)), el("dd", { lang: tag }, name)]);
  return el("dl", { class: "taxonomy" }, ...rows);
}

/**
 * @param {Intl.DisplayNames} inWords
 * @param {string} tag
 */
function languageName(inWords, tag) {
  try {
    return inWords.of(tag) ?? tag;
  } catch {
    // A data set's own label that is no language tag.
    return tag;
  }
}

/** @param {Partial<ModelClass["taxonomy"]>} taxa */
function taxonomy(taxa) {
  const rows = [
    [t("taxonomy.kingdom"), taxa.kingdom],
    [t("taxonomy.phylum"), taxa.phylum],
    [t("taxonomy.class"), taxa.class],
    [t("taxonomy.order"), taxa.order],
    [t("taxonomy.family"), taxa.family],
    [t("taxonomy.genus"), taxa.genus],
  ].filter(([, name]) => name);
  if (!rows.length) return null;
  const items = rows.flatMap(([rank, name]) => [el("dt", {}, rank), el("dd", { lang: "la" }, name)]);
  return el("dl", { class: "taxonomy" }, ...items);
}
