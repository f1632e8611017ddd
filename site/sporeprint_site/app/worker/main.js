/** The model worker: everything that takes longer than a frame. One request at a time; the page queues. */

import { describeFailure, Failure } from "../shared/failure.js";
import { compare } from "./compare.js";
import { fetchModel, missingBytes } from "./fetch_model.js";
import { explain, identify } from "./identify.js";
import { prepare, supplyOf, tidy } from "./prepare.js";

/**
 * @import {Answer, FetchRequest, Fetched, Progress, Reply, Request} from "../shared/messages.js"
 * @import {Loaded} from "./prepare.js"
 */

/** @type {Loaded | null} */
let current = null;

/** @param {MessageEvent<Request & {call: number}>} event */
self.onmessage = async ({ data }) => {
  const { call } = data;
  try {
    const value = await answer(data, (progress) => reply({ call, kind: "progress", progress }));
    reply({ call, kind: "done", value });
  } catch (error) {
    if (!(error instanceof Failure)) console.error(error);
    reply({ call, kind: "failed", failure: describeFailure(error, "crashed") });
  }
};

/** @param {Reply} message */
function reply(message) {
  self.postMessage(message);
}

/**
 * @param {Request} request
 * @param {(progress: Progress) => void} report
 * @returns {Promise<Answer>}
 */
async function answer(request, report) {
  if (request.type === "prepare") return prepare(request, report, take);
  if (request.type === "fetch") return fetchOnly(request, report);
  if (request.type === "missing") return missingBytes(request.model, await supplyOf(request));
  if (request.type === "tidy") return tidy(request.keep, request, await supplyOf(request));
  if (!current) throw new Failure("model_broken", { reason: "no model is loaded" });
  const loaded = current;
  const { model, manifest, priors } = loaded;
  if (request.type === "compare") return compare(request, loaded, (faster) => take({ ...loaded, model: faster }));
  if (request.type === "explain") return explain(request.photo, model, manifest, request.classIndex);
  return identify(request.photos, model, manifest, { priors, context: request.context });
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
  await supply.store.settled();
  return { downloaded, stored: supply.store.persistent, storageFailure: supply.store.storageFailure };
}
