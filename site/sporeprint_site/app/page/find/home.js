/** The empty start screen teaches what a photo should show. */

import { el } from "../el.js";
import { t } from "../strings.js";

/** @type {import("../routes.js").Screen} */
export function homeScreen() {
  return el(
    "section",
    { class: "home" },
    el("div", { class: "frame", "aria-hidden": "true" }, el("div", { class: "print" })),
    el(
      "div",
      { class: "prose" },
      el("h1", { tabindex: -1 }, t("home.heading")),
      el("p", { class: "lead" }, t("home.lead")),
      el("h2", {}, t("home.tips")),
      el(
        "ol",
        { class: "tips" },
        el("li", {}, t("home.tip_top")),
        el("li", {}, t("home.tip_under")),
        el("li", {}, t("home.tip_base")),
      ),
    ),
  );
}
