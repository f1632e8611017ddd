/** The model worker: everything that takes longer than a frame. One request at a time; the page queues. */

import { describeFailure, Failure } from "../shared/failure.js";
import { compare } from "./compare.js";
import { fetchModel, missingBytes } from "./fetch_model.js";
import { explain, identify } from "./identify.js";
import { prepare, supplyOf, tidy } from "./prepare.js";

/**
 * @import {Answer, ContextMessage, FetchRequest, Fetched, Progress, Reply, Request} from "../shared/messages.js"
 * @import {Context} from "../shared/priors.js"
 * @import {Loaded} from "./prepare.js"
 */

/** @type {Loaded | null} */
let current = null;

/** @type {Map<number, (context: Context | null) => void>} calls that are not told yet when and where a find was made */
const awaiting = new Map();

/** @param {MessageEvent<(Request | ContextMessage) & {call: number}>} event */
self.onmessage = async ({ data }) => {
  const { call } = data;
  if (data.type === "context") {
    awaiting.get(call)?.(data.context);
    return;
  }
  try {
    const value = await answer(data, call);
    reply({ call, kind: "done", value });
  } catch (error) {
    if (!(error instanceof Failure)) console.error(error);
    reply({ call, kind: "failed", failure: describeFailure(error, "crashed") });
  }
  awaiting.delete(call);
};

/** @param {Reply} message */
function reply(message) {
  self.postMessage(message);
}

/**
 * @param {Request} request
 * @param {number} call
 * @returns {Promise<Answer>}
 */
async function answer(request, call) {
  const report = (/** @type {Progress} */ progress) => reply({ call, kind: "progress", progress });
  if (request.type === "prepare") return prepare(request, report, take);
  if (request.type === "fetch") return fetchOnly(request, report);
  if (request.type === "missing") return missingBytes(request.model, await supplyOf(request));
  if (request.type === "tidy") return tidy(request.keep, request, await supplyOf(request));
  if (!current) throw new Failure("model_broken", { reason: "no model is loaded" });
  const loaded = current;
  const { model, manifest, priors } = loaded;
  if (request.type === "compare") return compare(request, loaded, (faster) => take({ ...loaded, model: faster }));
  if (request.type === "explain") return explain(request.photo, model, manifest, request.classIndex);
  /** @type {Promise<Context | null>} */
  const context = new Promise((resolve) => awaiting.set(call, resolve));
  return identify(request.photos, model, manifest, { priors, context });
}

/** @param {Loaded} loaded */
function take(loaded) {
  current?.model.dispose();
  current = loaded;
}

/**
 * @param {FetchRequest} request
 * @param {(progress: Progress) => void} report
 * @returns {Promise<Fetched>}
 */
async function fetchOnly(request, report) {
  const supply = await supplyOf(request, report);
  const { downloaded } = await fetchModel(request.model, supply);
  return { downloaded, stored: supply.store.persistent, storageFailure: supply.store.storageFailure };
}
