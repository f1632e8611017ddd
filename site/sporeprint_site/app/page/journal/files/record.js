/** A find as one flat record, for tables and maps; the same words in every language, so that programs can rely on them. */

import { t } from "../../strings.js";
import { alarmed, dangerOfEntry, latest } from "../naming.js";

/**
 * @import {Manifest} from "../../../shared/manifest.js"
 * @import {Entry} from "../entry.js"
 *
 * @typedef {Record<string, string | number | boolean | null>} FlatRecord
 */

const CANDIDATES = 5;

/**
 * The first field is the safety line: a table must not show a name without it.
 *
 * @param {Entry} entry
 * @param {Manifest | null} manifest of the model on the phone, which may know of more danger than the entry
 * @returns {FlatRecord}
 */
export function recordOf(entry, manifest) {
  const { decision, model, at, familiarity } = latest(entry);
  return {
    safety: t("result.safety"),
    id: entry.id,
    found_at: entry.foundAt,
    saved_at: entry.savedAt,
    own_name: entry.ownName,
    taxon: decision.taxon,
    rank: decision.rank,
    score: decision.taxon === null ? null : decision.score,
    band: decision.taxon === null ? null : decision.band,
    danger: dangerOfEntry(entry, manifest),
    alarm: alarmed(entry),
    alarm_for: decision.deadly.join("; "),
    unknown: decision.unknown,
    familiarity,
    latitude: entry.place?.latitude ?? null,
    longitude: entry.place?.longitude ?? null,
    accuracy_m: entry.place?.accuracy ?? null,
    place_precision: entry.place?.precision ?? null,
    notes: entry.notes,
    photos: entry.photos.length,
    answered_at: at,
    model: model.name,
    model_id: model.id,
    model_sha256: model.sha256,
    ...candidateFields(entry),
  };
}

/** @param {Entry} entry */
function candidateFields(entry) {
  const { candidates } = latest(entry);
  const numbers = Array.from({ length: CANDIDATES }, (_, index) => index);
  return Object.fromEntries(
    numbers.flatMap((index) => [
      [`candidate_${index + 1}`, candidates[index]?.scientificName ?? null],
      [`score_${index + 1}`, candidates[index]?.score ?? null],
    ]),
  );
}
