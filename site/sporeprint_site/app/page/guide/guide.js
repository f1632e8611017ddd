/** The species guide: everything that the model knows, and what to tell apart. */

import { el } from "../el.js";
import { t } from "../strings.js";
import { commonName, dangerLabel, scientificName, speciesLink } from "../taxon.js";

/** @type {import("../routes.js").Screen} */
export function guideScreen({ offline }) {
  const classes = offline.prepared?.manifest.classes ?? [];
  return el(
    "article",
    { class: "page guide" },
    el("h1", { tabindex: -1 }, t("guide.heading")),
    el("p", {}, t("about.classes_count", { count: classes.length })),
    el("ul", { class: "names" }, ...classes.map((item) => el("li", {}, entry(item)))),
  );
}

/** @param {import("../../shared/manifest.js").ModelClass} item */
function entry(item) {
  return el(
    "a",
    { href: speciesLink(item) },
    commonName(item),
    " ",
    scientificName({ scientific_name: item.scientific_name }),
    " ",
    dangerLabel(item),
  );
}
