/** The model as the page sees it: prepare it once, identify with it, and bring it back when its worker dies. */

import { Failure } from "../../shared/failure.js";
import { WorkerBridge } from "./bridge.js";

/**
 * @import {Context} from "../../shared/priors.js"
 * @import {Catalogue, CatalogueModel, ExplainRequest, Explained, Identified, IdentifyRequest, Prepared, Progress}
 *   from "../../shared/messages.js"
 */

/** One model of the catalogue behind one worker. */
export class ModelClient {
  #bridge;
  #catalogue;
  #base;
  /** @type {CatalogueModel} */
  #entry;
  /** The worker that holds the loaded model. */
  #loadedIn = 0;
  /** @type {Promise<Prepared> | null} */
  #preparing = null;
  /**
   * Of the model that identifies now; an answer's scores are in its order of classes.
   *
   * @type {import("../../shared/manifest.js").Manifest | null}
   */
  manifest = null;

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
  }

  /** The model that `prepare` prepares. */
  get entry() {
    return this.#entry;
  }

  /**
   * Prepare another model from now on; what is loaded stays until that one has proven itself.
   *
   * @param {CatalogueModel} entry
   */
  choose(entry) {
    this.#entry = entry;
  }

  /**
   * Download what is missing, load, self-test.
   *
   * @param {(progress: Progress) => void} [onProgress]
   * @returns {Promise<Prepared>}
   * @throws {Failure}
   */
  prepare(onProgress) {
    this.#preparing = this.#prepareWith(onProgress);
    // Whoever identifies later sees the failure again; nobody else must.
    this.#preparing.catch(() => undefined);
    return this.#preparing;
  }

  /** @param {((progress: Progress) => void) | undefined} onProgress */
  async #prepareWith(onProgress) {
    /** @type {Prepared} */
    const prepared = await this.#bridge.call(
      {
        type: "prepare",
        model: this.#entry,
        keep: [this.#entry, ...this.#catalogue.models].map(({ manifest }) => manifest),
        base: this.#base,
      },
      onProgress,
    );
    this.#loadedIn = this.#bridge.incarnation;
    this.manifest = prepared.manifest;
    return prepared;
  }

  /**
   * Name one find; waits for the model. A worker that dies is begun again once.
   *
   * @param {Blob | Blob[]} photos one photo of it, or several
   * @param {Context | null} [context] when and where it was found; without it only the photos count
   * @returns {Promise<Identified>}
   * @throws {Failure}
   */
  identify(photos, context = null) {
    return this.#ask({ type: "identify", photos: [photos].flat(), context });
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

  /** @param {IdentifyRequest | ExplainRequest} request */
  async #ask(request) {
    await (this.#preparing ?? this.prepare());
    try {
      return await this.#askOnce(request);
    } catch (error) {
      if (!(error instanceof Failure) || !["crashed", "timeout"].includes(error.code)) throw error;
      return this.#askOnce(request);
    }
  }

  /** @param {IdentifyRequest | ExplainRequest} request */
  async #askOnce(request) {
    if (this.#loadedIn !== this.#bridge.incarnation || this.#bridge.ended) await this.prepare();
    return this.#bridge.call(request);
  }
}
