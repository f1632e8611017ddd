/** About the model: how often it is right, what it knows, what it has never seen, where it comes from. */

import { el } from "../el.js";
import { backLink } from "../frame.js";
import { language, megabytes, t, tn } from "../strings.js";
import { scientificName } from "../taxon.js";

/**
 * @import {Manifest} from "../../shared/manifest.js"
 * @import {Prepared} from "../../shared/messages.js"
 */

const TWO_PLACES = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
/** @type {Intl.NumberFormatOptions} */
const ONE_DIGIT = { maximumSignificantDigits: 1 };

/** @type {import("../routes.js").Screen} */
export function aboutScreen({ offline, client }) {
  const { prepared, kept } = offline;
  return prepared ? about(prepared, client.entry.bytes, kept) : el("article");
}

/**
 * @param {Prepared} prepared
 * @param {number} bytes stored on this phone
 * @param {boolean} kept the browser promised not to delete it
 */
function about({ manifest, selfTestDifference }, bytes, kept) {
  const { provenance } = manifest;
  const regions = (provenance.deadly_table?.regions ?? []).map(regionName);
  return el(
    "article",
    { class: "page about" },
    backLink(),
    el("h1", { tabindex: -1 }, t("about.heading")),
    el(
      "p",
      { class: "lead" },
      t("about.model", { name: manifest.name, backbone: provenance.backbone, run: provenance.run }),
    ),
    el("h2", {}, t("about.how_right")),
    ...measured(manifest),
    el("h2", {}, t("about.never_seen")),
    el("p", {}, t("about.never_seen_text")),
    regions.length ? el("p", { class: "quiet" }, t("about.never_seen_regions", { regions: regions.join(", ") })) : null,
    el(
      "ul",
      { class: "names" },
      ...provenance.never_seen.map((name) => el("li", {}, scientificName({ scientific_name: name }))),
    ),
    el("h2", {}, t("about.classes")),
    el("p", {}, t("about.classes_count", { count: manifest.classes.length })),
    el("p", {}, el("a", { class: "target", href: "#guide" }, t("about.to_guide"))),
    el("h2", {}, t("about.data")),
    el(
      "p",
      {},
      t("about.photos", {
        dataset: provenance.dataset_name,
        licence: provenance.licence || t("about.licence_unknown"),
      }),
    ),
    provenance.attribution ? el("p", { class: "quiet" }, provenance.attribution) : null,
    ...photosByLicence(provenance),
    el("p", {}, el("a", { class: "target", href: "licences.html" }, t("about.licences"))),
    el("p", {}, manifest.priors ? t("about.priors") : t("about.no_priors")),
    el("h2", {}, t("about.keep")),
    el("p", {}, t("about.size", { size: megabytes(bytes) })),
    el("p", {}, kept ? t("about.kept") : t("about.not_kept")),
    el("p", { class: "quiet" }, t("about.self_test", { difference: selfTestDifference.toLocaleString(language(), ONE_DIGIT) })),
  );
}

/**
 * How many photos there were, and under which licences; nothing of what the run does not say.
 *
 * @param {Manifest["provenance"]} provenance
 */
function photosByLicence({ splits, licences }) {
  const number = (/** @type {number} */ n) => n.toLocaleString(language());
  const counts = Object.entries(licences ?? {}).sort(([, one], [, other]) => other - one);
  return [
    splits && el("p", {}, t("about.splits", { train: number(splits.train + splits.val), test: number(splits.test) })),
    counts.length
      ? el(
          "dl",
          { class: "taxonomy" },
          ...counts.flatMap(([name, n]) => [
            el("dt", {}, name || t("about.licence_unknown")),
            el("dd", {}, tn("about.licence_photos", n)),
          ]),
        )
      : null,
  ];
}

/** @param {string} region */
function regionName(region) {
  const names = {
    africa: t("region.africa"),
    asia: t("region.asia"),
    europe: t("region.europe"),
    "north-america": t("region.north_america"),
    oceania: t("region.oceania"),
    "south-america": t("region.south_america"),
  };
  return names[/** @type {keyof typeof names} */ (region)] ?? region;
}

/** @param {Manifest} manifest */
function measured({ metrics }) {
  const { top1, top3, macro_f1: macro, n, deadly_recall: recall } = metrics;
  const { n_deadly: deadly, n_unrelated: others, deadly_false_alarm: falseAlarm, look_alike_alarm: warned } = metrics;
  if (top1 === null || top3 === null || n === 0) return [el("p", {}, t("about.not_measured"))];
  return [
    el("p", {}, t("about.top1", { n, first: percent(top1), three: percent(top3) })),
    macro === null ? null : el("p", { class: "quiet" }, t("about.macro", { macro: macro.toLocaleString(language(), TWO_PLACES) })),
    recall === null || falseAlarm === null
      ? null
      : el("p", {}, t("about.deadly", { n: deadly, recall: percent(recall), others, false_alarm: percentUp(falseAlarm) })),
    warned === null ? null : el("p", { class: "quiet" }, t("about.look_alike", { warned: percent(warned) })),
  ];
}

/**
 * Rounded down: a rate must not read better than it was.
 *
 * @param {number} share
 */
function percent(share) {
  return `${Math.floor(share * 100 + 1e-9)}\u00a0%`;
}

/**
 * Rounded up, for what had better be rare.
 *
 * @param {number} share
 */
function percentUp(share) {
  return `${Math.ceil(share * 100 - 1e-9)}\u00a0%`;
}
