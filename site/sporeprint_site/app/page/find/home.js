/** The empty start screen teaches what a photo should show. */

import { el, icon } from "../el.js";
import { t } from "../strings.js";
import { addressForm } from "./address.js";

/** @import {App} from "../app.js" */

/** @type {import("../routes.js").Screen} */
export function homeScreen(app) {
  return el(
    "section",
    { class: "home" },
    el("div", { class: "frame", "aria-hidden": "true" }, el("div", { class: "print" })),
    el(
      "div",
      { class: "prose" },
      el("h1", { tabindex: -1 }, t("home.heading")),
      el("p", { class: "lead" }, t("home.lead")),
      currentFind(app),
      el("h2", {}, t("home.tips")),
      el(
        "ol",
        { class: "tips" },
        el("li", {}, t("home.tip_top")),
        el("li", {}, t("home.tip_under")),
        el("li", {}, t("home.tip_base")),
      ),
      addressForm(app),
    ),
  );
}

/** The way back to the find that was being looked at. @param {App} app */
function currentFind({ find }) {
  const photo = find.value?.photos[0];
  if (!photo) return null;
  return el(
    "a",
    { class: "card current", href: "#result", "data-testid": "current-find" },
    el("img", { class: "thumbnail", src: photo.url, alt: "", decoding: "async" }),
    el("span", { class: "words" }, t("home.current")),
    icon("arrow"),
  );
}
