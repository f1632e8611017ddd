/** The one large action, within the thumb's reach: photos from the camera or from the files. */

import { el, icon } from "../el.js";
import { t } from "../strings.js";
import { ofOneFind } from "./photo.js";

/**
 * @import {App} from "../app.js"
 * @import {Part} from "./photo.js"
 */

/** @param {App} app */
export function actionBar(app) {
  const begin = (/** @type {File[]} */ files) => void app.find.begin(ofOneFind(files));
  return el(
    "div",
    { class: "actions", role: "region", "aria-label": t("action.label") },
    hasLiveCamera()
      ? el("a", { class: "button primary camera", href: "#camera" }, icon("camera"), el("span", {}, t("action.camera")))
      : systemCamera(begin),
    // Beside a camera there is little room; alone, the button says it in full.
    picker(
      "secondary",
      icon("picture"),
      [el("span", { class: "narrow" }, t("action.files")), el("span", { class: "wide" }, t("action.choose"))],
      { multiple: true, "data-testid": "photo-input" },
      begin,
    ),
  );
}

/** On what is held over a mushroom; a mouse stands on a desk. */
export function hasLiveCamera() {
  return Boolean(navigator.mediaDevices?.getUserMedia) && matchMedia("(pointer: coarse)").matches;
}

/** The phone's own camera app, which hands over a file. @param {(files: File[]) => void} onPhotos */
export function systemCamera(onPhotos) {
  return picker(
    "primary camera",
    icon("camera"),
    [el("span", {}, t("action.camera"))],
    { capture: "environment", "data-testid": "camera-input" },
    onPhotos,
  );
}

/**
 * Asks for one more photo of the find.
 *
 * @param {App} app
 * @param {Part} part
 * @param {string} name of the part
 * @param {string} invitation in full
 */
export function photoPrompt(app, part, name, invitation) {
  const words = [el("span", {}, name)];
  const more = { "aria-label": invitation, "data-testid": `add-${part}` };
  if (hasLiveCamera()) return el("a", { class: "slot prompt", href: `#camera/${part}`, ...more }, icon("plus"), ...words);
  const add = (/** @type {File[]} */ files) => void app.find.add(files.map((blob) => ({ blob, part })));
  return picker("slot prompt", icon("plus"), words, more, add);
}

/**
 * A label that looks like a button around the file input that does the work.
 *
 * @param {string} kind
 * @param {Node} sign
 * @param {Node[]} words
 * @param {import("../el.js").Attributes} attributes
 * @param {(photos: File[]) => void} onPhotos
 */
export function picker(kind, sign, words, attributes, onPhotos) {
  const input = el("input", { type: "file", accept: "image/*,.heic,.heif", class: "unseen", ...attributes });
  input.addEventListener("change", () => {
    const photos = [...(input.files ?? [])];
    // The same file chosen again must count as a change again.
    input.value = "";
    if (photos.length) onPhotos(photos);
  });
  return el("label", { class: `button ${kind}` }, sign, ...words, input);
}

/**
 * Take photos that are dropped anywhere on the page, or pasted into it.
 *
 * @param {(photos: File[]) => void} onPhotos
 */
export function acceptDropsAndPastes(onPhotos) {
  const take = (/** @type {DataTransfer | null} */ transfer) => {
    const photos = [...(transfer?.files ?? [])];
    if (photos.length) onPhotos(photos);
    return photos.length > 0;
  };
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer);
  });
  document.addEventListener("paste", (event) => void (take(event.clipboardData) && event.preventDefault()));
}
