/** The page: gathers its parts, shows one screen at a time, and hands photos to the model. */

import { Failure } from "../shared/failure.js";
import { acceptDrops, actionBar } from "./actions.js";
import { aboutScreen } from "./about.js";
import { el, fill, icon } from "./el.js";
import { emergencyScreen, loadEmergencyNumbers } from "./emergency.js";
import { gateScreen } from "./gate.js";
import { homeScreen } from "./home.js";
import { ModelClient } from "./model_client.js";
import { OfflineStatus } from "./offline.js";
import { announcement, errorScreen, resultScreen, workingScreen } from "./result.js";
import { reloadOnTakeOver, watchForUpdates } from "./service_worker.js";
import { speciesScreen } from "./species.js";
import { recall, remember } from "./store.js";
import { loadStrings, t } from "./strings.js";

/**
 * @import {Catalogue, Identified} from "../shared/messages.js"
 * @import {Manifest} from "../shared/manifest.js"
 *
 * @typedef {{photo: string, state: "working"} | {photo: string, state: "done", identified: Identified, manifest: Manifest}
 *   | {photo: string, state: "failed", error: unknown}} Find
 */

const BASE = new URL(".", document.baseURI).href;

/** The whole app; one per page. */
class App {
  #screen = el("main", { id: "screen" });
  #live = el("div", { class: "unseen", "aria-live": "assertive" });
  #banner = el("div");
  #updates = el("div", { class: "updates" });
  /** @type {Find | null} */
  #find = null;
  #finds = 0;
  /** The address names a screen that waits for the model. */
  #awaiting = false;

  /**
   * @param {Catalogue} catalogue
   * @param {import("./emergency.js").EmergencyNumber[]} numbers
   * @param {boolean} gateAccepted
   */
  constructor(catalogue, numbers, gateAccepted) {
    this.catalogue = catalogue;
    this.numbers = numbers;
    this.gateAccepted = gateAccepted;
    this.entry = catalogue.models.find((model) => model.default) ?? catalogue.models[0];
    const spawn = () => new Worker(new URL("../worker/main.js", import.meta.url), { type: "module" });
    this.client = new ModelClient(catalogue, this.entry, BASE, spawn);
    /** @type {Promise<import("../shared/messages.js").Prepared>} the first model that can identify */
    this.ready = new Promise((resolve) => {
      this.offline = new OfflineStatus(this.client, this.entry, BASE, (prepared) => {
        resolve(prepared);
        this.#showBanner();
        if (this.#awaiting) this.show();
      });
    });
    this.actions = actionBar((photo) => void this.look(photo));
  }

  start() {
    const { title } = this.catalogue;
    document.getElementById("starting")?.remove();
    document.body.prepend(
      this.#banner,
      header(title),
      this.offline?.element ?? "",
      this.#updates,
      this.#screen,
      this.actions,
      footer(),
      this.#live,
    );
    acceptDrops((photo) => void (this.gateAccepted && this.look(photo)));
    addEventListener("hashchange", () => this.show());
    this.#showBanner();
    this.show();
    reloadOnTakeOver();
    void this.offline?.start().then(() => watchForUpdates(BASE, (takeOver) => this.#offerUpdate(takeOver)));
  }

  /** What the model that answers learned from; until one is ready, what the site's models did. */
  #showBanner() {
    const drawn = this.offline?.prepared?.manifest.provenance.drawn ?? this.catalogue.drawn;
    const words = drawn && el("aside", { class: "banner", "aria-label": t("banner.label") }, t("banner.drawn"));
    fill(this.#banner, words);
  }

  /** Show the screen that the address names. */
  show() {
    const name = location.hash.slice(1);
    // Whoever needs the emergency card must not have to agree to anything first.
    const gated = !this.gateAccepted && name !== "emergency";
    this.#awaiting = !gated && /^(about|species)\b/.test(name) && !this.offline?.prepared;
    this.actions.hidden = !this.gateAccepted;
    fill(this.#screen, gated ? gateScreen(() => void this.#acceptGate()) : this.#named(name));
    scrollTo(0, 0);
    // The reader's place is the new screen, not where the last one's button was.
    this.#screen.querySelector("h1")?.focus({ preventScroll: true });
  }

  /** @param {string} name */
  #named(name) {
    const prepared = this.offline?.prepared;
    const [kind, detail = ""] = name.split("/");
    if (kind === "emergency") return emergencyScreen(this.numbers);
    if (kind === "about" && prepared)
      return aboutScreen(prepared, this.client.entry.bytes, this.offline?.kept ?? false);
    const taxon = prepared?.manifest.classes.find((item) => encodeURIComponent(item.scientific_name) === detail);
    if (kind === "species" && prepared && taxon) return speciesScreen(prepared.manifest, taxon);
    return kind === "result" && this.#find ? this.#findScreen(this.#find) : homeScreen();
  }

  /** @param {Find} find */
  #findScreen(find) {
    if (find.state === "failed") return errorScreen(find.photo, find.error);
    if (find.state === "done") return resultScreen(find.photo, find.identified, find.manifest);
    return workingScreen(find.photo, this.client.manifest !== null);
  }

  /** Identify a photo and show the answer. @param {File} file */
  async look(file) {
    const turn = ++this.#finds;
    if (this.#find) URL.revokeObjectURL(this.#find.photo);
    const photo = URL.createObjectURL(file);
    this.#find = { photo, state: "working" };
    this.#go("result");
    /** @type {Find} */
    let outcome;
    try {
      const identified = await this.client.identify(file);
      // The find keeps the names that its scores belong to: another model may take over while it is looked at.
      const { manifest } = this.client;
      if (manifest?.id !== identified.modelId) throw new Failure("not_identified");
      outcome = { photo, state: "done", identified, manifest };
    } catch (error) {
      outcome = { photo, state: "failed", error };
    }
    // A later photo has taken its place.
    if (turn !== this.#finds) return;
    this.#find = outcome;
    this.show();
    if (outcome.state === "done") this.#live.textContent = announcement(outcome.identified, outcome.manifest);
  }

  /** @param {string} name */
  #go(name) {
    if (location.hash === `#${name}`) this.show();
    else location.hash = name;
  }

  async #acceptGate() {
    this.gateAccepted = true;
    this.show();
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

/** @param {string} title */
function header(title) {
  return el(
    "header",
    {},
    el(
      "a",
      { class: "brand", href: "#", "aria-label": t("brand.home", { title }) },
      el("span", { class: "print", "aria-hidden": "true" }),
      title,
    ),
    el("a", { class: "emergency-link", href: "#emergency" }, icon("call"), t("nav.emergency")),
  );
}

function footer() {
  return el(
    "footer",
    {},
    el("a", { href: "#about" }, t("nav.about")),
    el("a", { href: "#emergency" }, t("nav.emergency")),
    el("a", { href: "licences.html" }, t("nav.licences")),
  );
}

async function main() {
  const [, catalogue, numbers, gate] = await Promise.all([
    loadStrings(),
    fetch(new URL("catalogue.json", BASE)).then((response) => response.json()),
    loadEmergencyNumbers(),
    recall("gate"),
  ]);
  const app = new App(catalogue, numbers, gate === true);
  const identify = (
    /** @type {Blob | Blob[]} */ photos,
    /** @type {import("../shared/priors.js").Context=} */ context,
  ) => app.client.identify(photos, context);
  const explain = (/** @type {Blob} */ photo, /** @type {number=} */ index) => app.client.explain(photo, index);
  Object.assign(window, { sporeprint: { ready: app.ready, identify, explain } });
  app.start();
}

/** Words that need no other file: the texts may be what is missing. @param {unknown} error */
function showFailedStart(error) {
  console.error(error);
  document.body.replaceChildren(
    el(
      "main",
      { id: "screen", "data-testid": "failed-start" },
      el("h1", {}, "The app could not start"),
      el("p", {}, "A part of it did not arrive. Check the connection, then reload."),
      el("button", { onclick: () => location.reload() }, "Reload"),
    ),
  );
}

await main().catch(showFailedStart);
