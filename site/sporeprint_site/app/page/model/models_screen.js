/** The models that the site offers and those that are on this phone: choose, download, remove. */

import { el, fill } from "../el.js";
import { inWords } from "../failures.js";
import { backLink } from "../frame.js";
import { language, megabytes, t } from "../strings.js";
import { takeInventory } from "./inventory.js";
import { inMegabytes } from "./status_line.js";

/**
 * @import {CatalogueModel} from "../../shared/messages.js"
 * @import {App} from "../app.js"
 * @import {Stored} from "./inventory.js"
 * @import {Offline} from "./offline.js"
 */

/**
 * What the site offers, and what it offered when this phone downloaded it.
 *
 * @param {Offline} offline
 * @returns {CatalogueModel[]}
 */
export function modelsHere({ catalogue, shelf, client }) {
  const earlier = [shelf.current, shelf.previous, client.entry].filter((model) => model !== null);
  return [...new Map([...earlier, ...catalogue.models].map((model) => [model.id, model])).values()];
}

/** @type {import("../routes.js").Screen} */
export function modelsScreen(app, _detail, signal) {
  const { offline } = app;
  const list = el("ul", { class: "models" });
  /** @type {Map<string, Stored>} */
  let stored = new Map();
  const show = () => fill(list, ...modelsHere(offline).map((model) => item(app, model, stored.get(model.id))));
  const count = async () => {
    stored = (await takeInventory(modelsHere(offline), app.base)).byModel;
    if (!signal.aborted) show();
  };
  let [counted, drawn] = ["", ""];
  const changed = () => {
    const { job } = offline;
    const arriving = list.querySelector(".arriving");
    const shown = JSON.stringify([job?.model.id, job?.checking, job?.error === null, offline.client.entry.id]);
    // A button that is replaced ten times a second cannot be pressed.
    if (arriving && job?.amounts && shown === drawn) {
      arriving.textContent = t("models.arriving", inMegabytes(job.amounts));
      return;
    }
    drawn = shown;
    // Many times a second while a model arrives; what is stored is counted when that is over.
    const now = `${offline.state.name} ${offline.job?.model.id} ${offline.client.entry.id} ${offline.shelf.previous?.id}`;
    if (now !== counted) void count();
    counted = now;
    show();
  };
  offline.watch(changed, signal);
  changed();
  return el(
    "article",
    { class: "page" },
    backLink(),
    el("h1", { tabindex: -1 }, t("models.heading")),
    el("p", { class: "lead" }, t("models.lead")),
    list,
    el("p", { class: "quiet" }, t("models.shared")),
  );
}

/**
 * @param {App} app
 * @param {CatalogueModel} model
 * @param {Stored | undefined} stored
 */
function item({ offline, catalogue }, model, stored) {
  const inUse = offline.prepared !== null && offline.client.entry.id === model.id;
  const offered = catalogue.models.some(({ id }) => id === model.id);
  const tags = [
    inUse ? t("models.in_use") : stored?.complete ? t("models.here") : null,
    model.default && offered ? t("models.default") : null,
    offered ? null : t("models.earlier"),
  ].filter((tag) => tag !== null);
  return el(
    "li",
    { "data-model": model.id, class: inUse ? "used" : null },
    el("h2", {}, model.name),
    tags.length ? el("p", { class: "tags" }, tags.join(" · ")) : null,
    el("p", {}, ...facts(model)),
    el("p", { class: "quiet" }, danger(model)),
    el("p", { class: "choices" }, ...choices(offline, model, inUse, stored)),
  );
}

/** @param {CatalogueModel} model */
function facts({ bytes, classes, top1, n_test: n }) {
  const words = [t("models.size", { size: megabytes(bytes) })];
  if (classes !== undefined) words.push(t("models.classes", { count: classes.toLocaleString(language()) }));
  if (top1 && n) words.push(t("models.right", { share: percent(top1), n: n.toLocaleString(language()) }));
  else words.push(t("models.not_measured"));
  return [words.join(" ")];
}

/** @param {CatalogueModel} model */
function danger({ deadly_recall: recall, n_deadly: n }) {
  if (recall === null || recall === undefined || !n) return t("models.deadly_not_measured");
  return t("models.deadly", { share: percent(recall), n: n.toLocaleString(language()) });
}

/** Rounded down: a rate must not read better than it was. @param {number} share */
function percent(share) {
  return (Math.floor(share * 100 + 1e-9) / 100).toLocaleString(language(), { style: "percent" });
}

/**
 * @param {Offline} offline
 * @param {CatalogueModel} model
 * @param {boolean} inUse
 * @param {Stored | undefined} stored
 */
function choices(offline, model, inUse, stored) {
  const { job } = offline;
  const button = (/** @type {string} */ words, /** @type {() => unknown} */ act) =>
    el("button", { onclick: () => void act(), "aria-label": `${words}: ${model.name}` }, words);
  if (job?.model.id === model.id && !job.error) {
    const words = job.amounts && !job.checking ? t("models.arriving", inMegabytes(job.amounts)) : t("status.checking");
    return [el("span", { class: job.checking ? null : "arriving" }, words), button(t("storage.pause"), () => offline.pause())];
  }
  if (inUse) return [];
  const failed = job?.model.id === model.id && job.error ? el("span", { role: "alert" }, inWords(job.error)) : null;
  const busy = job !== null && !job.error;
  if (busy) return [];
  const size = megabytes(model.bytes - (stored?.bytes ?? 0));
  return [
    failed,
    stored?.complete
      ? button(t("models.use"), () => offline.choose(model))
      : button(t("models.download", { size }), () => offline.bring(model, { use: false })),
    stored?.own ? button(t("models.remove", { size: megabytes(stored.own) }), () => offline.remove(model)) : null,
  ];
}
