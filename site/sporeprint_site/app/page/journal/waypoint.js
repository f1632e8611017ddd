/** A place as a file that map apps on the phone open: GPX 1.1 (https://www.topografix.com/GPX/1/1/). */

import { t } from "../strings.js";
import { download } from "./download.js";
import { escapedXml } from "./xml.js";

/** @import {Entry, Place} from "./entry.js" */

/**
 * @param {Entry} entry
 * @param {Place} place
 * @param {string} name
 */
export function gpxFile(entry, place, name) {
  const text = `<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.1" creator="Sporeprint" xmlns="http://www.topografix.com/GPX/1/1">
  <wpt lat="${place.latitude}" lon="${place.longitude}">
    <name>${escapedXml(name)}</name>
    <desc>${escapedXml(t("result.safety"))}</desc>
  </wpt>
</gpx>
`;
  download(new File([text], `find-${entry.id.slice(0, 8)}.gpx`, { type: "application/gpx+xml" }));
}
