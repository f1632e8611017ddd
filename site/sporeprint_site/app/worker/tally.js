/** How far a download is, for whoever waits for it. */

/** @import {Progress} from "../shared/messages.js" */

/** Bytes so far, reported at most every 100 ms and at the end. */
export class Tally {
  #total;
  #report;
  #received = 0;
  #reportedAt = 0;
  downloaded = 0;

  /**
   * @param {number} total
   * @param {(progress: Progress) => void} report
   */
  constructor(total, report) {
    this.#total = total;
    this.#report = report;
    this.add(0, false);
  }

  /**
   * @param {number} bytes negative when a lost attempt is taken back
   * @param {boolean} fetched
   */
  add(bytes, fetched) {
    this.#received += bytes;
    if (fetched) this.downloaded += bytes;
    const now = performance.now();
    if (now - this.#reportedAt < 100 && this.#received < this.#total) return;
    this.#reportedAt = now;
    this.#report({ stage: "download", received: Math.min(this.#received, this.#total), total: this.#total });
  }
}
