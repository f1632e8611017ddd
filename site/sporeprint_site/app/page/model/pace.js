/** How fast a download goes, and how long it will take. */

/** @import {Progress} from "../../shared/messages.js" */

/**
 * @typedef {object} Amounts
 * @property {number} received bytes
 * @property {number} total bytes
 * @property {number | null} rate bytes a second; null: too early to tell
 * @property {number | null} left seconds
 */

/** Seconds before a rate says anything. */
const SETTLED = 1;

/** One download's. */
export class Pace {
  #startedAt = 0;
  #startedWith = -1;

  /** @param {Progress} progress @returns {Amounts} */
  amounts({ received, total }) {
    const now = performance.now();
    // What was on the phone already says nothing about the connection.
    if (this.#startedWith < 0) [this.#startedWith, this.#startedAt] = [received, now];
    const seconds = (now - this.#startedAt) / 1000;
    const rate = (received - this.#startedWith) / Math.max(seconds, 0.001);
    if (seconds < SETTLED || rate <= 0) return { received, total, rate: null, left: null };
    return { received, total, rate, left: (total - received) / rate };
  }
}
