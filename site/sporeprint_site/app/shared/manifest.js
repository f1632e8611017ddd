/**
 * The model definition as the browser reads it. The build has checked it against the schema; here only what would
 * otherwise give a wrong answer is checked again.
 *
 * @import {Taxon, Thresholds} from "./decision.js"
 * @import {PriorsRecord} from "./priors.js"
 *
 * @typedef {object} BundleFile
 * @property {string} path
 * @property {number} bytes
 * @property {string} sha256
 * @property {"graph" | "backbone" | "head" | "familiarity" | "species" | "thumbnail" | "self_test" | "priors"
 *   | "card"} role
 *
 * @typedef {object} ModelClass
 * @property {string} scientific_name
 * @property {string} authorship
 * @property {"species" | "genus"} rank
 * @property {Record<"kingdom" | "phylum" | "class" | "order" | "family" | "genus", string>} taxonomy
 * @property {Record<string, string>} common_names
 * @property {"deadly" | "poisonous" | "not_assessed"} toxicity
 * @property {string} syndrome
 * @property {string} toxicity_source
 * @property {string[]} look_alikes
 * @property {string[]} deadly_look_alikes
 * @property {number} n_photos
 * @property {number | null} recall
 * @property {number} n_test
 * @property {{scientific_name: string, n: number}[]} mistaken_for names that its test photos were given instead
 * @property {number[] | null} months observations by month, January first and as in the north; null: no dates known
 * @property {PackedThumbnail[]} thumbnails the best first
 *
 * @typedef {object} PackedThumbnail a piece of a file with the role thumbnail
 * @property {string} pack path in the bundle
 * @property {number} offset
 * @property {number} length
 * @property {string} author
 * @property {string} licence
 * @property {string} source https address of the observation, or ""
 *
 * @typedef {object} OutsideTaxon a species that is no class of the model
 * @property {string} scientific_name
 * @property {string} authorship
 * @property {string} family
 * @property {Record<string, string>} common_names
 * @property {"deadly" | "poisonous" | "not_assessed"} toxicity
 * @property {string} syndrome
 * @property {string} toxicity_source
 *
 * @typedef {object} InputSpec
 * @property {number} size
 * @property {"crop" | "stretch"} fit
 * @property {number} crop_fraction
 * @property {"triangle"} kernel
 *
 * @typedef {object} Manifest
 * @property {4} format
 * @property {string} id
 * @property {string} name
 * @property {InputSpec} input
 * @property {{logits: string, class_activation: string | null, features: string | null}} outputs
 * @property {ModelClass[]} classes
 * @property {number} temperature
 * @property {Thresholds & {target_precision: number, target_deadly_recall: number}} thresholds
 * @property {{exponent: number, n: number}} fusion
 * @property {PriorsRecord | null} priors
 * @property {OutsideTaxon[]} outside look-alikes that are no classes, and deadly species never seen
 * @property {BundleFile[]} files
 * @property {{top1: number | null, top3: number | null, macro_f1: number | null, n: number,
 *   top1_genus: number | null, top1_family: number | null, top1_order: number | null,
 *   n_deadly: number, deadly_recall: number | null,
 *   n_unrelated: number, deadly_false_alarm: number | null, look_alike_alarm: number | null}} metrics
 * @property {{dataset_name: string, drawn: boolean, run: string, backbone: string, precision: string,
 *   licence: string, attribution: string, licences: Record<string, number>, citation?: string,
 *   sources?: {name: string, doi: string, photos: number}[],
 *   splits: {train: number, val: number, test: number} | null, never_seen: string[],
 *   deadly_table?: {name: string, sha256: string, n_deadly: number, regions: string[]} | null}} provenance
 * @property {{photo: string, scores: number[], tolerance: number}} self_test
 */

import { Failure } from "./failure.js";

/** Files that the phone keeps; the others are for developers. */
const DOWNLOADED = new Set([
  "graph",
  "backbone",
  "head",
  "familiarity",
  "species",
  "thumbnail",
  "self_test",
  "priors",
]);

const PATH = /^[a-z0-9_][a-z0-9_.-]*(\/[a-z0-9_][a-z0-9_.-]*)*$/;
const HASH = /^[0-9a-f]{64}$/;
/** Shards have 4 MiB at most; no graph or picture comes near this. */
const MAX_FILE_BYTES = 1 << 26;

/**
 * Read a manifest whose hash was already checked.
 *
 * @param {Uint8Array} bytes
 * @returns {Manifest}
 * @throws {Failure} `manifest`: another format, or parts that do not fit together
 */
export function parseManifest(bytes) {
  let manifest;
  let problem;
  try {
    manifest = JSON.parse(new TextDecoder().decode(bytes));
    problem = problemOf(manifest);
  } catch (error) {
    // No JSON, or a part is missing.
    problem = error instanceof Error ? error.message : String(error);
  }
  if (problem) throw new Failure("manifest", { reason: problem });
  return manifest;
}

/**
 * What is wrong with a manifest; empty when nothing is.
 *
 * @param {Manifest} manifest
 */
function problemOf({ format, input, classes, self_test: selfTest, temperature, outputs, files }) {
  if (format !== 4) return `format ${format}`;
  if (input.kernel !== "triangle") return `kernel ${input.kernel}`;
  if (!classes.length || selfTest.scores.length !== classes.length) {
    return `${selfTest.scores.length} scores for ${classes.length} classes`;
  }
  if (!(temperature > 0)) return `temperature ${temperature}`;
  if (typeof outputs.logits !== "string") return `output ${outputs.logits}`;
  // The addresses of files are made of these.
  const odd = files.find((file) => !PATH.test(file.path) || file.path.includes("..") || !HASH.test(file.sha256));
  if (odd) return `file ${odd.path}`;
  const unlikely = files.find(({ bytes }) => !Number.isSafeInteger(bytes) || bytes < 0 || bytes > MAX_FILE_BYTES);
  return unlikely ? `${unlikely.path} of ${unlikely.bytes} bytes` : "";
}

/**
 * The files to keep on the phone.
 *
 * @param {Manifest} manifest
 */
export function downloadedFiles(manifest) {
  return manifest.files.filter((file) => DOWNLOADED.has(file.role));
}

/**
 * Where the site serves a file of a bundle: named by its content, so an unchanged file is never fetched twice.
 *
 * @param {{path: string, sha256: string}} file
 */
export function contentPath(file) {
  const name = file.path.slice(file.path.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  return `content/${file.sha256}${dot > 0 ? name.slice(dot) : ""}`;
}

/** @type {WeakMap<ModelClass[], Taxon[]>} */
const TAXA = new WeakMap();

/**
 * What the decision rule needs to know of the classes, in output order; the same array for every find.
 *
 * @param {Manifest} manifest
 * @returns {readonly Taxon[]}
 */
export function taxaOf({ classes }) {
  const known = TAXA.get(classes);
  if (known) return known;
  const taxa = classes.map((item) => ({
    names: {
      ...(item.taxonomy.genus ? { genus: item.taxonomy.genus } : {}),
      ...(item.taxonomy.family ? { family: item.taxonomy.family } : {}),
      ...(item.taxonomy.order ? { order: item.taxonomy.order } : {}),
      // A class may be a whole genus.
      [item.rank]: item.scientific_name,
    },
    name: item.scientific_name,
    toxicity: item.toxicity,
    deadly_look_alikes: item.deadly_look_alikes,
  }));
  TAXA.set(classes, taxa);
  return taxa;
}
