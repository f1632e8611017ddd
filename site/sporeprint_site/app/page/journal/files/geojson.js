/** The finds that have a place, for map programs: GeoJSON, RFC 7946 (longitude before latitude, WGS 84). */

import { t } from "../../strings.js";
import { recordOf } from "./record.js";

/**
 * @import {Manifest} from "../../../shared/manifest.js"
 * @import {Entry} from "../entry.js"
 */

/**
 * @param {Entry[]} entries
 * @param {Manifest | null} manifest
 * @returns {File}
 */
export function geojsonFile(entries, manifest) {
  const features = entries.flatMap((entry) => (entry.place ? [feature(entry, entry.place, manifest)] : []));
  const collection = { type: "FeatureCollection", safety: t("result.safety"), features };
  return new File([JSON.stringify(collection, null, 1)], "journal.geojson", { type: "application/geo+json" });
}

/**
 * @param {Entry} entry
 * @param {NonNullable<Entry["place"]>} place
 * @param {Manifest | null} manifest
 */
function feature(entry, { latitude, longitude }, manifest) {
  const { id, latitude: _north, longitude: _east, ...properties } = recordOf(entry, manifest);
  return { type: "Feature", id, geometry: { type: "Point", coordinates: [longitude, latitude] }, properties };
}
