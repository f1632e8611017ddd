/** The page: shows the screen that the address names, and holds what the screens share. */

import { acceptDropsAndPastes, actionBar } from "./find/actions.js";
import { CurrentFind } from "./find/current.js";
import { ofOneFind } from "./find/photo.js";
import { el, fill } from "./el.js";
import { header, tabs } from "./frame.js";
import { noteKnown } from "./known.js";
import { ModelClient } from "./model/model_client.js";
import { Offline } from "./model/offline.js";
import { reloadOnTakeOver, watchForUpdates } from "./model/service_worker.js";
import { spawnWorker } from "./model/spawn.js";
import { ROUTES } from "./routes.js";
import { gateScreen } from "./safety/gate.js";
import { saveSettings } from "./settings.js";
import { remember } from "./store.js";
import { loadStrings, t } from "./strings.js";

/**
 * @import {Catalogue, Prepared} from "../shared/messages.js"
 * @import {EmergencyNumber} from "./safety/emergency.js"
 * @import {Settings} from "./settings.js"
 *
 * @typedef {object} Start what is loaded before the first screen
 * @property {string} base address of the site, ending in "/"
 * @property {Catalogue} catalogue
 * @property {EmergencyNumber[]} numbers
 * @property {boolean} gateAccepted
 * @property {Settings} settings
 */

/** The whole app; one per page. */
export class App {
  #screen = el("main", { id: "screen" });
  #live = el("div", { class: "unseen", "aria-live": "assertive" });
  #banner = el("div");
  #updates = el("div", { class: "updates" });
  #header = el("header");
  #tabs = el("nav", { class: "tabs" });
  #actions = el("div");
  /** Ends when the screen is left: cameras, timers and listeners end with it. */
  #stay = new AbortController();
  /** The hash whose screen is shown. */
  #shown = "";
  /** The address names a screen that waits for the model. */
  #awaiting = false;

  /** @param {Start} start */
  constructor({ base, catalogue, numbers, gateAccepted, settings }) {
    this.base = base;
    this.catalogue = catalogue;
    this.numbers = numbers;
    this.gateAccepted = gateAccepted;
    this.settings = settings;
    this.find = new CurrentFind(this);
    const entry = catalogue.models.find((model) => model.default) ?? catalogue.models[0];
    this.client = new ModelClient(catalogue, entry, base, spawnWorker);
    /** @type {(prepared: Prepared) => void} */
    let resolve;
    /** @type {Promise<Prepared>} the first model that can identify */
    this.ready = new Promise((settle) => (resolve = settle));
    this.offline = new Offline(this.client, catalogue, base, (prepared) => {
      resolve(prepared);
      this.#showBanner();
      if (this.#awaiting) this.show();
    });
  }

  start() {
    for (const id of ["starting", "first"]) document.getElementById(id)?.remove();
    const above = [this.#banner, this.#header, this.offline.element, this.#updates];
    document.body.prepend(...above, this.#screen, this.#actions, this.#live);
    this.#frame();
    acceptDropsAndPastes((photos) => void (this.gateAccepted && this.find.begin(ofOneFind(photos))));
    addEventListener("hashchange", () => void (location.hash !== this.#shown && this.show()));
    this.show();
    reloadOnTakeOver();
    void this.offline.start().then(() => watchForUpdates(this.base, (takeOver) => this.#offerUpdate(takeOver)));
  }

  /** Everything around the screen, in the language of the moment. */
  #frame() {
    this.#showBanner();
    const [title, emergency] = header(this.catalogue.title);
    fill(this.#header, title, this.#tabs, emergency);
    const actions = actionBar(this);
    this.#actions.replaceWith(actions);
    this.#actions = actions;
    this.offline.relabel();
  }

  /** What the model that answers learned from; until one is ready, what the site's models did. */
  #showBanner() {
    const drawn = this.offline.prepared?.manifest.provenance.drawn ?? this.catalogue.drawn;
    const words = drawn && el("aside", { class: "banner", "aria-label": t("banner.label") }, t("banner.drawn"));
    fill(this.#banner, words);
  }

  /** Show the screen that the address names. */
  show() {
    this.#shown = location.hash;
    const [name, detail = ""] = location.hash.slice(1).split("/");
    const route = ROUTES[name] ?? ROUTES[""];
    // Whoever needs the emergency card must not have to agree to anything first.
    const gated = !this.gateAccepted && !route.beforeGate;
    this.#awaiting = !gated && Boolean(route.needsModel) && !this.offline.prepared;
    this.#stay.abort();
    this.#stay = new AbortController();
    const { screen, tab } = this.#awaiting ? ROUTES[""] : route;
    this.#actions.hidden = gated || tab !== "identify" || Boolean(route.ownActions);
    this.#tabs.hidden = !this.gateAccepted;
    fill(this.#tabs, ...tabs(tab));
    this.#tabs.setAttribute("aria-label", t("nav.label"));
    fill(this.#screen, gated ? gateScreen(() => void this.#acceptGate()) : screen(this, detail, this.#stay.signal));
    this.#nameWindow(tab);
    scrollTo(0, 0);
    // The reader's place is the new screen, not where the last one's button was.
    this.#screen.querySelector("h1")?.focus({ preventScroll: true });
  }

  /**
   * The heading names the window too, except where it may be a species: the safety line is not there.
   *
   * @param {import("./frame.js").Tab} tab
   */
  #nameWindow(tab) {
    const heading = tab === "identify" ? null : this.#screen.querySelector("h1")?.textContent;
    document.title = heading ? `${heading} – ${this.catalogue.title}` : this.catalogue.title;
  }

  /** @param {string} name of a screen, as in the address */
  go(name) {
    location.hash = name;
    // At once: a browser tells of the new address later, when the next screen may already be there.
    this.show();
  }

  /** Have a screen reader say something at once. @param {string} text */
  announce(text) {
    this.#live.textContent = text;
  }

  /** Keep what the reader chose, and show it. @param {Partial<Settings>} changed */
  async change(changed) {
    this.settings = { ...this.settings, ...changed };
    await saveSettings(this.settings);
    if (changed.language) {
      await loadStrings(changed.language);
      this.#frame();
    }
    this.show();
  }

  async #acceptGate() {
    this.gateAccepted = true;
    this.show();
    noteKnown();
    await remember("gate", true);
  }

  /** @param {() => void} takeOver */
  #offerUpdate(takeOver) {
    fill(
      this.#updates,
      el("p", {}, t("update.available")),
      el("button", { onclick: takeOver, "data-testid": "update" }, t("update.reload")),
    );
  }
}
