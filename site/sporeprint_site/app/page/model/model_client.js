/** The model as the page sees it: prepare it once, identify with it, and bring it back when its worker dies. */

import { Failure } from "../../shared/failure.js";
import { HOLDING } from "../../shared/messages.js";
import { WorkerBridge } from "./bridge.js";

/**
 * @import {Context} from "../../shared/priors.js"
 * @import {Backend, Catalogue, CatalogueModel, Compared, ContextMessage, ExplainRequest, Explained, Fetched, Identified,
 *   IdentifyRequest, Prepared, Progress} from "../../shared/messages.js"
 */

/** Models of the site: one of them loaded in a worker, the others downloaded beside it. */
export class ModelClient {
  #bridge;
  /** What downloads while the other worker goes on identifying. */
  #loader;
  #catalogue;
  #base;
  /** @type {CatalogueModel} */
  #entry;
  /** The worker that holds the loaded model. */
  #loadedIn = 0;
  /** @type {Promise<Prepared> | null} */
  #preparing = null;
  /** Lets other tabs delete the files of the model that was loaded until now. */
  #letGo = () => undefined;
  /**
   * Of the model that identifies now; an answer's scores are in its order of classes.
   *
   * @type {import("../../shared/manifest.js").Manifest | null}
   */
  manifest = null;
  /** @type {CatalogueModel[]} besides the site's own, models whose files stay on the phone */
  shelf = [];
  /** @type {Backend | null} the engine that was best for this model and browser before */
  backend = null;

  /**
   * @param {Catalogue} catalogue
   * @param {CatalogueModel} entry
   * @param {string} base address of the site
   * @param {() => Worker} spawn
   */
  constructor(catalogue, entry, base, spawn) {
    this.#catalogue = catalogue;
    this.#entry = entry;
    this.#base = base;
    this.#bridge = new WorkerBridge(spawn);
    this.#loader = new WorkerBridge(spawn);
  }

  /** The model that identifies, or the one that will. */
  get entry() {
    return this.#entry;
  }

  /**
   * Download what is missing, load, self-test. The model that identified before goes on until this one has proven
   * itself, and if it does not.
   *
   * @param {(progress: Progress) => void} [onProgress]
   * @param {CatalogueModel} [entry] another model from now on
   * @param {{download?: boolean}} [options] download: false only takes what is on the phone
   * @returns {Promise<Prepared>}
   * @throws {Failure}
   */
  prepare(onProgress, entry = this.#entry, { download = true } = {}) {
    if (!this.#loaded) this.#entry = entry;
    this.#preparing = this.#prepareWith(onProgress, entry, download);
    // Whoever identifies later sees the failure again, unless another model identifies; nobody else must.
    const over = () => void (this.manifest && (this.#preparing = null));
    this.#preparing.then(over, over);
    return this.#preparing;
  }

  /**
   * @param {((progress: Progress) => void) | undefined} onProgress
   * @param {CatalogueModel} model
   * @param {boolean} download
   */
  async #prepareWith(onProgress, model, download) {
    const letGo = this.#hold(model);
    const keep = [model, ...this.shelf, ...this.#catalogue.models].map(({ manifest }) => manifest);
    const { backend } = this;
    /** @type {Prepared} */
    const prepared = await this.#bridge
      .call({ type: "prepare", model, keep, download, backend, ...this.#place }, onProgress)
      .catch((error) => {
        letGo();
        throw error;
      });
    this.#letGo();
    this.#letGo = letGo;
    this.#loadedIn = this.#bridge.incarnation;
    this.#entry = model;
    this.manifest = prepared.manifest;
    return prepared;
  }

  /**
   * Keep other tabs from deleting what this one works with.
   *
   * @param {CatalogueModel} model
   * @returns {() => undefined} ends it
   */
  #hold({ manifest }) {
    let end = () => undefined;
    const held = new Promise((resolve) => (end = () => void resolve(undefined)));
    void navigator.locks?.request(HOLDING + manifest, { mode: "shared" }, () => held);
    return end;
  }

  get #place() {
    return { base: this.#base, engines: this.#catalogue.engines ?? {} };
  }

  /** A worker holds a model that passed its self-test. */
  get #loaded() {
    return this.#loadedIn === this.#bridge.incarnation && !this.#bridge.ended;
  }

  /**
   * Download a model and do no more with it.
   *
   * @param {CatalogueModel} model
   * @param {(progress: Progress) => void} [onProgress]
   * @returns {Promise<Fetched>}
   * @throws {Failure}
   */
  fetch(model, onProgress) {
    return this.#loader.call({ type: "fetch", model, ...this.#place }, onProgress);
  }

  /** Bytes of a model that are not on this phone yet. @param {CatalogueModel} model @returns {Promise<number>} */
  missing(model) {
    return this.#loader.call({ type: "missing", model, ...this.#place });
  }

  /** Delete every model's files but those of these. @param {CatalogueModel[]} models @returns {Promise<void>} */
  keepOnly(models) {
    return this.#loader.call({ type: "tidy", keep: models.map(({ manifest }) => manifest), ...this.#place });
  }

  /** Take the graphics processor where it is the faster engine. @returns {Promise<Compared>} */
  compare() {
    return this.#bridge.call({ type: "compare", model: this.#entry, ...this.#place });
  }

  /** Stop downloading; what has arrived stays. */
  pause() {
    this.#loader.terminate();
    if (!this.#loaded) this.#bridge.terminate();
  }

  /** The downloader is not needed for now. */
  rest() {
    this.#loader.terminate();
  }

  /**
   * Name one find; waits for the model. A worker that dies is begun again once.
   *
   * @param {Blob | Blob[]} photos one photo of it, or several
   * @param {Context | null | Promise<Context | null>} [context] when and where it was found, or what will be known of
   *   that; without it only the photos count
   * @returns {Promise<Identified>}
   * @throws {Failure}
   */
  identify(photos, context = null) {
    const following = Promise.resolve(context).then((known) => ({ type: /** @type {const} */ ("context"), context: known }));
    return this.#ask({ type: "identify", photos: [photos].flat() }, following);
  }

  /**
   * The same with the places on the photo that speak for one class.
   *
   * @param {Blob} photo
   * @param {number | null} [classIndex] in the manifest's order; the class with the best score without it
   * @returns {Promise<Explained>}
   * @throws {Failure} as `identify`, or `no_activation`
   */
  explain(photo, classIndex = null) {
    return this.#ask({ type: "explain", photo, classIndex });
  }

  /** @param {IdentifyRequest | ExplainRequest} request @param {Promise<ContextMessage>} [following] */
  async #ask(request, following) {
    if (!this.#loaded) await (this.#preparing ?? this.prepare());
    try {
      return await this.#askOnce(request, following);
    } catch (error) {
      if (!(error instanceof Failure) || !["crashed", "timeout"].includes(error.code)) throw error;
      return this.#askOnce(request, following);
    }
  }

  /** @param {IdentifyRequest | ExplainRequest} request @param {Promise<ContextMessage>} [following] */
  async #askOnce(request, following) {
    if (!this.#loaded) await this.prepare();
    return this.#bridge.call(request, undefined, following);
  }
}
