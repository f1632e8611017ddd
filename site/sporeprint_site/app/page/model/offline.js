/** From first visit to "Works offline": service worker, download, self-test; and what to say meanwhile. */

import { Failure } from "../../shared/failure.js";
import { el, fill } from "../el.js";
import { inWords } from "../failures.js";
import { startServiceWorker } from "./service_worker.js";
import { recall, remember } from "../store.js";
import { megabytes, t } from "../strings.js";

/**
 * @import {CatalogueModel, Prepared, Progress} from "../../shared/messages.js"
 * @import {ModelClient} from "./model_client.js"
 */

/** The line that tells whether the app works without a signal. */
export class OfflineStatus {
  element = el("div", {
    class: "status",
    "data-testid": "offline-status",
    role: "status",
    "aria-label": t("status.label"),
  });
  /** @type {Prepared | null} */
  prepared = null;
  /** Whether the browser promised to keep the model. */
  kept = false;
  #client;
  #entry;
  #base;
  #onPrepared;
  #startedAt = 0;
  #startedWith = -1;
  #say = () => undefined;

  /**
   * @param {ModelClient} client
   * @param {CatalogueModel} entry
   * @param {string} base
   * @param {(prepared: Prepared) => void} onPrepared called once the model can identify, offline or not
   */
  constructor(client, entry, base, onPrepared) {
    this.#client = client;
    this.#entry = entry;
    this.#base = base;
    this.#onPrepared = onPrepared;
    this.#show("downloading", () => t("status.preparing"));
  }

  /** Say the same in the language that the texts have now. */
  relabel() {
    this.element.setAttribute("aria-label", t("status.label"));
    this.#say();
  }

  /** Bring the app to the state where it works offline; every failure ends in words and a way to try again. */
  async start() {
    this.#show("downloading", () => t("status.preparing"));
    // First the shell: the runtime is then taken from it instead of being fetched twice.
    const shellStored = await startServiceWorker(this.#base);
    try {
      await this.#prepare(this.#entry);
      this.#conclude(shellStored);
    } catch (error) {
      const older = await this.#earlierModel();
      if (older)
        this.#show("ready", () => t("status.older_model", { reason: inWords(error) }), undefined, true);
      else this.#fail(error);
    }
  }

  /** @param {CatalogueModel} entry */
  async #prepare(entry) {
    this.#startedWith = -1;
    this.#client.choose(entry);
    this.prepared = await this.#client.prepare((progress) => this.#progress(progress));
    this.#onPrepared(this.prepared);
  }

  /** The model of an earlier version of the site works until the new one is complete. */
  async #earlierModel() {
    const earlier = await recall("model");
    if (!earlier || earlier.id === this.#entry.id) return false;
    try {
      await this.#prepare(earlier);
      return this.prepared?.stored ?? false;
    } catch {
      this.#client.choose(this.#entry);
      return false;
    }
  }

  /** @param {boolean} shellStored */
  #conclude(shellStored) {
    const full = this.prepared?.storageFailure;
    if (full?.needed) this.#fail(new Failure("quota", full));
    else if (!shellStored || !this.prepared?.stored) this.#fail(new Failure("worker_blocked"));
    else {
      this.#show("ready", () => t("status.ready"));
      void remember("model", this.#entry);
      void this.#askToKeep();
    }
  }

  async #askToKeep() {
    this.kept = (await navigator.storage?.persist?.()) ?? false;
  }

  /** @param {Progress} progress */
  #progress({ stage, received, total }) {
    if (stage === "check") return this.#show("checking", () => t("status.checking"));
    const now = performance.now();
    // What was on the phone already says nothing about the connection.
    if (this.#startedWith < 0) [this.#startedWith, this.#startedAt] = [received, now];
    const seconds = (now - this.#startedAt) / 1000;
    const amounts = { received: megabytes(received), total: megabytes(total) };
    const rate = megabytes((received - this.#startedWith) / Math.max(seconds, 0.001));
    const words = () =>
      seconds < 1 ? t("status.downloading", amounts) : t("status.downloading_rate", { ...amounts, rate });
    return this.#show("downloading", words, received / total);
  }

  /** @param {unknown} error */
  #fail(error) {
    this.#show("failed", () => t("status.failed", { reason: inWords(error) }), undefined, true);
  }

  #retryButton() {
    return el("button", { onclick: () => void this.start() }, t("status.retry"));
  }

  /**
   * @param {"downloading" | "checking" | "ready" | "failed"} state
   * @param {() => string} words in the language of the moment
   * @param {number} [share] of the download
   * @param {boolean} [retry] offer to try again
   */
  #show(state, words, share, retry) {
    this.element.dataset.state = state;
    // A screen reader hears each state once, not every tenth of a megabyte.
    this.element.setAttribute("aria-live", state === "downloading" && share !== undefined ? "off" : "polite");
    this.#say = () => {
      const bar = share === undefined ? null : el("progress", { value: share, max: 1, "aria-label": t("status.label") });
      fill(
        this.element,
        el("span", { class: "dot", "aria-hidden": "true" }),
        el("span", { class: "words" }, words()),
        retry ? this.#retryButton() : null,
        bar,
      );
    };
    this.#say();
  }
}
