/** One tab at a time downloads; the others are told how far it is, and then find the files on the phone. */

import { CONTENT_CACHE, HOLDING } from "../shared/messages.js";

/** @import {Progress} from "../shared/messages.js" */

/** A tab that says nothing for this long is asleep, with its lock: the next one goes on without. */
const PATIENCE_MS = 8000;

/**
 * Do the work while no other tab downloads. What two tabs do at once is only done twice, never wrong: files are named
 * by their content. So a lock is for thrift, and nobody waits for a tab that sleeps.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @param {(progress: Progress) => void} report what the other tab says while this one waits
 * @returns {Promise<T>}
 */
export async function inTurn(work, report) {
  if (!navigator.locks) return work();
  const waiting = new AbortController();
  const tired = () => waiting.abort();
  let timer = setTimeout(tired, PATIENCE_MS);
  const others = new BroadcastChannel(CONTENT_CACHE);
  others.onmessage = ({ data }) => {
    clearTimeout(timer);
    timer = setTimeout(tired, PATIENCE_MS);
    report(data);
  };
  const begin = () => {
    clearTimeout(timer);
    others.close();
    return work();
  };
  try {
    return await navigator.locks.request(CONTENT_CACHE, { signal: waiting.signal }, begin);
  } catch (error) {
    if (!waiting.signal.aborted) throw error;
    return begin();
  }
}

/**
 * Do the work, and let the tabs that wait hear how far it is.
 *
 * @template T
 * @param {(progress: Progress) => void} report
 * @param {(report: (progress: Progress) => void) => Promise<T>} work told whom to report to
 * @returns {Promise<T>}
 */
export async function aloud(report, work) {
  if (!globalThis.BroadcastChannel) return work(report);
  const others = new BroadcastChannel(CONTENT_CACHE);
  try {
    return await work((progress) => {
      report(progress);
      others.postMessage(progress);
    });
  } finally {
    others.close();
  }
}

/**
 * Do the work only if no tab downloads at the moment; deleting can wait for another day.
 *
 * @param {() => Promise<void>} work
 */
export async function unlessBusy(work) {
  if (!navigator.locks) return work();
  await navigator.locks.request(CONTENT_CACHE, { ifAvailable: true }, (lock) => (lock ? work() : undefined));
}

/** Manifests of the models that some tab works with now, as paths in the site. */
export async function heldManifests() {
  const { held = [] } = (await navigator.locks?.query()) ?? {};
  return held.flatMap(({ name }) => (name?.startsWith(HOLDING) ? [name.slice(HOLDING.length)] : []));
}
