/** Where on a photo the model saw what speaks for a name: a veil that is thin where much did. */

import { rankedIndices } from "../../shared/decision.js";
import { el, fill } from "../el.js";
import { inWords } from "../failures.js";
import { t } from "../strings.js";
import { speakableName } from "./sentence.js";

/**
 * @import {Activation} from "../../shared/messages.js"
 * @import {App} from "../app.js"
 * @import {DoneFind} from "./current.js"
 */

/** Of 255: what spoke least is still to be guessed beneath the veil. */
const THICKEST = 225;

/**
 * A section that opens on demand, about the photo that is shown large and the best name.
 *
 * @param {App} app
 * @param {DoneFind} find
 * @returns {HTMLElement | null} null: the model cannot tell
 */
export function whyPanel(app, find) {
  if (!find.manifest.outputs.class_activation) return null;
  const content = el("div", { class: "why" });
  const panel = el(
    "details",
    { class: "panel", "data-testid": "why", ontoggle: () => void open() },
    el("summary", {}, t("why.heading")),
    content,
  );
  const open = async () => {
    if (!panel.open) return;
    fill(content, el("p", { class: "quiet" }, t("result.working")));
    try {
      fill(content, ...(await explanation(app, find)));
    } catch (error) {
      fill(content, el("p", {}, inWords(error)));
    }
  };
  return panel;
}

/** @param {App} app @param {DoneFind} find */
async function explanation(app, { photos, identified, manifest }) {
  const photo = photos[app.find.shown];
  const [best] = rankedIndices(identified.scores);
  const name = speakableName(manifest.classes[best]);
  const { activation } = await app.client.explain(photo.blob, best);
  const alt = t("why.alt", { name });
  const { fit, crop_fraction: fraction } = manifest.input;
  const veil = drawVeil(activation);
  // The model takes the middle of the square that is shown here.
  veil.style.inset = `${50 * (1 - fraction)}%`;
  return [
    el("div", { class: "seen-square", "data-fit": fit }, el("img", { src: photo.url, alt, decoding: "async" }), veil),
    el("p", { class: "legend" }, el("span", {}, t("why.little")), el("span", { class: "scale" }), el("span", {}, t("why.much"))),
    el("p", { class: "quiet" }, t("why.text", { name })),
  ];
}

/** One pixel per place of the model's grid, smoothed by the browser; what speaks against the name is veiled too. @param {Activation} activation */
function drawVeil({ width, height, values }) {
  const canvas = el("canvas", { class: "veil", width, height, "aria-hidden": "true", "data-testid": "veil" });
  const context = canvas.getContext("2d");
  if (!context) return canvas;
  const [red, green, blue] = paper();
  const most = values.reduce((top, value) => Math.max(top, value), 0);
  const pixels = context.createImageData(width, height);
  values.forEach((value, place) => {
    const share = most > 0 ? Math.max(0, value) / most : 0;
    pixels.data.set([red, green, blue, Math.round(THICKEST * (1 - share))], place * 4);
  });
  context.putImageData(pixels, 0, 0);
  return canvas;
}

/** The page's paper colour of the moment. */
function paper() {
  const [red, green, blue] = (getComputedStyle(document.documentElement).backgroundColor.match(/\d+/g) ?? []).map(Number);
  return [red, green, blue];
}
