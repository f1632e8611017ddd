/** An answer in words for somebody else: the safety line first, and no photo, since a photo may tell where it was taken. */

import { el, icon } from "../el.js";
import { t } from "../strings.js";
import { alarmText, sentenceOf } from "./sentence.js";

/**
 * @import {App} from "../app.js"
 * @import {DoneFind} from "./current.js"
 */

/** @param {App} app @param {DoneFind} find */
export function shareButton(app, find) {
  const said = el("span", { class: "unseen", role: "status" });
  const words = el("span", {}, t("share.button"));
  const share = async () => {
    const text = shareText(find, app.catalogue.title);
    try {
      if (typeof navigator.share === "function") return await navigator.share({ title: app.catalogue.title, text });
      await navigator.clipboard.writeText(text);
      words.textContent = said.textContent = t("share.copied");
    } catch (error) {
      // Closed by the reader.
      if (error instanceof DOMException && error.name === "AbortError") return;
      words.textContent = said.textContent = t("share.failed");
    }
  };
  return el("button", { onclick: () => void share(), "data-testid": "share" }, icon("share"), words, said);
}

/**
 * @param {DoneFind} find
 * @param {string} title of the site
 */
export function shareText({ identified, manifest, ownName }, title) {
  const { decision } = identified;
  const latin = decision.taxon ? ` (${decision.taxon})` : "";
  return [
    t("result.safety"),
    decision.alarm ? `${t("alarm.heading")}. ${alarmText(decision)} ${decision.deadly.join(", ")}` : "",
    `${sentenceOf(decision, manifest)}${decision.rank === "species" ? latin : ""}`,
    ownName ? t("own.named", { name: ownName }) : "",
    t("share.from", { title, model: manifest.name }),
  ]
    .filter(Boolean)
    .join("\n");
}
