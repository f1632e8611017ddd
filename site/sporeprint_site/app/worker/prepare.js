/** From the name of a model to one that identifies: fetched, loaded, and tried on this very device. */

import { Failure } from "../shared/failure.js";
import { ContentStore, requireSecureContext } from "./content_store.js";
import { enginesToTry, startEngine } from "./engines.js";
import { fetchModel, fileOf, wantedAddresses } from "./fetch_model.js";
import { selfTest } from "./identify.js";
import { Model } from "./model.js";
import { priorsOf } from "./priors.js";
import { heldManifests, unlessBusy } from "./turns.js";

/**
 * @import {Manifest} from "../shared/manifest.js"
 * @import {Backend, Place, PrepareRequest, Prepared, Progress} from "../shared/messages.js"
 * @import {Priors} from "../shared/priors.js"
 * @import {Engine} from "./engines.js"
 * @import {ModelFiles, Supply} from "./fetch_model.js"
 *
 * @typedef {{model: Model, manifest: Manifest, priors: Priors | null}} Loaded
 * @typedef {{model: Model, difference: number}} Tested
 */

/** Plain JavaScript computes for up to a minute without a word. */
const PATIENCE_MS = 240_000;

/**
 * @param {Place} place
 * @param {(progress: Progress) => void} [report]
 * @param {boolean} [download]
 * @returns {Promise<Supply>}
 */
export async function supplyOf({ base }, report = () => undefined, download = true) {
  requireSecureContext();
  return { base, report, download, store: await ContentStore.open() };
}

/**
 * @param {PrepareRequest} request
 * @param {(progress: Progress) => void} report
 * @param {(loaded: Loaded) => void} take over from the model that identified until now
 * @returns {Promise<Prepared>}
 */
export async function prepare(request, report, take) {
  const started = performance.now();
  const supply = await supplyOf(request, report, request.download);
  const { model: entry, engines } = request;
  const order = enginesToTry(request.backend, engines);
  // The runtime is a download too: both at once.
  void startEngine(order[0], engines, supply).catch(() => undefined);
  const files = await fetchModel(entry, supply);
  const fetched = performance.now();
  report({ stage: "check", received: entry.bytes, total: entry.bytes });
  const priors = priorsOf(files);
  const test = async (/** @type {Backend} */ backend) => {
    if (backend === "cpu") report({ stage: "check", received: 0, total: entry.bytes, patience: PATIENCE_MS });
    return tested(files, await startEngine(backend, engines, supply));
  };
  const { model, difference } = await firstThatPasses(order, test);
  take({ model, manifest: files.manifest, priors });
  const selfTested = performance.now();
  // Only now: until the new model has proven itself the old one's files stay.
  await tidy(request.keep, request, supply);
  const { persistent: stored, storageFailure } = supply.store;
  return {
    manifest: files.manifest,
    stored,
    storageFailure,
    downloaded: files.downloaded,
    selfTestDifference: difference,
    backend: /** @type {Backend} */ (model.backend),
    timings: { download: fetched - started, load: 0, selfTest: selfTested - fetched },
  };
}

/**
 * Load a model on an engine and see that it gives the reference's scores there.
 *
 * @param {ModelFiles} files
 * @param {Engine} engine
 * @returns {Promise<Tested>}
 * @throws {Failure} `model_broken`, `self_test`, or a photo's failure
 */
export async function tested(files, engine) {
  const model = new Model(files, engine);
  try {
    const photo = new Blob([fileOf(files, files.manifest.self_test.photo)]);
    return { model, difference: await selfTest(photo, model, files.manifest) };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/**
 * @param {Backend[]} order
 * @param {(backend: Backend) => Promise<Tested>} test
 * @throws {Failure} why the first one did not pass, if none does
 */
async function firstThatPasses(order, test) {
  /** @type {unknown[]} */
  const failures = [];
  for (const backend of order) {
    try {
      return await test(backend);
    } catch (error) {
      failures.push(error);
      if (!isTheEngines(error, backend)) break;
    }
  }
  throw failures[0];
}

/**
 * Whether another engine may do better. A part that did not arrive is no reason to compute slowly from then on.
 *
 * @param {unknown} error
 * @param {Backend} backend
 */
function isTheEngines(error, backend) {
  if (backend === "webgl") return true;
  return error instanceof Failure && ["engine_blocked", "self_test"].includes(error.code);
}

/**
 * Delete what neither `keep` nor any tab needs.
 *
 * @param {string[]} keep manifests, as paths in the site
 * @param {Place} place
 * @param {Supply} supply
 */
export async function tidy(keep, { base, engines }, { store }) {
  if (!store.persistent) return;
  await unlessBusy(async () => {
    const wanted = await wantedAddresses([...keep, ...(await heldManifests())], base, store);
    for (const { path } of Object.values(engines)) wanted.add(new URL(path, base).href);
    await store.keepOnly(wanted, base);
  });
}
