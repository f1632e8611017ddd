/** The find that is being looked at: its photos, the safety line, the alarm, one sentence, then the names. */

import { rankedIndices } from "../../shared/decision.js";
import { el, icon } from "../el.js";
import { inWords } from "../failures.js";
import { saveButton } from "../journal/save_button.js";
import { t, tn } from "../strings.js";
import { alarm, holdsDeadly } from "./alarm.js";
import { alternatives, bandWords, card, groupCard } from "./card.js";
import { hintPanel } from "./hint.js";
import { homeScreen } from "./home.js";
import { photoColumn } from "./photos.js";
import { ownNameLine, ownNamePanel } from "./own_name.js";
import { sentenceOf } from "./sentence.js";
import { shareButton } from "./share.js";
import { whyPanel } from "./why.js";

/**
 * @import {Identified} from "../../shared/messages.js"
 * @import {App} from "../app.js"
 * @import {DoneFind, FailedFind, Find} from "./current.js"
 */

/** How many species are shown: the answer and two others, or three when not sure. */
const SHOWN = 3;

/** @type {import("../routes.js").Screen} */
export function currentScreen(app, detail, signal) {
  const find = app.find.value;
  if (!find) return homeScreen(app, detail, signal);
  return el(
    "section",
    { class: "result", "data-state": find.state },
    photoColumn(app, find),
    el("div", { class: "answer" }, leftOutNote(find), ...answerTo(app, find)),
  );
}

/** @param {App} app @param {Find} find */
function answerTo(app, find) {
  if (find.state === "failed") return [problem(app, find)];
  if (find.state === "done") return answer(app, find);
  const sentence = app.client.manifest ? t("result.working") : t("result.waiting");
  return [el("h1", { tabindex: -1, class: "sentence working" }, sentence)];
}

/** @param {Find} find */
function leftOutNote({ leftOut }) {
  return leftOut ? el("p", { class: "quiet" }, tn("photos.left_out", leftOut)) : null;
}

/** @param {App} app @param {FailedFind} find */
function problem(app, { error, culprit }) {
  const remove = (/** @type {number} */ index) =>
    el("button", { class: "primary", onclick: () => void app.find.remove(index) }, t("error.without"));
  return el(
    "div",
    { "data-testid": "error", class: "problem" },
    el("h1", { tabindex: -1, class: "sentence" }, t("error.heading")),
    el("p", {}, inWords(error)),
    culprit === null ? el("p", { class: "quiet" }, t("error.another")) : remove(culprit),
  );
}

/** @param {App} app @param {DoneFind} find */
function answer(app, find) {
  const { identified, manifest } = find;
  const { decision } = identified;
  const ranked = shownIndices(identified);
  const next = [ownNameLine(find), nextSteps(app, find)];
  return [
    el("p", { class: "safety", role: "note" }, t("result.safety")),
    decision.alarm ? alarm(decision, manifest) : null,
    ...(decision.taxon === null ? notSure(find, ranked, next) : named(find, ranked, next)),
    hintPanel(app, find),
    whyPanel(app, find),
    ownNamePanel(app, find),
  ];
}

/** The best names, and those that would be among them without the hint: it moves names, it hides none. @param {Identified} identified */
function shownIndices({ scores, hint }) {
  const best = rankedIndices(scores).slice(0, SHOWN);
  const before = hint ? rankedIndices(hint.before).slice(0, SHOWN) : [];
  return [...new Set([...best, ...before])];
}

/** What to do with the answer. @param {App} app @param {DoneFind} find */
function nextSteps(app, find) {
  return el(
    "div",
    { class: "next" },
    saveButton(app, find),
    el("a", { class: "button", href: "#compare", "data-testid": "compare" }, icon("compare"), t("compare.button")),
    shareButton(app, find),
  );
}

/** @param {DoneFind} find @param {number[]} ranked @param {(Node | null)[]} next */
function named(find, ranked, next) {
  const { identified, manifest } = find;
  const { decision } = identified;
  const heading = el("h1", { tabindex: -1, class: "sentence" }, sentenceOf(decision, manifest));
  if (decision.rank !== "species") {
    return [heading, groupCard(decision, manifest), ...next, alternatives(t("result.group_members"), find, ranked)];
  }
  const [best, ...others] = ranked;
  return [
    heading,
    card(find, best, bandWords(manifest, decision)),
    ...next,
    others.length ? alternatives(t("result.alternatives"), find, others) : null,
  ];
}

/** @param {DoneFind} find @param {number[]} ranked @param {(Node | null)[]} next */
function notSure(find, ranked, next) {
  const { identified, manifest } = find;
  const { decision } = identified;
  const { genus, family, order } = manifest.classes[ranked[0]].taxonomy;
  const near = family || order || genus;
  const rank = family ? "family" : order ? "order" : "genus";
  return [
    el(
      "div",
      { "data-testid": "not-sure", class: "not-sure" },
      el("h1", { tabindex: -1, class: "sentence" }, sentenceOf(decision, manifest)),
      near && !decision.unknown ? el("p", { class: "lead" }, t("result.not_sure_group", { group: near })) : null,
      near && holdsDeadly({ taxon: near, rank }, manifest)
        ? el("p", { class: "danger-label" }, icon("warning"), t("danger.group"))
        : null,
      el("p", {}, decision.unknown ? t("result.none_of_these_text") : t("result.not_sure_text")),
      el("p", { class: "quiet" }, t("result.not_sure_try")),
    ),
    ...next,
    alternatives(t("result.not_sure_candidates"), find, ranked),
  ];
}
