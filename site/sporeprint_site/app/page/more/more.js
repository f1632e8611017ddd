/** Everything that is not needed in the field every time. */

import { el, icon } from "../el.js";
import { t } from "../strings.js";
import { hasSiteScreen } from "./site.js";

/** @type {import("../routes.js").Screen} */
export function moreScreen({ catalogue }) {
  return el(
    "article",
    { class: "page more" },
    el("h1", { tabindex: -1 }, t("nav.more")),
    el(
      "ul",
      { class: "names menu" },
      item("#emergency", "call", t("nav.emergency")),
      item("#settings", "settings", t("settings.heading")),
      item("#storage", "download", t("storage.heading")),
      item("#models", "layers", t("models.heading")),
      item("#about", "model", t("nav.about")),
      item("#how", "phone", t("how.heading")),
      hasSiteScreen(catalogue) && item("#site", "person", t("site.heading", { title: catalogue.title })),
      item("licences.html", "page", t("nav.licences")),
    ),
  );
}

/**
 * @param {string} address
 * @param {Parameters<typeof icon>[0]} sign
 * @param {string} words
 */
function item(address, sign, words) {
  return el("li", {}, el("a", { href: address }, icon(sign), el("span", {}, words), icon("arrow")));
}
