/** Everything that the guide speaks of: the model's classes, and species outside it that they are mistaken for. */

/**
 * @import {Manifest, ModelClass, OutsideTaxon} from "../../shared/manifest.js"
 *
 * @typedef {object} Taxon
 * @property {string} scientific_name
 * @property {string} authorship
 * @property {Record<string, string>} common_names
 * @property {{family: string, genus: string}} taxonomy
 * @property {ModelClass["toxicity"]} toxicity
 * @property {string} syndrome
 * @property {string} toxicity_source
 * @property {ModelClass | null} known the model's class; null for a species that the model has never seen
 */

/** @type {WeakMap<Manifest, Map<string, Taxon>>} */
const cache = new WeakMap();

/**
 * All of them by scientific name.
 *
 * @param {Manifest} manifest
 */
export function taxaByName(manifest) {
  const found = cache.get(manifest) ?? collect(manifest);
  cache.set(manifest, found);
  return found;
}

/** @param {Manifest} manifest */
function collect({ classes, outside, provenance }) {
  /** @type {Map<string, Taxon>} */
  const taxa = new Map(classes.map((item) => [item.scientific_name, { ...item, known: item }]));
  const add = (/** @type {Partial<OutsideTaxon> & {scientific_name: string}} */ item) => {
    if (!taxa.has(item.scientific_name)) taxa.set(item.scientific_name, unknown(item));
  };
  outside.forEach(add);
  // A name is never left without its danger, even where nothing else is known of it.
  const deadly = [...provenance.never_seen, ...classes.flatMap((item) => item.deadly_look_alikes)];
  for (const name of deadly) add({ scientific_name: name, toxicity: "deadly" });
  for (const name of classes.flatMap((item) => item.look_alikes)) add({ scientific_name: name });
  return taxa;
}

/**
 * @param {Partial<OutsideTaxon> & {scientific_name: string}} item
 * @returns {Taxon}
 */
function unknown({ scientific_name: name, family = "", ...rest }) {
  return {
    scientific_name: name,
    authorship: rest.authorship ?? "",
    common_names: rest.common_names ?? {},
    taxonomy: { family, genus: name.split(" ")[0] },
    toxicity: rest.toxicity ?? "not_assessed",
    syndrome: rest.syndrome ?? "",
    toxicity_source: rest.toxicity_source ?? "",
    known: null,
  };
}

/**
 * What a species is mistaken for, in both directions; the deadly ones first.
 *
 * @param {Manifest} manifest
 * @param {Taxon} taxon
 * @returns {Taxon[]}
 */
export function lookAlikesOf(manifest, { scientific_name: name, known }) {
  const listed = manifest.classes.filter((item) => [...item.look_alikes, ...item.deadly_look_alikes].includes(name));
  const names = [
    ...(known ? [...known.deadly_look_alikes, ...known.look_alikes] : []),
    ...listed.map((item) => item.scientific_name),
  ];
  const taxa = taxaByName(manifest);
  const found = [...new Set(names)].flatMap((other) => taxa.get(other) ?? []);
  return [...found.filter(isDeadly), ...found.filter((taxon) => !isDeadly(taxon))];
}

/** @param {Taxon} taxon */
function isDeadly({ toxicity }) {
  return toxicity === "deadly";
}
