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
  const use = el("button", { class: "primary", disabled: true, "data-testid": "crop-use" }, t("crop.use"));
  image.addEventListener("load", () => {
    const view = new View(image, window, status, photo.box);
    listen(window, view, signal);
    const seen = new ResizeObserver(() => view.draw());
    seen.observe(window);
    signal.addEventListener("abort", () => seen.disconnect());
    fill(buttons, ...zoomButtons(view));
    use.disabled = false;
    use.addEventListener("click", () => void crop(app, photo, view.pixels, status, use));
  });
  image.addEventListener("error", () => (status.textContent = t("crop.broken")));
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

/** A loaded photo behind its window. */
class View {
  #image;
  #window;
  #status;
  #size;
  #box;

  /**
   * @param {HTMLImageElement} image
   * @param {HTMLElement} window
   * @param {HTMLElement} status
   * @param {Box | null} box of an earlier crop
   */
  constructor(image, window, status, box) {
    this.#image = image;
    this.#window = window;
    this.#status = status;
    this.#size = { width: image.naturalWidth, height: image.naturalHeight };
    this.#box = box ?? wholeBox(this.#size);
  }

  /** What would be cut now. */
  get pixels() {
    return wholePixels(this.#box, this.#size);
  }

  draw() {
    const { left, top, side } = this.#box;
    const scale = this.#window.clientWidth / side;
    this.#image.style.transform = `scale(${scale}) translate(${-left}px, ${-top}px)`;
    const times = wholeBox(this.#size).side / side;
    this.#status.textContent = t("crop.times", { times: times.toLocaleString(language(), { maximumFractionDigits: 1 }) });
  }

  /** @param {number} right @param {number} down shares of the window */
  move(right, down) {
    this.#box = moved(this.#box, right * this.#box.side, down * this.#box.side, this.#size);
    this.draw();
  }

  /** @param {number} factor @param {{x: number, y: number}} [around] */
  zoom(factor, around = MIDDLE) {
    this.#box = zoomed(this.#box, factor, around, this.#size);
    this.draw();
  }

  whole() {
    this.#box = wholeBox(this.#size);
    this.draw();
  }
}

/** @param {HTMLImageElement} image @param {number} fraction of the square that the model takes */
function cropWindow(image, fraction) {
  const seen = fraction < 1 ? el("div", { class: "seen" }) : null;
  if (seen) seen.style.inset = `${50 * (1 - fraction)}%`;
  const label = { role: "application", "aria-label": t("crop.window"), "data-testid": "crop-window" };
  return el("div", { class: "crop-window", tabindex: 0, ...label }, image, seen);
}

/** @param {View} view */
function zoomButtons(view) {
  return [
    el("button", { "aria-label": t("crop.closer"), onclick: () => view.zoom(STEP) }, icon("plus")),
    el("button", { "aria-label": t("crop.further"), onclick: () => view.zoom(1 / STEP) }, icon("minus")),
    el("button", { onclick: () => view.whole() }, t("crop.whole")),
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
  const worker = new Worker(new URL("app/worker/crop.js", document.baseURI), { type: "module" });
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
