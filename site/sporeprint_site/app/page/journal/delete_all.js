/** Deleting the whole journal takes two steps, and the second says what is lost. */

import { el, fill } from "../el.js";
import { t, tn } from "../strings.js";
import { removeAll } from "./entries.js";
import { forget } from "./undo.js";

/** @import {App} from "../app.js" */

/**
 * @param {App} app
 * @param {number} count of entries
 */
export function deleteAll(app, count) {
  const place = el("div");
  const first = el("button", { onclick: () => ask(), "data-testid": "delete-all" }, t("files.delete_all"));
  const ask = () => {
    const [confirm, keep] = [
      el("button", { onclick: () => void press(), class: "grave", "data-testid": "delete-all-confirm" }, tn("files.delete_confirm", count)),
      el("button", { onclick: () => (fill(place, first), first.focus()) }, t("files.delete_keep")),
    ];
    fill(place, el("p", { role: "alert" }, t("files.delete_ask")), el("div", { class: "row" }, keep, confirm));
    keep.focus();
  };
  const press = async () => {
    const done = await removeAll().catch(() => false);
    if (done) forget();
    if (done) app.go("journal");
    else fill(place, el("p", { role: "alert" }, t("journal.delete_failed")));
  };
  fill(place, first);
  return el("section", {}, el("h2", {}, t("files.delete")), el("p", {}, t("files.delete_text")), place);
}
