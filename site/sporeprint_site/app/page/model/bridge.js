/** Calls into the model worker, one at a time; a worker that fails or goes silent is ended, and begun when needed. */

import { Failure } from "../../shared/failure.js";

/** @import {ContextMessage, Progress, Reply, Request} from "../../shared/messages.js" */

/** A worker that says nothing for this long, not even progress, is lost. */
const SILENCE_MS = 30_000;

/** After these nothing is known of a worker's state; its runtime, for one, can be started only once. */
const BROKEN = new Set(["crashed", "engine_blocked"]);

/** The queue in front of one worker. */
export class WorkerBridge {
  #spawn;
  #silence;
  /** @type {Worker | null} */
  #worker = null;
  /** @type {Promise<unknown>} */
  #queue = Promise.resolve();
  #calls = 0;
  /** @type {() => void} rejects the call that the worker is at */
  #stop = () => undefined;
  #patience = 0;
  /** Counts the workers begun, so that a caller can tell that its state was lost. */
  incarnation = 0;

  /**
   * @param {() => Worker} spawn
   * @param {number} [silence] milliseconds
   */
  constructor(spawn, silence = SILENCE_MS) {
    this.#spawn = spawn;
    this.#silence = silence;
  }

  /**
   * Send a request once all earlier ones are settled.
   *
   * @param {Request} request
   * @param {(progress: Progress) => void} [onProgress]
   * @param {Promise<ContextMessage>} [following] sent once it is there; must not fail
   * @returns {Promise<any>}
   * @throws {Failure} whatever the worker reports, or `crashed` or `timeout`
   */
  call(request, onProgress = () => undefined, following = undefined) {
    const result = this.#queue.then(() => this.#send(request, onProgress, following));
    this.#queue = result.catch(() => undefined);
    return result;
  }

  /** Whether the next call has to begin a worker. */
  get ended() {
    return this.#worker === null;
  }

  /** End the worker; its call fails with `stopped`, and the next one begins a new worker. */
  terminate() {
    this.#worker?.terminate();
    this.#worker = null;
    this.#stop();
  }

  #start() {
    if (!this.#worker) {
      this.#worker = this.#spawn();
      this.#patience = 0;
      this.incarnation += 1;
    }
    return this.#worker;
  }

  /**
   * @param {Request} request
   * @param {(progress: Progress) => void} onProgress
   * @param {Promise<ContextMessage>} [following]
   */
  #send(request, onProgress, following) {
    return new Promise((resolve, reject) => {
      const worker = this.#start();
      const call = ++this.#calls;
      const lost = (/** @type {"crashed" | "timeout"} */ code, reason = "") => {
        settle(() => reject(new Failure(code, { reason })));
        this.terminate();
      };
      // A worker on a slow engine has asked for more once, and needs it from then on.
      const within = () => setTimeout(() => lost("timeout"), Math.max(this.#silence, this.#patience));
      let timer = within();
      const listeners = new AbortController();
      const settle = (/** @type {() => void} */ finish) => {
        clearTimeout(timer);
        listeners.abort();
        this.#stop = () => undefined;
        finish();
      };
      this.#stop = () => settle(() => reject(new Failure("stopped")));
      const { signal } = listeners;
      worker.addEventListener("error", (event) => lost("crashed", event.message), { signal });
      worker.addEventListener("messageerror", () => lost("crashed"), { signal });
      worker.addEventListener(
        "message",
        (/** @type {MessageEvent<Reply>} */ { data }) => {
          if (data.call !== call) return;
          clearTimeout(timer);
          if (data.kind === "progress") {
            this.#patience = data.progress.patience ?? this.#patience;
            timer = within();
            onProgress(data.progress);
          } else if (data.kind === "done") settle(() => resolve(data.value));
          else {
            const { code, details } = data.failure;
            settle(() => reject(new Failure(code, details)));
            if (BROKEN.has(code) || details.restart) this.terminate();
          }
        },
        { signal },
      );
      worker.postMessage({ ...request, call });
      void following?.then((message) => worker.postMessage({ ...message, call }));
    });
  }
}
