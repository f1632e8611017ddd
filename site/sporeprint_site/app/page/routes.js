/** The screens by the first word of the address after the hash; what follows a slash is the screen's own. */

import { cameraScreen } from "./find/camera.js";
import { compareScreen } from "./find/compare.js";
import { cropScreen } from "./find/crop.js";
import { homeScreen } from "./find/home.js";
import { currentScreen } from "./find/result.js";
import { sharedScreen } from "./find/shared_photos.js";
import { guideScreen } from "./guide/guide.js";
import { speciesScreen } from "./guide/species.js";
import { filesScreen } from "./journal/files_screen.js";
import { journalScreen } from "./journal/journal.js";
import { modelsScreen } from "./model/models_screen.js";
import { storageScreen } from "./model/storage_screen.js";
import { aboutScreen } from "./more/about.js";
import { howScreen } from "./more/how.js";
import { moreScreen } from "./more/more.js";
import { settingsScreen } from "./more/settings_screen.js";
import { siteScreen } from "./more/site.js";
import { emergencyScreen } from "./safety/emergency.js";

/**
 * @import {App} from "./app.js"
 * @import {Tab} from "./frame.js"
 *
 * @callback Screen
 * @param {App} app
 * @param {string} detail the address's second part, still percent-encoded
 * @param {AbortSignal} signal aborted when the screen is left
 * @returns {HTMLElement} with an h1 that takes the focus
 *
 * @typedef {object} Route
 * @property {Screen} screen
 * @property {Tab} tab
 * @property {boolean} [beforeGate] shown although the safety gate was not accepted yet
 * @property {boolean} [needsModel] the start screen stands in until a model is ready
 * @property {boolean} [ownActions] the camera's buttons would be in the way
 */

/** @type {Record<string, Route>} */
export const ROUTES = {
  "": { screen: homeScreen, tab: "identify" },
  result: { screen: currentScreen, tab: "identify" },
  camera: { screen: cameraScreen, tab: "identify", ownActions: true },
  compare: { screen: compareScreen, tab: "identify", ownActions: true },
  shared: { screen: sharedScreen, tab: "identify" },
  crop: { screen: cropScreen, tab: "identify", ownActions: true },
  guide: { screen: guideScreen, tab: "guide", needsModel: true },
  species: { screen: speciesScreen, tab: "guide", needsModel: true },
  journal: { screen: journalScreen, tab: "journal" },
  files: { screen: filesScreen, tab: "journal" },
  more: { screen: moreScreen, tab: "more" },
  settings: { screen: settingsScreen, tab: "more" },
  about: { screen: aboutScreen, tab: "more", needsModel: true },
  how: { screen: howScreen, tab: "more" },
  site: { screen: siteScreen, tab: "more" },
  storage: { screen: storageScreen, tab: "more" },
  models: { screen: modelsScreen, tab: "more" },
  emergency: { screen: emergencyScreen, tab: "more", beforeGate: true },
};
