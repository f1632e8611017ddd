/** Begins: loads what the first screen needs, in the reader's language, and hands over to the app. */

import { App } from "./app.js";
import { el } from "./el.js";
import { loadEmergencyNumbers } from "./safety/emergency.js";
import { wakeWorker } from "./model/spawn.js";
import { applySettings, loadSettings } from "./settings.js";
import { recall } from "./store.js";
import { bestLanguage, loadStrings } from "./strings.js";

const BASE = new URL(".", document.baseURI).href;

async function main() {
  wakeWorker();
  /** @type {[import("../shared/messages.js").Catalogue, import("./settings.js").Settings, boolean | undefined, import("./safety/emergency.js").EmergencyNumber[]]} */
  const [catalogue, settings, gate, numbers] = await Promise.all([
    fetch(new URL("catalogue.json", BASE)).then((response) => response.json()),
    loadSettings(),
    recall("gate"),
    loadEmergencyNumbers(),
  ]);
  applySettings(settings);
  const wanted = settings.language ? [settings.language, ...navigator.languages] : navigator.languages;
  await loadStrings(bestLanguage(catalogue.languages, wanted));
  const app = new App({ base: BASE, catalogue, numbers, gateAccepted: gate === true, settings });
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
