/** The safety gate: stands before the first identification; the model downloads behind it. */

import { el } from "../el.js";
import { t } from "../strings.js";

/**
 * @param {() => void} onAccept
 */
export function gateScreen(onAccept) {
  return el(
    "section",
    { class: "gate" },
    el("div", { class: "print", "aria-hidden": "true" }),
    el("h1", { tabindex: -1 }, t("gate.heading")),
    el("p", { class: "safety" }, t("result.safety")),
    el(
      "ul",
      { class: "plain" },
      el("li", {}, t("gate.line_names")),
      el("li", {}, t("gate.line_silence")),
      el("li", {}, t("gate.line_signs")),
      el("li", {}, t("gate.line_children")),
    ),
    el(
      "div",
      { class: "thumb-reach" },
      el("button", { class: "primary", "data-testid": "gate-accept", onclick: onAccept }, t("gate.accept")),
    ),
  );
}
