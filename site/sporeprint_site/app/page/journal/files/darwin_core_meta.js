/** The two descriptions in a Darwin Core archive: what the columns are (meta.xml), and what it is (eml.xml). */

import { language, t } from "../../strings.js";
import { escapedXml } from "../xml.js";
import { MULTIMEDIA, OCCURRENCE } from "./darwin_core_terms.js";

/**
 * @import {Rights} from "./darwin_core.js"
 * @import {Column} from "./darwin_core_terms.js"
 */

const FORMAT = 'encoding="UTF-8" fieldsTerminatedBy="\\t" linesTerminatedBy="\\n" fieldsEnclosedBy="" ignoreHeaderLines="1"';

/** https://dwc.tdwg.org/text/ */
export function metaText() {
  return `<?xml version="1.0" encoding="UTF-8"?>
<archive xmlns="http://rs.tdwg.org/dwc/text/" metadata="eml.xml">
  <core ${FORMAT} rowType="http://rs.tdwg.org/dwc/terms/Occurrence">
    <files><location>occurrence.txt</location></files>
    <id index="0"/>
${fields(OCCURRENCE)}
  </core>
  <extension ${FORMAT} rowType="http://rs.gbif.org/terms/1.0/Multimedia">
    <files><location>multimedia.txt</location></files>
    <coreid index="0"/>
${fields(MULTIMEDIA)}
  </extension>
</archive>
`;
}

/** @param {Column[]} columns */
function fields(columns) {
  const lines = columns.map(({ term }, index) => (term ? `    <field index="${index}" term="${term}"/>` : ""));
  return lines.filter(Boolean).join("\n");
}

/**
 * As little as the Ecological Metadata Language asks for (https://eml.ecoinformatics.org, 2.1.1).
 *
 * @param {Rights} rights
 */
export function emlText({ licence, holder }) {
  const person = `<individualName><surName>${escapedXml(holder || t("journal.dwc_nobody"))}</surName></individualName>`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<eml:eml xmlns:eml="eml://ecoinformatics.org/eml-2.1.1" packageId="${crypto.randomUUID()}" system="sporeprint" scope="system" xml:lang="${language()}">
  <dataset>
    <title>${escapedXml(t("journal.dwc_title"))}</title>
    <creator>${person}</creator>
    <pubDate>${new Date().toISOString().slice(0, 10)}</pubDate>
    <language>${language()}</language>
    <abstract><para>${escapedXml(t("result.safety"))}</para></abstract>
    <intellectualRights><para>${escapedXml(licence || t("journal.rights_none"))}</para></intellectualRights>
    <contact>${person}</contact>
  </dataset>
</eml:eml>
`;
}
