/** The deadly alarm, and the danger that a broader name must not hide. */

import { taxaOf } from "../../shared/manifest.js";
import { el, icon } from "../el.js";
import { alarmText } from "./sentence.js";
import { t } from "../strings.js";
import { commonName, scientificName, speciesLink } from "../taxon.js";

/**
 * @import {Decision} from "../../shared/decision.js"
 * @import {Manifest} from "../../shared/manifest.js"
 */

/** How many deadly species the alarm names. */
const NAMED = 3;

/**
 * @param {Decision} decision
 * @param {Manifest} manifest
 */
export function alarm(decision, manifest) {
  const listed = decision.deadly.slice(0, NAMED).map((name) => {
    const item = manifest.classes.find((known) => known.scientific_name === name);
    const words = [item ? commonName(item) : "", " ", scientificName({ scientific_name: name })];
    return el("li", {}, item ? el("a", { href: speciesLink(item) }, ...words) : el("span", {}, ...words));
  });
  return el(
    "div",
    { class: "alarm", "data-testid": "deadly-alarm" },
    el("h2", {}, icon("warning"), t("alarm.heading")),
    el("p", {}, alarmText(decision)),
    el("ul", { class: "plain" }, ...listed),
    el("a", { href: "#emergency", class: "alarm-link" }, icon("call"), t("alarm.call")),
  );
}

/**
 * Whether a named group has a deadly member, however improbable, or one that the model has never seen: a broader
 * name must not hide it. Of a species outside the model only the genus is known, from its name.
 *
 * @param {Pick<Decision, "taxon" | "rank">} group
 * @param {Manifest} manifest
 */
export function holdsDeadly({ taxon, rank }, manifest) {
  const seen = taxaOf(manifest).some((item) => rank && item.toxicity === "deadly" && item.names[rank] === taxon);
  return seen || (rank === "genus" && manifest.provenance.never_seen.some((name) => name.split(" ")[0] === taxon));
}
