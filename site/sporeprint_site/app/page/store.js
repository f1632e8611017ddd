/** What the app remembers between visits, besides the model. In memory only where the browser has no database. */

import { database } from "./database.js";

/**
 * @typedef {object} Remembered
 * @property {boolean} gate the safety gate was accepted
 * @property {import("./model/shelf.js").Shelf} shelf the models of this phone
 * @property {import("./model/shelf.js").EngineChoice} engine
 * @property {import("./settings.js").Settings} settings
 * @property {import("./journal/files/darwin_core.js").Rights} rights under which finds were last exported
 */

const TABLE = "settings";

/** @type {Map<string, unknown>} */
const memory = new Map();

/**
 * @template {keyof Remembered} Key
 * @param {Key} key
 * @returns {Promise<Remembered[Key] | undefined>}
 */
export async function recall(key) {
  try {
    return (await (await database()).db?.get(TABLE, key)) ?? memory.get(key);
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
    await (await database()).db?.put(TABLE, value, key);
  } catch {
    // Full or closed: the value holds for this visit, and the app goes on.
  }
}
