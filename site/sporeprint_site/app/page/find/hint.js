/** Place and season: what they were taken to be, what they did, and the switch that leaves them out. */

import { el } from "../el.js";
import { language, t } from "../strings.js";
import { occasionOf } from "./occasion.js";

/**
 * @import {App} from "../app.js"
 * @import {DoneFind} from "./current.js"
 */

/**
 * @param {App} app
 * @param {DoneFind} find
 * @returns {HTMLElement | null} null: the model knows nothing of places and seasons
 */
export function hintPanel(app, find) {
  if (!find.manifest.priors) return null;
  const box = el("input", {
    type: "checkbox",
    checked: app.settings.useOccasion,
    "data-testid": "use-occasion",
    onchange: () => void change(app, box.checked),
  });
  return el(
    "section",
    { class: "hint" },
    el("label", { class: "switch" }, box, el("span", {}, t("hint.switch"))),
    ...said(find).map((words) => el("p", { class: "quiet" }, words)),
  );
}

/** @param {DoneFind} find */
function said({ identified, context, photos }) {
  const used = identified.hint?.used ?? [];
  if (!context) return [t("hint.off")];
  if (!used.length) return [t("hint.nothing")];
  return [
    used.includes("season") ? seasonWords(photos) : t("hint.no_season"),
    used.includes("place") ? t("hint.place_used") : t("hint.place_not_used"),
    t("hint.never_hides"),
  ];
}

/** @param {DoneFind["photos"]} photos */
function seasonWords(photos) {
  const { context, dated } = occasionOf(photos);
  const month = new Date(2024, context.month - 1, 15).toLocaleDateString(language(), { month: "long" });
  const words = dated ? t("hint.season_of_photo", { month }) : t("hint.season_of_today", { month });
  // Where the hemisphere is not known, months count as in the north.
  return context.latitude == null ? `${words} ${t("hint.north")}` : words;
}

/** @param {App} app @param {boolean} useOccasion */
async function change(app, useOccasion) {
  await app.change({ useOccasion });
  await app.find.weigh();
  // The screen was drawn anew: whoever uses a keyboard goes on where they were.
  /** @type {HTMLElement | null} */ (document.querySelector("[data-testid=use-occasion]"))?.focus();
}
