/** What stands around every screen: the title, the way to the emergency card, the tabs. */

import { el, icon } from "./el.js";
import { t } from "./strings.js";

/** @typedef {"identify" | "guide" | "journal" | "more"} Tab */

/** @param {string} title of the site */
export function header(title) {
  return [
    el(
      "a",
      { class: "brand", href: "#", "aria-label": t("brand.home", { title }) },
      el("span", { class: "print", "aria-hidden": "true" }),
      title,
    ),
    el("a", { class: "emergency-link", href: "#emergency" }, icon("call"), t("nav.emergency")),
  ];
}

/** @param {Tab} current */
export function tabs(current) {
  const tab = (/** @type {Tab} */ name, /** @type {string} */ address, /** @type {Node} */ sign, /** @type {string} */ words) =>
    el("a", { href: address, "aria-current": name === current ? "page" : null }, sign, el("span", {}, words));
  return [
    tab("identify", "#", icon("camera"), t("nav.identify")),
    tab("guide", "#guide", icon("book"), t("nav.guide")),
    tab("journal", "#journal", icon("journal"), t("nav.journal")),
    tab("more", "#more", icon("more"), t("nav.more")),
  ];
}

/** Back to wherever the reader came from. */
export function backLink() {
  return el("button", { class: "back", onclick: () => history.back() }, icon("back"), t("nav.back"));
}
