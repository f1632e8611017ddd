/** The model worker: everything that takes longer than a frame. One request at a time; the page queues. */

import { describeFailure, Failure } from "../shared/failure.js";
import { ContentStore, requireSecureContext } from "./content_store.js";
import { runningBackend } from "./engine.js";
import { fetchModel, fileOf, wantedAddresses } from "./fetch_model.js";
import { explain, identify, selfTest } from "./identify.js";
import { Model, startEngine } from "./model.js";
import { priorsOf } from "./priors.js";

/**
 * @import {Manifest} from "../shared/manifest.js"
 * @import {Priors} from "../shared/priors.js"
 * @import {Explained, Identified, PrepareRequest, Prepared, Progress, Reply, Request} from "../shared/messages.js"
 */

/** @type {{model: Model, manifest: Manifest, priors: Priors | null} | null} */
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
 * @returns {Promise<Prepared | Identified | Explained>}
 */
async function answer(request, report) {
  if (request.type === "prepare") return prepare(request, report);
  if (!current) throw new Failure("model_broken", { reason: "no model is loaded" });
  const { model, manifest, priors } = current;
  if (request.type === "explain") return explain(request.photo, model, manifest, request.classIndex);
  return identify(request.photos, model, manifest, { priors, context: request.context });
}

/**
 * @param {PrepareRequest} request
 * @param {(progress: Progress) => void} report
 * @returns {Promise<Prepared>}
 */
async function prepare({ model: entry, keep, base }, report) {
  requireSecureContext();
  const started = performance.now();
  const store = await ContentStore.open();
  // The runtime is a download too: both at once, and a browser that cannot run the model says so first.
  const [files] = await Promise.all([fetchModel(entry, base, store, report), startEngine()]);
  const fetched = performance.now();
  report({ stage: "check", received: entry.bytes, total: entry.bytes });
  const priors = priorsOf(files);
  const model = new Model(files);
  const loaded = performance.now();
  const photo = new Blob([fileOf(files, files.manifest.self_test.photo)]);
  const difference = await selfTest(photo, model, files.manifest).catch((error) => {
    model.dispose();
    throw error;
  });
  current?.model.dispose();
  current = { model, manifest: files.manifest, priors };
  // Only now: until the new model has proven itself the old one's files stay.
  if (store.persistent) await store.keepOnly(await wantedAddresses(keep, base, store), base);
  return {
    manifest: files.manifest,
    stored: store.persistent,
    storageFailure: store.storageFailure,
    downloaded: files.downloaded,
    selfTestDifference: difference,
    backend: runningBackend(),
    timings: { download: fetched - started, load: loaded - fetched, selfTest: performance.now() - loaded },
  };
}
