/** From first visit to "Works offline", and from one model to the next: what happens, and what the screens may ask. */

import { Failure } from "../../shared/failure.js";
import { isStored, persistent, savesData } from "./keeping.js";
import { Pace } from "./pace.js";
import { startServiceWorker } from "./service_worker.js";
import * as shelves from "./shelf.js";
import { statusLine } from "./status_line.js";

/**
 * @import {Catalogue, CatalogueModel, Prepared, Progress} from "../../shared/messages.js"
 * @import {ModelClient} from "./model_client.js"
 * @import {Amounts} from "./pace.js"
 *
 * @typedef {{name: "preparing"} | {name: "downloading", amounts: Amounts, again: boolean} | {name: "checking"}
 *   | {name: "ready"} | {name: "paused"} | {name: "failed", error: unknown} | {name: "cleared"}} State
 *
 * @typedef {object} Job a model on its way beside the one that identifies
 * @property {CatalogueModel} model
 * @property {boolean} use let it identify once it is complete
 * @property {Amounts | null} amounts
 * @property {boolean} checking
 * @property {unknown} error null while nothing went wrong
 */

/** An update up to this size comes by itself, unless the reader saves data: it costs less than a photo sent. */
const UNASKED_BYTES = 1_500_000;

/** Whether the app works without a signal; one per page. */
export class Offline {
  /** @type {State} */
  state = { name: "preparing" };
  /** @type {Prepared | null} */
  prepared = null;
  /** Whether the browser promised to keep what is stored. */
  kept = false;
  /** @type {{model: CatalogueModel, bytes: number} | null} what the site has for this reader and the phone lacks */
  update = null;
  /** @type {Job | null} */
  job = null;
  /** @type {import("./shelf.js").Shelf} */
  shelf = { current: null, checkedAt: "", previous: null, chosen: null, stayedFrom: null };
  catalogue;
  client;
  #base;
  #onPrepared;
  #line;
  /** @type {Set<() => void>} */
  #watchers = new Set();

  /**
   * @param {ModelClient} client
   * @param {Catalogue} catalogue
   * @param {string} base address of the site
   * @param {(prepared: Prepared) => void} onPrepared called whenever a model can identify, offline or not
   */
  constructor(client, catalogue, base, onPrepared) {
    this.client = client;
    this.catalogue = catalogue;
    this.#base = base;
    this.#onPrepared = onPrepared;
    this.#line = statusLine(this);
    this.#line.show();
    document.addEventListener("visibilitychange", () => void this.#lookAfterStorage());
  }

  /** The line that stands on every screen. */
  get element() {
    return this.#line.element;
  }

  /** Say the same in the language that the texts have now. */
  relabel() {
    this.#line.show();
  }

  /**
   * Be told of every change until the screen is left.
   *
   * @param {() => void} changed
   * @param {AbortSignal} signal
   */
  watch(changed, signal) {
    this.#watchers.add(changed);
    signal.addEventListener("abort", () => this.#watchers.delete(changed));
  }

  /** Bring the app to the state where it works offline; every failure ends in words and a way to try again. */
  async start() {
    this.#set({ name: "preparing" });
    // The shell and the model arrive side by side; what both need, the browser's own cache fetches once.
    const shell = startServiceWorker(this.#base);
    try {
      this.shelf = await shelves.loadShelf();
      this.client.shelf = shelves.modelsOf(this.shelf);
      const wanted = shelves.wantedModel(this.catalogue, this.shelf);
      const gone = !(await this.#startWithStored());
      if (gone) await this.#startWith(wanted);
      await this.#conclude(shell);
      if (!gone && this.state.name === "ready") void this.#lookForUpdate(wanted);
    } catch (error) {
      if (!(error instanceof Failure && error.code === "stopped")) this.#set({ name: "failed", error });
    }
  }

  /** What worked here last time works at once, whatever the site has now. */
  async #startWithStored() {
    const { current } = this.shelf;
    if (!current) return false;
    try {
      this.client.backend = await shelves.bestEngine(current);
      this.#take(await this.client.prepare((progress) => this.#checking(progress), current, { download: false }));
      return true;
    } catch (error) {
      if (error instanceof Failure && error.code === "stopped") throw error;
      return false;
    }
  }

  /** @param {CatalogueModel} model */
  async #startWith(model) {
    const pace = new Pace();
    const again = this.shelf.current !== null;
    try {
      const prepared = await this.client.prepare((progress) => {
        if (progress.stage === "check") this.#set({ name: "checking" });
        else this.#set({ name: "downloading", amounts: pace.amounts(progress), again });
      }, model);
      this.#take(prepared);
    } catch (error) {
      const lost = error instanceof Failure && ["network", "http_status"].includes(error.code);
      // The reader had a model here: that the phone deleted it is the news, not that there is no signal.
      throw again && lost && this.shelf.current?.id === model.id ? new Failure("evicted") : error;
    }
  }

  /** @param {Progress} progress */
  #checking({ stage }) {
    if (stage === "check") this.#set({ name: "checking" });
  }

  /** @param {Prepared} prepared */
  #take(prepared) {
    this.prepared = prepared;
    this.#onPrepared(prepared);
  }

  /** @param {Promise<boolean>} shell stored */
  async #conclude(shell) {
    const { stored = false, storageFailure: full = null } = this.prepared ?? {};
    if (full?.needed) throw new Failure("quota", full);
    // Identifying is possible by now; storing the rest of the app may take longer.
    if (!(await shell) || !stored) throw new Failure("worker_blocked");
    await this.#remember();
    this.#set({ name: "ready" });
    void this.askToKeep(false);
    void this.#findBestEngine();
  }

  async #remember() {
    this.shelf = shelves.withCurrent(this.shelf, this.client.entry, new Date().toISOString());
    this.client.shelf = shelves.modelsOf(this.shelf);
    await shelves.saveShelf(this.shelf);
  }

  /** Have the browser promise to keep what is stored. @param {boolean} [asked] by the reader */
  async askToKeep(asked = true) {
    this.kept = await persistent(asked);
    this.#changed();
  }

  /** Once for each model and browser, when nobody waits. */
  async #findBestEngine() {
    const { entry } = this.client;
    if ((await shelves.bestEngine(entry)) || this.prepared?.backend !== "wasm") return;
    await new Promise((resolve) => setTimeout(resolve, 3000));
    try {
      const { backend } = await this.client.compare();
      await shelves.rememberEngine(entry, backend);
    } catch {
      // No signal for the other engine, or a driver that fails: the one that works goes on.
    }
  }

  /** @param {CatalogueModel} wanted */
  async #lookForUpdate(wanted) {
    if (wanted.id === this.client.entry.id) return;
    try {
      this.update = { model: wanted, bytes: await this.client.missing(wanted) };
      this.#changed();
      const small = this.update.bytes <= UNASKED_BYTES && !savesData();
      if (small && this.shelf.stayedFrom !== wanted.id) await this.bring(wanted);
    } catch (error) {
      this.#setJob({ model: wanted, use: true, amounts: null, checking: false, error });
    }
  }

  /**
   * Bring a model onto this phone while the other one goes on identifying.
   *
   * @param {CatalogueModel} model
   * @param {{use?: boolean}} [options] use: let it identify once it is complete and has passed its self-test
   */
  async bring(model, { use = true } = {}) {
    /** @type {Job} */
    const job = { model, use, amounts: null, checking: false, error: null };
    const pace = new Pace();
    this.#setJob(job);
    try {
      const fetched = await this.client.fetch(model, (progress) => {
        this.#setJob({ ...job, amounts: pace.amounts(progress) });
      });
      if (!fetched.stored) throw new Failure("quota", fetched.storageFailure ?? { needed: model.bytes, free: 0 });
      if (use) await this.#switchTo(model, job);
      this.#setJob(null);
    } catch (error) {
      this.#setJob(error instanceof Failure && error.code === "stopped" ? null : { ...job, error });
    } finally {
      this.client.rest();
    }
  }

  /**
   * @param {CatalogueModel} model complete on this phone
   * @param {Job} job
   */
  async #switchTo(model, job) {
    this.#setJob({ ...job, checking: true });
    this.client.backend = await shelves.bestEngine(model);
    this.#take(await this.client.prepare(undefined, model, { download: false }));
    await this.#remember();
    if (this.update?.model.id === model.id) this.update = null;
    void this.#findBestEngine();
  }

  /** The reader asks for a model by name. @param {CatalogueModel} model */
  async choose(model) {
    this.shelf = shelves.withChoice(this.shelf, model, this.catalogue);
    await this.bring(model);
    // Whoever went back is still told that there is a newer one.
    if (!this.job && this.shelf.stayedFrom) await this.#lookForUpdate(shelves.wantedModel(this.catalogue, this.shelf));
  }

  /** Delete a model that does not identify now. @param {CatalogueModel} model */
  async remove(model) {
    if (this.shelf.previous?.id === model.id) {
      this.shelf = { ...this.shelf, previous: null };
      this.client.shelf = shelves.modelsOf(this.shelf);
      await shelves.saveShelf(this.shelf);
    }
    const others = [...this.catalogue.models, ...this.client.shelf].filter(({ manifest }) => manifest !== model.manifest);
    await this.client.keepOnly(others);
    this.client.rest();
    this.#changed();
  }

  /** Stop downloading; what has arrived stays, and `resume` goes on from there. */
  pause() {
    this.client.pause();
    if (this.state.name === "downloading") this.#set({ name: "paused" });
  }

  /** Try again, or go on. */
  resume() {
    if (this.job?.error) return void this.bring(this.job.model, { use: this.job.use });
    return void this.start();
  }

  /** Everything but the journal was deleted from this phone. */
  noteCleared() {
    this.client.pause();
    [this.update, this.job] = [null, null];
    this.#set({ name: "cleared" });
  }

  /** The phone may have deleted the model while the page was in the background. */
  async #lookAfterStorage() {
    if (document.hidden || this.state.name !== "ready") return;
    if (!(await isStored(this.client.entry, this.#base))) this.#set({ name: "failed", error: new Failure("evicted") });
  }

  /** @param {Job | null} job */
  #setJob(job) {
    this.job = job;
    this.#changed();
  }

  /** @param {State} state */
  #set(state) {
    this.state = state;
    this.#changed();
  }

  #changed() {
    this.#line.show();
    for (const changed of this.#watchers) changed();
  }
}
