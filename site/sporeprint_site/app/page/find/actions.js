/** The one large action, within the thumb's reach: a photo from the camera or from the files. */

import { el, icon } from "../el.js";
import { t } from "../strings.js";

/**
 * @param {(photo: File) => void} onPhoto
 */
export function actionBar(onPhoto) {
  return el(
    "div",
    { class: "actions", role: "region", "aria-label": t("action.label") },
    picker(
      "primary camera",
      icon("camera"),
      [el("span", {}, t("action.camera"))],
      { capture: "environment", "data-testid": "camera-input" },
      onPhoto,
    ),
    // Beside a camera there is little room; alone, the button says it in full.
    picker(
      "secondary",
      icon("picture"),
      [el("span", { class: "narrow" }, t("action.files")), el("span", { class: "wide" }, t("action.choose"))],
      { "data-testid": "photo-input" },
      onPhoto,
    ),
  );
}

/**
 * A label that looks like a button around the file input that does the work.
 *
 * @param {string} kind
 * @param {Node} sign
 * @param {Node[]} words
 * @param {import("../el.js").Attributes} attributes
 * @param {(photo: File) => void} onPhoto
 */
function picker(kind, sign, words, attributes, onPhoto) {
  const input = el("input", { type: "file", accept: "image/*,.heic,.heif", class: "unseen", ...attributes });
  input.addEventListener("change", () => {
    const photo = input.files?.[0];
    // The same file chosen again must count as a change again.
    if (photo) onPhoto(photo);
    input.value = "";
  });
  return el("label", { class: `button ${kind}` }, sign, ...words, input);
}

/**
 * Take a photo that is dropped anywhere on the page.
 *
 * @param {(photo: File) => void} onPhoto
 */
export function acceptDrops(onPhoto) {
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    const photo = event.dataTransfer?.files[0];
    if (photo) onPhoto(photo);
  });
}
