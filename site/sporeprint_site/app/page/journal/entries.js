/**
 * Reading and writing the journal. What cannot be stored is kept in memory, with the reason, and never dropped: the
 * reader can make room and try again, or export it.
 */

import { database } from "../database.js";

/**
 * @import {IDBPDatabase} from "idb"
 * @import {Entry} from "./entry.js"
 *
 * @typedef {{type: string, bytes: ArrayBuffer}} Picture
 * @typedef {{kind: "full", needed: number, used: number, quota: number} | {kind: "newer" | "denied" | "waiting" | "failed"}}
 *   Problem why an entry is in memory only; full: with sizes in bytes
 * @typedef {{entry: Entry, photos: Picture[], thumbnail: ArrayBuffer | null}} Whole an entry with its pictures; the
 *   thumbnail is a JPEG
 */

const TABLES = ["entries", "photos", "thumbnails"];

/** @type {Map<string, Whole & {problem: Problem}>} */
const unsaved = new Map();

/** Why an entry is in memory only; null when it is stored. @param {string} id */
export function problemOf(id) {
  return unsaved.get(id)?.problem ?? null;
}

/** How many entries are in memory only. */
export function unsavedCount() {
  return unsaved.size;
}

/** Whether what is stored can be changed, and why not. */
export async function state() {
  return (await database()).state;
}

/** All entries, the latest find first. @returns {Promise<Entry[]>} */
export async function allEntries() {
  const { db } = await database();
  /** @type {Entry[]} */
  const stored = (await db?.getAll("entries")) ?? [];
  const all = [...stored.filter(({ id }) => !unsaved.has(id)), ...[...unsaved.values()].map(({ entry }) => entry)];
  return all.sort((a, b) => timeOf(b) - timeOf(a));
}

/** @param {Entry} entry */
function timeOf(entry) {
  return Date.parse(entry.foundAt) || Date.parse(entry.savedAt);
}

/** @param {string} id @returns {Promise<Entry | null>} */
export async function findEntry(id) {
  const kept = unsaved.get(id);
  return kept ? kept.entry : ((await (await database()).db?.get("entries", id)) ?? null);
}

/** The photos of an entry, in its order. @param {string} id @returns {Promise<Picture[]>} */
export async function photosOf(id) {
  const kept = unsaved.get(id);
  return kept ? kept.photos : ((await (await database()).db?.getAll("photos", photoKeys(id))) ?? []);
}

/** Thumbnails by entry; the ones without are left out. @param {string[]} ids @returns {Promise<Map<string, ArrayBuffer>>} */
export async function thumbnailsOf(ids) {
  const { db } = await database();
  const table = db?.transaction("thumbnails").store;
  const found = await Promise.all(ids.map(async (id) => unsaved.get(id)?.thumbnail ?? (await table?.get(id))));
  return new Map(ids.flatMap((id, index) => (found[index] ? [[id, found[index]]] : [])));
}

/** @param {string} id */
function photoKeys(id) {
  // An array sorts after every number.
  return IDBKeyRange.bound([id], [id, []]);
}

/**
 * Store a find, or keep it in memory.
 *
 * @param {Whole} whole
 * @returns {Promise<Problem | null>} null: stored
 */
export async function addEntry(whole) {
  const problem = await tryToStore(whole);
  if (problem) unsaved.set(whole.entry.id, { ...whole, problem });
  else unsaved.delete(whole.entry.id);
  warnBeforeClosing();
  return problem;
}

/** Try again to store what is in memory only. @returns {Promise<number>} how many are left there */
export async function retryUnsaved() {
  for (const whole of [...unsaved.values()]) await addEntry(whole);
  return unsaved.size;
}

/** Store a find; in memory it is not kept. @param {Whole} whole @returns {Promise<Problem | null>} null: stored */
export async function tryToStore(whole) {
  const { db, state } = await database();
  if (state !== "open") return { kind: state };
  try {
    await write(db, whole);
    return null;
  } catch (error) {
    return problemFor(error, whole);
  }
}

/**
 * All of it or nothing.
 *
 * @param {IDBPDatabase} db
 * @param {Whole} whole
 */
async function write(db, { entry, photos, thumbnail }) {
  const change = db.transaction(TABLES, "readwrite");
  // Heard below, or given up.
  change.done.catch(() => undefined);
  try {
    await Promise.all([
      change.objectStore("entries").put(entry),
      // An earlier version of the entry may have had more of them.
      change.objectStore("photos").delete(photoKeys(entry.id)),
      ...photos.map((photo, index) => change.objectStore("photos").put(photo, [entry.id, index])),
      thumbnail && change.objectStore("thumbnails").put(thumbnail, entry.id),
      change.done,
    ]);
  } catch (error) {
    // What a browser refuses at once does not end the transaction, and the first half would stay.
    giveUp(change);
    throw error;
  }
}

/** @param {{abort: () => void}} change */
function giveUp(change) {
  try {
    change.abort();
  } catch {
    // It has ended by itself.
  }
}

/** @param {unknown} error @param {Whole} whole @returns {Promise<Problem>} */
async function problemFor(error, { photos, thumbnail }) {
  if (!(error instanceof DOMException) || error.name !== "QuotaExceededError") {
    console.error(error);
    return { kind: "failed" };
  }
  const needed = photos.reduce((sum, { bytes }) => sum + bytes.byteLength, thumbnail?.byteLength ?? 0);
  const { usage = 0, quota = 0 } = (await navigator.storage?.estimate?.()) ?? {};
  return { kind: "full", needed, used: usage, quota };
}

/**
 * Change some fields of an entry.
 *
 * @param {string} id
 * @param {Partial<Entry>} changes
 * @returns {Promise<Entry | null>} as it is now; null: there is none any more, or it cannot be written
 */
export async function changeEntry(id, changes) {
  const kept = unsaved.get(id);
  if (kept) {
    kept.entry = { ...kept.entry, ...changes };
    return kept.entry;
  }
  const { db, state } = await database();
  if (state !== "open") return null;
  const change = db.transaction("entries", "readwrite");
  const before = await change.store.get(id);
  const after = before && { ...before, ...changes };
  if (after) await change.store.put(after);
  await change.done;
  return after ?? null;
}

/** An entry with its pictures, as it was when it is deleted by this. @param {string} id @returns {Promise<Whole | null>} */
export async function removeEntry(id) {
  const entry = await findEntry(id);
  if (!entry) return null;
  const whole = { entry, photos: await photosOf(id), thumbnail: (await thumbnailsOf([id])).get(id) ?? null };
  const inMemory = unsaved.delete(id);
  warnBeforeClosing();
  const { db, state } = await database();
  // An earlier version of what is in memory may be stored.
  if (state !== "open") return inMemory ? whole : null;
  const change = db.transaction(TABLES, "readwrite");
  await Promise.all([
    change.objectStore("entries").delete(id),
    change.objectStore("photos").delete(photoKeys(id)),
    change.objectStore("thumbnails").delete(id),
    change.done,
  ]);
  return whole;
}

/** Delete the whole journal. @returns {Promise<boolean>} whether it could be */
export async function removeAll() {
  const { db, state } = await database();
  if (state === "newer") return false;
  unsaved.clear();
  warnBeforeClosing();
  if (!db) return true;
  const change = db.transaction(TABLES, "readwrite");
  await Promise.all([...TABLES.map((name) => change.objectStore(name).clear()), change.done]);
  return true;
}

/** A browser asks before it closes a page that holds what is stored nowhere. */
function warnBeforeClosing() {
  if (unsaved.size) addEventListener("beforeunload", ask);
  else removeEventListener("beforeunload", ask);
}

/** @param {Event} event */
function ask(event) {
  event.preventDefault();
}
