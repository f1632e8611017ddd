/** One species: what it is, how dangerous, what it is mistaken for, how often the model names it right. */

import { el, icon } from "../el.js";
import { backLink } from "../frame.js";
import { t } from "../strings.js";
import { commonName, dangerLabel, rateInWords, scientificName, speciesLink, thumbnail } from "../taxon.js";

/** @import {Manifest, ModelClass} from "../../shared/manifest.js" */

/** @type {import("../routes.js").Screen} */
export function speciesScreen({ offline }, detail) {
  const manifest = offline.prepared?.manifest;
  const item = manifest?.classes.find(({ scientific_name: name }) => encodeURIComponent(name) === detail);
  if (!manifest || !item) return missing();
  const common = commonName(item);
  const picture = thumbnail(manifest, item);
  return el(
    "article",
    { class: "page species" },
    backLink(),
    el("h1", { tabindex: -1 }, common || item.scientific_name),
    common || item.authorship ? el("p", { class: "lead" }, scientificName(item)) : null,
    picture
      ? el(
          "figure",
          {},
          picture,
          item.thumbnail_credit ? el("figcaption", {}, t("species.credit", { credit: item.thumbnail_credit })) : null,
        )
      : null,
    section(t("species.danger"), danger(item)),
    section(t("species.look_alikes"), lookAlikes(manifest, item)),
    section(t("species.right"), howOften(item)),
    Object.values(item.taxonomy).some(Boolean) ? section(t("species.taxonomy"), taxonomy(item)) : null,
  );
}

/** An address of another model's species, or a mistyped one. */
function missing() {
  return el(
    "article",
    { class: "page species" },
    backLink(),
    el("h1", { tabindex: -1 }, t("species.missing")),
    el("p", {}, el("a", { href: "#guide" }, t("species.to_guide"))),
  );
}

/**
 * @param {string} heading
 * @param {...Node} content
 */
function section(heading, ...content) {
  return el("section", {}, el("h2", {}, heading), ...content);
}

/** @param {ModelClass} item */
function danger(item) {
  const known = item.toxicity !== "not_assessed";
  return el(
    "div",
    { class: known ? "danger" : "" },
    el("p", {}, dangerLabel(item)),
    el("p", {}, known ? item.syndrome : t("danger.not_assessed_text")),
    known ? el("p", { class: "quiet" }, t("danger.source", { source: item.toxicity_source })) : null,
  );
}

/**
 * @param {Manifest} manifest
 * @param {ModelClass} item
 */
function lookAlikes(manifest, item) {
  const names = [...new Set([...item.deadly_look_alikes, ...item.look_alikes])];
  if (!names.length) return el("p", { class: "quiet" }, t("species.look_alikes_none"));
  return el(
    "ul",
    { class: "names" },
    ...names.map((name) => el("li", {}, lookAlike(manifest, name, item.deadly_look_alikes.includes(name)))),
  );
}

/**
 * @param {Manifest} manifest
 * @param {string} name
 * @param {boolean} deadly
 */
function lookAlike(manifest, name, deadly) {
  const known = manifest.classes.find((item) => item.scientific_name === name);
  if (known) {
    const words = [commonName(known), " ", scientificName({ scientific_name: name }), " ", dangerLabel(known)];
    return el("a", { href: speciesLink(known) }, ...words);
  }
  return el(
    "span",
    {},
    scientificName({ scientific_name: name }),
    " ",
    deadly ? el("span", { class: "danger-label" }, icon("warning"), t("danger.deadly")) : null,
    " ",
    el("span", { class: "quiet" }, t("species.unknown_look_alike")),
  );
}

/** @param {ModelClass} item */
function howOften(item) {
  const tested = item.recall !== null && item.n_test > 0;
  return el(
    "div",
    {},
    el(
      "p",
      {},
      tested ? t("species.recall", { rate: rateInWords(Number(item.recall), item.n_test) }) : t("species.not_tested"),
    ),
    el("p", { class: "quiet" }, t("species.trained", { count: item.n_photos })),
  );
}

/** @param {ModelClass} item */
function taxonomy({ taxonomy: taxa }) {
  const rows = [
    [t("taxonomy.kingdom"), taxa.kingdom],
    [t("taxonomy.phylum"), taxa.phylum],
    [t("taxonomy.class"), taxa.class],
    [t("taxonomy.order"), taxa.order],
    [t("taxonomy.family"), taxa.family],
    [t("taxonomy.genus"), taxa.genus],
  ].filter(([, name]) => name);
  return el(
    "dl",
    { class: "taxonomy" },
    ...rows.flatMap(([rank, name]) => [el("dt", {}, rank), el("dd", { lang: "la" }, name)]),
  );
}
