/** The app's one database on the phone: its tables, and the steps by which older ones become this one. */

import { BASE_PATH } from "../shared/messages.js";
import { openDB } from "./vendored/idb.js";

/**
 * @import {IDBPDatabase} from "idb"
 *
 * @typedef {"open" | "newer" | "denied" | "waiting"} State newer: a later version of the app wrote it, so it is only
 *   read; denied: this browser keeps none for the app; waiting: another tab holds an older version of it
 *
 * @typedef {{db: IDBPDatabase, state: "open" | "newer"} | {db: null, state: "denied" | "waiting"}} Opened
 */

/** Another site of the same origin has its own gate, model and journal. */
const NAME = `sporeprint${BASE_PATH}`;

/** How long another tab may take to let go of an older version. */
const PATIENCE_MS = 5000;

/**
 * Step n makes version n + 1 of version n. A phone may hold any of them: steps are added, never changed.
 *
 * @type {((db: IDBPDatabase) => void)[]}
 */
const STEPS = [
  (db) => {
    db.createObjectStore("settings");
  },
  (db) => {
    // Apart, so that the list reads neither photos nor, at first, thumbnails.
    db.createObjectStore("entries", { keyPath: "id" });
    db.createObjectStore("photos");
    db.createObjectStore("thumbnails");
  },
];

/** @type {Promise<Opened> | null} */
let opened = null;

/** The database, or why there is none; never rejects. */
export function database() {
  opened ??= withPatience(open());
  return opened;
}

/** @param {Promise<Opened>} opening @returns {Promise<Opened>} */
function withPatience(opening) {
  // Whoever asks later gets it, when it came late.
  void opening.then((done) => (opened = Promise.resolve(done)));
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, { db: null, state: "waiting" }));
  return Promise.race([opening, /** @type {Promise<Opened>} */ (late)]);
}

/** @returns {Promise<Opened>} */
async function open() {
  try {
    return { db: await openDB(NAME, STEPS.length, HANDLERS), state: "open" };
  } catch (error) {
    if (error instanceof DOMException && error.name === "VersionError") return openAsItIs();
    return { db: null, state: "denied" };
  }
}

/** @returns {Promise<Opened>} */
async function openAsItIs() {
  try {
    return { db: await openDB(NAME, undefined, HANDLERS), state: "newer" };
  } catch {
    return { db: null, state: "denied" };
  }
}

/** @type {import("idb").OpenDBCallbacks<unknown>} */
const HANDLERS = {
  upgrade(db, from) {
    for (const step of STEPS.slice(from)) step(db);
  },
  // A newer version in another tab must not wait for this one.
  blocking(_current, _blocked, event) {
    /** @type {IDBDatabase} */ (event.target).close();
    opened = null;
  },
  terminated() {
    opened = null;
  },
};
