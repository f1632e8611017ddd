/** Where a find was: shown, copied, opened in the phone's own map, added or taken away. Never a map from the network. */

import { el, fill } from "../el.js";
import { language, t } from "../strings.js";
import { changeEntry } from "./entries.js";
import { inOne, nameOf } from "./naming.js";
import { currentFix, keptPlace } from "./place.js";
import { gpxFile } from "./waypoint.js";

/**
 * @import {App} from "../app.js"
 * @import {Entry, Place} from "./entry.js"
 */

/**
 * @param {App} app
 * @param {Entry} entry
 */
export function placeView(app, entry) {
  return el(
    "section",
    { "data-testid": "journal-place" },
    el("h2", {}, t("journal.place")),
    ...(entry.place ? known(app, entry, entry.place) : unknown(app, entry)),
  );
}

/**
 * @param {App} app
 * @param {Entry} entry
 * @param {Place} place
 */
function known(app, entry, place) {
  const said = el("p", { class: "quiet", role: "status" });
  const text = `${place.latitude}, ${place.longitude}`;
  const copy = async () => {
    const copied = await navigator.clipboard?.writeText(text).then(
      () => true,
      () => false,
    );
    fill(said, copied ? t("journal.place_copied") : t("journal.place_not_copied"));
  };
  const forget = async () => {
    await changeEntry(entry.id, { place: null });
    app.show();
  };
  const name = inOne(nameOf(entry, app.client.manifest));
  return [
    el("p", { class: "coordinates", "data-testid": "journal-coordinates" }, text),
    el("p", { class: "quiet" }, precisionWords(place)),
    el(
      "div",
      { class: "row" },
      el("button", { onclick: () => void copy() }, t("journal.place_copy")),
      el("a", { class: "button", href: `geo:${place.latitude},${place.longitude}` }, t("journal.place_map")),
      el("button", { onclick: () => gpxFile(entry, place, name) }, t("journal.place_gpx")),
      el("button", { onclick: () => void forget() }, t("journal.place_remove")),
    ),
    said,
    el("p", { class: "quiet" }, t("journal.place_map_text")),
  ];
}

/** @param {Place} place */
function precisionWords({ precision, accuracy }) {
  if (precision === "coarse") return t("journal.place_coarse");
  return accuracy === null
    ? t("journal.place_exact")
    : t("journal.place_accuracy", { metres: Math.round(accuracy).toLocaleString(language()) });
}

/**
 * @param {App} app
 * @param {Entry} entry
 */
function unknown(app, entry) {
  const { place: setting } = app.settings;
  if (setting === "off") {
    return [el("p", {}, t("journal.place_off")), el("p", {}, el("a", { class: "target", href: "#settings" }, t("settings.heading")))];
  }
  const said = el("p", { role: "status" });
  const here = async () => {
    fill(said, t("journal.place_asking"));
    try {
      await changeEntry(entry.id, { place: keptPlace(await currentFix(), setting) });
      app.show();
    } catch {
      fill(said, t("journal.place_failed"));
    }
  };
  return [el("p", {}, t("journal.place_none")), el("button", { onclick: () => void here() }, t("journal.place_add")), said];
}
