/** The find that is being looked at: its photo, and how far its answer is. */

import { Failure } from "../../shared/failure.js";
import { announcement } from "./result.js";

/**
 * @import {Identified} from "../../shared/messages.js"
 * @import {Manifest} from "../../shared/manifest.js"
 * @import {App} from "../app.js"
 *
 * @typedef {{photo: string, state: "working"} | {photo: string, state: "done", identified: Identified, manifest: Manifest}
 *   | {photo: string, state: "failed", error: unknown}} Find
 */

/** One at a time; a later photo takes its place. */
export class CurrentFind {
  #app;
  #turn = 0;
  /** @type {Find | null} */
  value = null;

  /** @param {App} app */
  constructor(app) {
    this.#app = app;
  }

  /** Identify a photo and show the answer. @param {File} file */
  async look(file) {
    const turn = ++this.#turn;
    if (this.value) URL.revokeObjectURL(this.value.photo);
    const photo = URL.createObjectURL(file);
    this.value = { photo, state: "working" };
    this.#app.go("result");
    const outcome = await this.#outcome(file, photo);
    // A later photo has taken its place.
    if (turn !== this.#turn) return;
    this.value = outcome;
    this.#app.show();
    if (outcome.state === "done") this.#app.announce(announcement(outcome.identified, outcome.manifest));
  }

  /**
   * @param {File} file
   * @param {string} photo
   * @returns {Promise<Find>}
   */
  async #outcome(file, photo) {
    const { client } = this.#app;
    try {
      const identified = await client.identify(file);
      // The find keeps the names that its scores belong to: another model may take over while it is looked at.
      const { manifest } = client;
      if (manifest?.id !== identified.modelId) throw new Failure("not_identified");
      return { photo, state: "done", identified, manifest };
    } catch (error) {
      return { photo, state: "failed", error };
    }
  }
}
