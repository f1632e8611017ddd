/** Everything that is not needed in the field every time. */

import { el, icon } from "../el.js";
import { t } from "../strings.js";

/** @type {import("../routes.js").Screen} */
export function moreScreen() {
  return el(
    "article",
    { class: "page more" },
    el("h1", { tabindex: -1 }, t("nav.more")),
    el(
      "ul",
      { class: "names menu" },
      item("#settings", t("settings.heading")),
      item("#about", t("nav.about")),
      item("#emergency", t("nav.emergency")),
      item("licences.html", t("nav.licences")),
    ),
  );
}

/**
 * @param {string} address
 * @param {string} words
 */
function item(address, words) {
  return el("li", {}, el("a", { href: address }, words, icon("arrow")));
}
