/**
 * What the journal keeps of one find. A record is plain data: the same on the phone and in a backup file.
 *
 * @import {Decision} from "../../shared/decision.js"
 * @import {Manifest, ModelClass} from "../../shared/manifest.js"
 * @import {Identified} from "../../shared/messages.js"
 * @import {App} from "../app.js"
 *
 * @typedef {"deadly" | "poisonous" | "group" | "possibly" | "not_assessed"} Danger group: it includes deadly species;
 *   possibly: what has no name may be anything
 * @typedef {"cap" | "underside" | "base" | "other"} Part of the mushroom that a photo shows
 *
 * @typedef {object} Candidate one of the likeliest classes
 * @property {string} scientificName
 * @property {"species" | "genus"} rank
 * @property {Record<string, string>} taxonomy
 * @property {Record<string, string>} commonNames by language
 * @property {ModelClass["toxicity"]} toxicity as the model's maker knew it
 * @property {number} score
 * @property {string} band of that score: "high", "medium", "low", or "" where the model has none
 *
 * @typedef {object} Answer what a model said of a find
 * @property {string} at ISO 8601
 * @property {{id: string, name: string, sha256: string | null}} model id and hash of its description
 * @property {Omit<Decision, "band"> & {band: string}} decision
 * @property {Danger} danger of what was named
 * @property {Candidate[]} candidates the likeliest first
 * @property {number | null} familiarity
 * @property {string[]} hint parts of month and place that were considered
 *
 * @typedef {object} Place
 * @property {number} latitude degrees north
 * @property {number} longitude degrees east
 * @property {number | null} accuracy metres
 * @property {"coarse" | "exact"} precision coarse: rounded to a tenth of a degree
 *
 * @typedef {{part: Part, takenAt: string | null, type: string, bytes: number, sha256: string}} PhotoRecord
 *
 * @typedef {object} Entry
 * @property {1} format of this record
 * @property {string} id a UUID
 * @property {string} savedAt ISO 8601
 * @property {string} foundAt ISO 8601; when its first photo was taken, or else saved
 * @property {string | null} ownName scientific name, as the reader corrected it
 * @property {string} notes
 * @property {Place | null} place
 * @property {PhotoRecord[]} photos
 * @property {Answer[]} answers the first is the one it was saved with; later models' follow
 */

import { rankedIndices } from "../../shared/decision.js";
import { holdsDeadly } from "../find/alarm.js";

/** How many of the likeliest classes are kept of an answer. */
const CANDIDATES = 5;

/**
 * @param {Identified} identified
 * @param {Manifest} manifest of the model that answered
 * @param {string | null} sha256 of that manifest
 * @returns {Answer}
 */
export function answerOf(identified, manifest, sha256) {
  const { scores, decision, familiarity, hint } = identified;
  const best = rankedIndices(scores).slice(0, CANDIDATES);
  return {
    at: new Date().toISOString(),
    model: { id: manifest.id, name: manifest.name, sha256 },
    decision: { ...decision, score: rounded(decision.score), deadly: [...decision.deadly] },
    danger: dangerOf(decision, manifest),
    candidates: best.map((index) => candidate(manifest.classes[index], scores[index], manifest)),
    familiarity,
    hint: hint ? [...hint.used] : [],
  };
}

/**
 * @param {ModelClass} item
 * @param {number} score
 * @param {Manifest} manifest
 * @returns {Candidate}
 */
function candidate(item, score, manifest) {
  const bands = manifest.thresholds.bands.filter((band) => score >= band.from_score);
  const band = bands.toSorted((a, b) => b.from_score - a.from_score)[0];
  return {
    scientificName: item.scientific_name,
    rank: item.rank,
    taxonomy: { ...item.taxonomy },
    commonNames: { ...item.common_names },
    toxicity: item.toxicity,
    score: rounded(score),
    band: band?.name ?? "",
  };
}

/** What a score means at most; float32 has no more digits. @param {number} score */
function rounded(score) {
  return Math.round(score * 1e6) / 1e6;
}

/**
 * What is known of the danger of an answer; what has no name counts as possibly poisonous.
 *
 * @param {Pick<Decision, "taxon" | "rank">} decision
 * @param {Manifest} manifest
 * @returns {Danger}
 */
function dangerOf({ taxon, rank }, manifest) {
  if (taxon === null) return "possibly";
  const known = manifest.classes.find((item) => item.scientific_name === taxon)?.toxicity ?? "not_assessed";
  return known !== "deadly" && holdsDeadly({ taxon, rank }, manifest) ? "group" : known;
}

/**
 * The hash of a model's description, where the app still knows it.
 *
 * @param {Pick<App, "catalogue"> & Partial<Pick<App, "client">>} app
 * @param {string} id
 */
export function manifestHash({ catalogue, client }, id) {
  const known = [...catalogue.models, ...(client ? [client.entry] : [])];
  return known.find((model) => model.id === id)?.manifest_sha256 ?? null;
}
