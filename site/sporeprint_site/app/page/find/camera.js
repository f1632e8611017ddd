/** The live camera: what to show, one large button, and a way out where there is no camera. */

import { el, fill, icon } from "../el.js";
import { backLink } from "../frame.js";
import { currentFix, keptPlace } from "../journal/place.js";
import { t } from "../strings.js";
import { picker, systemCamera } from "./actions.js";
import { CameraStream } from "./camera_stream.js";
import { localMoment, PARTS } from "./photo.js";

/**
 * @import {App} from "../app.js"
 * @import {NewPhoto, Part, Place} from "./photo.js"
 */

/** @type {import("../routes.js").Screen} */
export function cameraScreen(app, detail, signal) {
  const part = PARTS.find((one) => one === detail) ?? null;
  const video = el("video", { playsinline: true, muted: true, autoplay: true, "aria-label": t("camera.view") });
  // The attribute alone does not mute a video made by a script, and only muted ones play by themselves.
  video.muted = true;
  const view = el("div", { class: "camera-view", "data-state": "starting" }, video, el("div", { class: "aim", "aria-hidden": "true" }));
  const status = el("p", { class: "camera-status", role: "status" }, t("camera.starting"));
  const controls = el("div", { class: "camera-controls" });
  void run(app, part, { video, view, status, controls }, signal);
  return el(
    "section",
    { class: "live-camera" },
    el("div", { class: "beside-back" }, backLink(), el("h1", { tabindex: -1 }, aim(part))),
    view,
    status,
    controls,
  );
}

/**
 * @typedef {object} Parts
 * @property {HTMLVideoElement} video
 * @property {HTMLElement} view
 * @property {HTMLElement} status
 * @property {HTMLElement} controls
 *
 * @param {App} app
 * @param {Part | null} part
 * @param {Parts} parts
 * @param {AbortSignal} signal
 */
async function run(app, part, { video, view, status, controls }, signal) {
  const camera = new CameraStream(video);
  const place = placeOfPhone(app);
  signal.addEventListener("abort", () => camera.stop());
  const use = (/** @type {NewPhoto[]} */ photos) => void (part ? app.find.add(photos) : app.find.begin(photos));
  const fromFiles = (/** @type {File[]} */ files) => use(files.map((blob) => ({ blob, part: part ?? "cap" })));
  const shoot = async () => {
    if (view.dataset.state !== "on") return;
    view.dataset.state = "taking";
    try {
      const takenAt = localMoment(new Date());
      const blob = await camera.take();
      use([{ blob, part: part ?? "cap", takenAt, place: place.now }]);
    } catch (error) {
      refuse(error);
    }
  };
  const refuse = (/** @type {unknown} */ error) => {
    if (signal.aborted) return;
    camera.stop();
    view.dataset.state = "off";
    status.textContent = refusal(error);
    fill(controls, systemCamera(fromFiles), filesButton(fromFiles));
  };
  const start = async () => {
    try {
      await camera.start();
      if (signal.aborted || document.hidden) return;
      view.dataset.state = "on";
      status.textContent = part ? "" : t("camera.tip");
      fill(controls, torchButton(camera), shutter(() => void shoot()), filesButton(fromFiles));
    } catch (error) {
      refuse(error);
    }
  };
  const pause = () => {
    if (view.dataset.state === "off") return;
    if (!document.hidden) return void start();
    camera.stop();
    view.dataset.state = "starting";
  };
  document.addEventListener("visibilitychange", pause, { signal });
  const press = (/** @type {KeyboardEvent} */ event) => {
    // On a button or link these keys are its own.
    const elsewhere = event.target instanceof Element && event.target.closest("a, button, input");
    if (elsewhere || ![" ", "Enter"].includes(event.key)) return;
    event.preventDefault();
    void shoot();
  };
  document.addEventListener("keydown", press, { signal });
  await start();
}

/** What this photo should show. @param {Part | null} part */
function aim(part) {
  if (part === "underside") return t("camera.aim_underside");
  if (part === "base") return t("camera.aim_base");
  return part === "other" ? t("camera.aim_other") : t("camera.aim_cap");
}

/** @param {() => void} onShoot */
function shutter(onShoot) {
  const label = { "aria-label": t("camera.take"), "data-testid": "shutter" };
  return el("button", { class: "shutter", onclick: onShoot, ...label }, icon("camera"));
}

/** @param {CameraStream} camera */
function torchButton(camera) {
  if (!camera.hasTorch) return el("span", {});
  const button = el(
    "button",
    { "aria-pressed": "false", "data-testid": "torch", onclick: () => void toggle() },
    icon("light"),
    t("camera.light"),
  );
  const toggle = async () => {
    const on = button.getAttribute("aria-pressed") !== "true";
    await camera.light(on).then(
      () => button.setAttribute("aria-pressed", String(on)),
      () => (button.disabled = true),
    );
  };
  return button;
}

/** @param {(files: File[]) => void} onPhotos */
function filesButton(onPhotos) {
  const words = [el("span", {}, t("action.files"))];
  return picker("secondary", icon("picture"), words, { multiple: true, "data-testid": "camera-files" }, onPhotos);
}

/** @param {unknown} error */
function refusal(error) {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return t("camera.refused");
  if (name === "NotFoundError" || name === "OverconstrainedError") return t("camera.none");
  // Before https there are no media devices at all.
  return navigator.mediaDevices ? t("camera.in_use") : t("camera.none");
}

/**
 * Where the phone is, if the reader lets the app keep places. Asked for while the camera starts; no photo waits for it.
 *
 * @param {App} app
 * @returns {{now: Place | null}}
 */
function placeOfPhone({ settings: { place } }) {
  /** @type {{now: Place | null}} */
  const found = { now: null };
  if (place !== "off") {
    currentFix().then(
      (fix) => (found.now = keptPlace(fix, place)),
      () => undefined,
    );
  }
  return found;
}
