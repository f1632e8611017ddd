/** What the reader can choose; every choice shows at once. */

import { el } from "../el.js";
import { backLink } from "../frame.js";
import { language, t } from "../strings.js";

/** @import {App} from "../app.js" */

/** @type {import("../routes.js").Screen} */
export function settingsScreen(app) {
  const { settings, catalogue } = app;
  return el(
    "article",
    { class: "page settings" },
    backLink(),
    el("h1", { tabindex: -1 }, t("settings.heading")),
    choice(app, "language", t("settings.language"), language(), catalogue.languages.map((code) => [code, ownName(code)])),
    choice(app, "look", t("settings.look"), settings.look, [
      ["auto", t("settings.look_auto")],
      ["light", t("settings.look_light")],
      ["dark", t("settings.look_dark")],
      ["sun", t("settings.look_sun")],
    ]),
    choice(app, "hand", t("settings.hand"), settings.hand, [
      ["right", t("settings.hand_right")],
      ["left", t("settings.hand_left")],
    ]),
    choice(app, "place", t("settings.place"), settings.place, [
      ["off", t("settings.place_off")],
      ["coarse", t("settings.place_coarse")],
      ["exact", t("settings.place_exact")],
    ]),
    el("p", { class: "quiet" }, t("settings.place_text")),
    occasion(app),
    el("p", { class: "quiet" }, t("hint.never_hides")),
  );
}

/** A language in its own words, as whoever looks for it reads it. @param {string} code */
function ownName(code) {
  const name = new Intl.DisplayNames([code], { type: "language" }).of(code) ?? code;
  // French writes its own name small; at the start of a line it is large.
  return name[0].toLocaleUpperCase(code) + name.slice(1);
}

/** @param {App} app */
function occasion(app) {
  const box = el("input", {
    type: "checkbox",
    name: "useOccasion",
    checked: app.settings.useOccasion,
    onchange: () => void change(),
  });
  const change = async () => {
    await app.change({ useOccasion: box.checked });
    document.querySelector(/** @type {"input"} */ ("input[name=useOccasion]"))?.focus();
  };
  return el(
    "fieldset",
    { class: "choice" },
    el("legend", {}, t("settings.occasion")),
    el("label", {}, box, t("hint.switch")),
  );
}

/**
 * @param {App} app
 * @param {keyof import("../settings.js").Settings} name
 * @param {string} heading
 * @param {string} chosen
 * @param {[value: string, words: string][]} offered
 */
function choice(app, name, heading, chosen, offered) {
  return el(
    "fieldset",
    { class: "choice" },
    el("legend", {}, heading),
    ...offered.map(([value, words]) =>
      el(
        "label",
        name === "language" ? { lang: value } : {},
        el("input", {
          type: "radio",
          name,
          value,
          checked: value === chosen,
          onchange: () => void pick(app, name, value),
        }),
        words,
      ),
    ),
  );
}

/**
 * @param {App} app
 * @param {string} name
 * @param {string} value
 */
async function pick(app, name, value) {
  await app.change({ [name]: value });
  // The screen was drawn anew: whoever uses a keyboard goes on where they were.
  document.querySelector(/** @type {"input"} */ (`input[name="${name}"][value="${value}"]`))?.focus();
}
