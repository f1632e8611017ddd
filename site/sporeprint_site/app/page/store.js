/** What the app remembers between visits, besides the model. In memory only where the browser has no database. */

import { BASE_PATH } from "../shared/messages.js";
import { openDB } from "./vendored/idb.js";

/**
 * @typedef {object} Remembered
 * @property {boolean} gate the safety gate was accepted
 * @property {import("../shared/messages.js").CatalogueModel} model the last one that passed its self-test here
 * @property {import("./settings.js").Settings} settings
 */

/** Another site of the same origin has its own gate and its own model. */
const DATABASE = `sporeprint${BASE_PATH}`;
const TABLE = "settings";

/** @type {Promise<import("idb").IDBPDatabase | null> | null} */
let database = null;
/** @type {Map<string, unknown>} */
const memory = new Map();

function open() {
  database ??= openDB(DATABASE, 1, {
    upgrade(db) {
      db.createObjectStore(TABLE);
    },
    // A newer version in another tab must not wait for this one.
    blocking: (_current, _blocked, event) => /** @type {IDBDatabase} */ (event.target).close(),
  }).catch(() => null);
  return database;
}

/**
 * @template {keyof Remembered} Key
 * @param {Key} key
 * @returns {Promise<Remembered[Key] | undefined>}
 */
export async function recall(key) {
  try {
    return (await (await open())?.get(TABLE, key)) ?? memory.get(key);
  } catch {
    return /** @type {Remembered[Key] | undefined} */ (memory.get(key));
  }
}

/**
 * @template {keyof Remembered} Key
 * @param {Key} key
 * @param {Remembered[Key]} value
 */
export async function remember(key, value) {
  memory.set(key, value);
  try {
    await (await open())?.put(TABLE, value, key);
  } catch {
    // Full or closed: the value holds for this visit, and the app goes on.
  }
}
