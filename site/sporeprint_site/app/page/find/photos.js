/** The photos of a find: one large, the others in a strip with a place for each that is still missing. */

import { el, fill, icon } from "../el.js";
import { t } from "../strings.js";
import { photoPrompt } from "./actions.js";
import { MOST_PHOTOS } from "./current.js";
import { PARTS, WANTED_PARTS } from "./photo.js";

/**
 * @import {App} from "../app.js"
 * @import {Find} from "./current.js"
 * @import {FindPhoto, Part} from "./photo.js"
 */

/** A photo is shown at once where its answer takes longer than this, in milliseconds. */
const ANSWER_FIRST = 300;

/** @param {App} app @param {Find} find */
export function photoColumn(app, find) {
  const frame = el("div", { class: "frame" });
  const strip = el("ul", { class: "strip plain", "aria-label": t("photos.label") });
  const draw = () => {
    const { shown } = app.find;
    fill(frame, largePhoto(find, find.photos[shown]), tools(app, find, draw));
    const thumbnails = find.photos.map((photo, index) => thumbnail(app, find, photo, index, draw));
    fill(strip, ...thumbnails, ...prompts(app, find));
  };
  draw();
  return el("div", { class: "photos" }, frame, strip);
}

/** @param {Find} find @param {FindPhoto} photo */
function largePhoto({ state }, { url, part }) {
  const alt = t("photos.alt", { part: partName(part) });
  const image = el("img", { alt, decoding: "async", class: "photo" });
  const show = () => void (image.src = url);
  // Decoding a large photo once more, or twice as some browsers do, would compete with the model's own decoding.
  if (state === "working") setTimeout(() => image.isConnected && show(), ANSWER_FIRST);
  else show();
  // A file that browsers cannot show gets its words from the answer beside it.
  image.addEventListener("error", () => image.parentElement?.classList.add("no-photo"));
  return image;
}

/**
 * What can be done with the large photo.
 *
 * @param {App} app
 * @param {Find} find
 * @param {() => void} draw
 */
function tools(app, { photos }, draw) {
  const { shown } = app.find;
  const chosen = el(
    "select",
    { "aria-label": t("photos.shows"), "data-testid": "photo-part" },
    ...PARTS.map((part) => el("option", { value: part, selected: part === photos[shown].part }, partName(part))),
  );
  chosen.addEventListener("change", () => {
    app.find.describe(shown, /** @type {Part} */ (chosen.value));
    draw();
    /** @type {HTMLElement | null} */ (document.querySelector("[data-testid=photo-part]"))?.focus();
  });
  const remove = () => void app.find.remove(shown);
  return el(
    "div",
    { class: "photo-tools" },
    chosen,
    el("a", { class: "button", href: `#crop/${shown}`, "data-testid": "crop" }, icon("crop"), t("photos.crop")),
    photos.length > 1
      ? el("button", { onclick: remove, "data-testid": "remove-photo" }, icon("remove"), t("photos.remove"))
      : null,
  );
}

/**
 * @param {App} app
 * @param {Find} find
 * @param {FindPhoto} photo
 * @param {number} index
 * @param {() => void} draw
 */
function thumbnail(app, { state }, { url, part }, index, draw) {
  // As above, but the large one is enough to see.
  const image = el("img", { src: state === "working" ? null : url, alt: "", decoding: "async" });
  image.addEventListener("error", () => image.replaceWith(icon("warning")));
  const show = () => {
    app.find.shown = index;
    draw();
    /** @type {HTMLElement | null} */ (document.querySelector(".strip [aria-pressed=true]"))?.focus();
  };
  const pressed = index === app.find.shown ? "true" : "false";
  return el(
    "li",
    {},
    el("button", { class: "slot", "aria-pressed": pressed, onclick: show }, image, el("span", {}, partName(part))),
  );
}

/** A place for every part that no photo shows yet. @param {App} app @param {Find} find */
function prompts(app, { photos }) {
  const missing = WANTED_PARTS.filter((part) => photos.every((photo) => photo.part !== part));
  const room = photos.length < MOST_PHOTOS;
  return room ? missing.map((part) => el("li", {}, photoPrompt(app, part, partName(part), invitation(part)))) : [];
}

/** @param {Part} part */
function invitation(part) {
  if (part === "cap") return t("photos.add_cap");
  return part === "underside" ? t("photos.add_underside") : t("photos.add_base");
}

/** @param {Part} part */
export function partName(part) {
  if (part === "cap") return t("part.cap");
  if (part === "underside") return t("part.underside");
  return part === "base" ? t("part.base") : t("part.other");
}
