/** Columns of the two tables of a Darwin Core archive: https://dwc.tdwg.org/terms/ and GBIF's Simple Multimedia. */

import { t } from "../../strings.js";
import { latest } from "../naming.js";
import { COARSE_METRES } from "../place.js";
import { classFolderName } from "./photo_names.js";

/**
 * @import {Manifest} from "../../../shared/manifest.js"
 * @import {Entry} from "../entry.js"
 * @import {Rights} from "./darwin_core.js"
 *
 * @typedef {{entry: Entry, photo: number, manifest: Manifest | null, rights: Rights}} Row photo: its number
 * @typedef {{name: string, term: string, value: (row: Row) => string | number | null}} Column
 */

const DWC = "http://rs.tdwg.org/dwc/terms/";
const DC = "http://purl.org/dc/terms/";
/** What GBIF asks for where the name of an organism is not known. */
const NO_NAME = "incertae sedis";
const SPECIES = /^\p{Lu}[\p{Ll}-]+ [\p{Ll}-]+$/u;

/** @param {string} name @param {Column["value"]} value @param {string} [space] @returns {Column} */
function column(name, value, space = DWC) {
  return { name, term: space + name, value };
}

/** @param {Entry} entry */
function nameOf(entry) {
  return entry.ownName ?? latest(entry).decision.taxon;
}

/**
 * Where a photo lies in the archive.
 *
 * @param {Entry} entry
 * @param {number} photo
 */
export function archivedName(entry, photo) {
  const name = nameOf(entry) ?? "";
  return classFolderName(SPECIES.test(name) ? name : "", entry.id, photo, entry.photos[photo].type);
}

/** @param {Entry} entry */
function rankOf(entry) {
  const { decision, candidates } = latest(entry);
  if (!entry.ownName) return decision.rank;
  const known = candidates.find(({ scientificName }) => scientificName === entry.ownName);
  return known?.rank ?? (SPECIES.test(entry.ownName) ? "species" : null);
}

/** Ranks above the name, as far as the model's classes tell. @param {Entry} entry @returns {Record<string, string>} */
function taxonomyOf(entry) {
  const name = nameOf(entry);
  if (name === null) return {};
  const ranks = ["kingdom", "phylum", "class", "order", "family", "genus"];
  const { candidates } = latest(entry);
  const known = candidates.find((item) => item.scientificName === name);
  if (known) return known.taxonomy;
  const member = candidates.find(({ taxonomy }) => Object.values(taxonomy).includes(name));
  const upTo = member ? ranks.findIndex((rank) => member.taxonomy[rank] === name) : -1;
  return Object.fromEntries(ranks.slice(0, upTo + 1).map((rank) => [rank, member?.taxonomy[rank] ?? ""]));
}

/** The model's part in the name, after the safety line. @param {Entry} entry */
function remarks(entry) {
  const { decision, model, candidates } = latest(entry);
  const said = decision.taxon ? `${decision.taxon}, score ${decision.score}, confidence ${decision.band}` : "not sure";
  const scores = candidates.map(({ scientificName, score }) => `${scientificName} ${score}`).join("; ");
  const alarm = decision.alarm ? ` Deadly alarm for ${decision.deadly.join(", ")}.` : "";
  return `${t("result.safety")} Model ${model.name} (${model.id}) said: ${said}.${alarm} Scores: ${scores}.`;
}

/** @param {string} rank */
function rankColumn(rank) {
  return column(rank, ({ entry }) => taxonomyOf(entry)[rank] ?? "");
}

/** @type {Column[]} */
export const OCCURRENCE = [
  column("occurrenceID", ({ entry }) => `urn:uuid:${entry.id}`),
  column("basisOfRecord", () => "HumanObservation"),
  column("occurrenceStatus", () => "present"),
  column("identificationRemarks", ({ entry }) => remarks(entry)),
  column("scientificName", ({ entry }) => nameOf(entry) ?? NO_NAME),
  column("taxonRank", ({ entry }) => rankOf(entry)),
  ...["kingdom", "phylum", "class", "order", "family", "genus"].map(rankColumn),
  column("identifiedBy", ({ entry, rights }) => (entry.ownName ? rights.holder : `model ${latest(entry).model.id}`)),
  column("dateIdentified", ({ entry }) => (entry.ownName ? null : latest(entry).at)),
  column("identificationVerificationStatus", ({ entry }) => (entry.ownName ? "named by the observer" : "unverified")),
  column("previousIdentifications", ({ entry }) => (entry.ownName ? latest(entry).decision.taxon : null)),
  column("eventDate", ({ entry }) => entry.foundAt),
  column("recordedBy", ({ rights }) => rights.holder),
  column("decimalLatitude", ({ entry }) => entry.place?.latitude ?? null),
  column("decimalLongitude", ({ entry }) => entry.place?.longitude ?? null),
  column("geodeticDatum", ({ entry }) => (entry.place ? "EPSG:4326" : null)),
  column("coordinateUncertaintyInMeters", ({ entry }) => uncertainty(entry)),
  column("dataGeneralizations", ({ entry }) => (entry.place?.precision === "coarse" ? "Rounded to 0.1 degrees" : null)),
  column("occurrenceRemarks", ({ entry }) => entry.notes),
  column("license", ({ rights }) => rights.licence, DC),
  column("rightsHolder", ({ rights }) => rights.holder, DC),
];

/** @param {Entry} entry */
function uncertainty({ place }) {
  if (!place) return null;
  return place.precision === "coarse" ? COARSE_METRES : place.accuracy && Math.ceil(place.accuracy);
}

/** The first column ties a photo to its occurrence and is no term. @type {Column[]} */
export const MULTIMEDIA = [
  { name: "coreid", term: "", value: ({ entry }) => `urn:uuid:${entry.id}` },
  column("type", () => "StillImage", DC),
  column("format", ({ entry, photo }) => entry.photos[photo].type, DC),
  column("identifier", ({ entry, photo }) => archivedName(entry, photo), DC),
  column("description", ({ entry, photo }) => entry.photos[photo].part, DC),
  column("created", ({ entry, photo }) => entry.photos[photo].takenAt, DC),
  column("creator", ({ rights }) => rights.holder, DC),
  column("license", ({ rights }) => rights.licence, DC),
  column("rightsHolder", ({ rights }) => rights.holder, DC),
];
