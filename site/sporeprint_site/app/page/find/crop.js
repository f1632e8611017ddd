/** Choosing what of a photo the model looks at: a square window, and the photo moved and zoomed behind it. */

import { Failure } from "../../shared/failure.js";
import { el, fill, icon } from "../el.js";
import { inWords } from "../failures.js";
import { backLink } from "../frame.js";
import { language, t } from "../strings.js";
import { moved, wholeBox, wholePixels, zoomed } from "./crop_box.js";
import { listen } from "./crop_gestures.js";
import { homeScreen } from "./home.js";

/**
 * @import {Box, CropReply} from "../../shared/messages.js"
 * @import {App} from "../app.js"
 * @import {FindPhoto} from "./photo.js"
 */

const STEP = 1.25;
const MIDDLE = { x: 0.5, y: 0.5 };

/** @type {import("../routes.js").Screen} */
export function cropScreen(app, detail, signal) {
  const photo = app.find.value?.photos[Number(detail)];
  if (!photo) return homeScreen(app, "", signal);
  const url = URL.createObjectURL(photo.original);
  signal.addEventListener("abort", () => URL.revokeObjectURL(url));
  const image = el("img", { src: url, alt: "", draggable: "false" });
  const window = cropWindow(image, app.client.manifest?.input.crop_fraction ?? 1);
  const status = el("p", { class: "quiet", role: "status" });
  const buttons = el("div", { class: "crop-buttons" });
  image.addEventListener("load", () => {
    const size = { width: image.naturalWidth, height: image.naturalHeight };
    let box = photo.box ?? wholeBox(size);
    const draw = (/** @type {Box} */ changed) => {
      box = changed;
      const scale = window.clientWidth / box.side;
      image.style.transform = `scale(${scale}) translate(${-box.left}px, ${-box.top}px)`;
      const times = (wholeBox(size).side / box.side).toLocaleString(language(), { maximumFractionDigits: 1 });
      status.textContent = t("crop.times", { times });
    };
    const move = (/** @type {number} */ x, /** @type {number} */ y) => draw(moved(box, x * box.side, y * box.side, size));
    const zoom = (/** @type {number} */ factor, around = MIDDLE) => draw(zoomed(box, factor, around, size));
    listen(window, { move, zoom, whole: () => draw(wholeBox(size)) }, signal);
    const seen = new ResizeObserver(() => draw(box));
    seen.observe(window);
    signal.addEventListener("abort", () => seen.disconnect());
    fill(buttons, ...zoomButtons(zoom, () => draw(wholeBox(size))));
    use.disabled = false;
    use.addEventListener("click", () => void crop(app, photo, wholePixels(box, size), status, use));
  });
  image.addEventListener("error", () => (status.textContent = t("crop.broken")));
  const use = el("button", { class: "primary", disabled: true, "data-testid": "crop-use" }, t("crop.use"));
  return el(
    "section",
    { class: "crop" },
    backLink(),
    el("h1", { tabindex: -1 }, t("crop.heading")),
    el("p", {}, t("crop.text")),
    window,
    buttons,
    status,
    el("div", { class: "thumb-reach" }, use, photo.box ? undo(app, photo) : null),
  );
}

/** @param {HTMLImageElement} image @param {number} fraction of the square that the model takes */
function cropWindow(image, fraction) {
  const seen = fraction < 1 ? el("div", { class: "seen" }) : null;
  if (seen) seen.style.inset = `${50 * (1 - fraction)}%`;
  const label = { role: "application", "aria-label": t("crop.window"), "data-testid": "crop-window" };
  return el("div", { class: "crop-window", tabindex: 0, ...label }, image, seen);
}

/** @param {(factor: number) => void} zoom @param {() => void} whole */
function zoomButtons(zoom, whole) {
  return [
    el("button", { "aria-label": t("crop.closer"), onclick: () => zoom(STEP) }, icon("plus")),
    el("button", { "aria-label": t("crop.further"), onclick: () => zoom(1 / STEP) }, icon("minus")),
    el("button", { onclick: whole }, t("crop.whole")),
  ];
}

/** @param {App} app @param {FindPhoto} photo */
function undo(app, photo) {
  const all = () => void app.find.replace(photo, photo.original, null);
  return el("button", { onclick: all }, t("crop.undo"));
}

/**
 * @param {App} app
 * @param {FindPhoto} photo
 * @param {Box} box
 * @param {HTMLElement} status
 * @param {HTMLButtonElement} button
 */
async function crop(app, photo, box, status, button) {
  button.disabled = true;
  status.textContent = t("crop.cutting");
  try {
    await app.find.replace(photo, await cut(photo.original, box), box);
  } catch (error) {
    status.textContent = inWords(error);
    button.disabled = false;
  }
}

/** @param {Blob} photo @param {Box} box @returns {Promise<Blob>} */
async function cut(photo, box) {
  const worker = new Worker(new URL("../../worker/crop.js", import.meta.url), { type: "module" });
  try {
    /** @type {CropReply} */
    const reply = await new Promise((resolve, reject) => {
      worker.addEventListener("message", ({ data }) => resolve(data));
      worker.addEventListener("error", ({ message }) => reject(new Failure("crashed", { reason: message })));
      worker.postMessage({ photo, box });
    });
    if ("failure" in reply) throw new Failure(reply.failure.code, reply.failure.details);
    return reply.blob;
  } finally {
    worker.terminate();
  }
}
