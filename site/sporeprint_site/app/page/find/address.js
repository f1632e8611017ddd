/** A photo at an address of another site, where the site's maker allowed it. */

import { el, icon } from "../el.js";
import { t } from "../strings.js";
import { fetchPhoto } from "./fetch_photo.js";
import { ofOneFind } from "./photo.js";

/** @import {App} from "../app.js" */

/** @param {App} app @returns {HTMLElement | null} null: not allowed here */
export function addressForm(app) {
  if (!app.catalogue.allow_url_input) return null;
  const input = el("input", { type: "url", id: "address", placeholder: "https://", autocomplete: "off", required: true });
  const status = el("p", { role: "status", class: "quiet", "data-testid": "address-status" });
  const button = el("button", {}, icon("picture"), t("address.button"));
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    button.disabled = true;
    status.textContent = t("address.fetching");
    const found = await fetchPhoto(input.value.trim());
    button.disabled = false;
    status.textContent = "problem" in found ? found.problem : "";
    if ("photo" in found) await app.find.begin(ofOneFind([found.photo]));
  };
  return el(
    "details",
    { class: "panel" },
    el("summary", {}, t("address.heading")),
    el(
      "form",
      { class: "address", novalidate: true, onsubmit: (event) => void submit(event) },
      el("label", { for: "address" }, t("address.label")),
      el("div", { class: "address-line" }, input, button),
      status,
    ),
  );
}
