/** Who runs this site, in the owner's words. */

import { el, icon } from "../el.js";
import { backLink } from "../frame.js";
import { inLanguage, t } from "../strings.js";

/** @import {Catalogue} from "../../shared/messages.js" */

/** @type {import("../routes.js").Screen} */
export function siteScreen({ catalogue }) {
  const { title, about, contact, imprint } = catalogue;
  const words = Object.keys(about).length ? inLanguage(about) : [];
  return el(
    "article",
    { class: "page" },
    backLink(),
    el("h1", { tabindex: -1 }, t("site.heading", { title })),
    ...words.map((text) => el("p", {}, text)),
    el("ul", { class: "names menu" }, link(contact, t("site.contact")), link(imprint, t("site.imprint"))),
  );
}

/** The owner said something. @param {Catalogue} catalogue */
export function hasSiteScreen({ about, contact, imprint }) {
  return Boolean(Object.keys(about).length || contact || imprint);
}

/**
 * A way out of the app; the build has checked that it is https or mailto.
 *
 * @param {string | null} address
 * @param {string} words
 */
function link(address, words) {
  if (!address) return null;
  return el("li", {}, el("a", { href: address, rel: "noopener noreferrer" }, el("span", {}, words), icon("out")));
}
