/**
 * What computes: tfjs on WebAssembly, which every install has; on the graphics processor or in plain JavaScript where
 * that is needed. Those are fetched then, verified and kept like a model's files.
 */

import { Failure } from "../shared/failure.js";
import { fetchFile } from "./fetch_model.js";
import { hasGraphics } from "./graphics.js";

/**
 * @import {Backend, EngineFile} from "../shared/messages.js"
 * @import {Supply} from "./fetch_model.js"
 *
 * @typedef {typeof import("./engine.js")} Engine
 * @typedef {Partial<Record<Backend, EngineFile>>} EngineFiles of the engines that are no part of the app's shell
 */

/** @type {Map<Backend, Promise<Engine>>} */
const started = new Map();

/**
 * The engines to try, in order. The first one that gives the reference's scores is taken.
 *
 * @param {Backend | null} preferred the one that was best here before
 * @param {EngineFiles} files
 * @returns {Backend[]}
 */
export function enginesToTry(preferred, files) {
  /** @type {Backend[]} */
  const order = ["wasm"];
  if (files.webgl && hasGraphics()) order.push("webgl");
  if (files.cpu) order.push("cpu");
  return preferred && order.includes(preferred) ? [preferred, ...order.filter((name) => name !== preferred)] : order;
}

/**
 * Start an engine, once unless that failed.
 *
 * @param {Backend} backend
 * @param {EngineFiles} files
 * @param {Supply} supply
 * @returns {Promise<Engine>}
 * @throws {Failure} `engine_blocked`: a content security policy or a setting forbids what the engine needs; `network`
 *   and the like: a part of it did not arrive
 */
export function startEngine(backend, files, supply) {
  const running = started.get(backend) ?? begin(backend, files[backend], supply);
  started.set(backend, running);
  running.catch(() => started.delete(backend));
  return running;
}

/**
 * @param {Backend} backend
 * @param {EngineFile | undefined} file
 * @param {Supply} supply
 */
async function begin(backend, file, supply) {
  const engine = await (file ? fetched(file, supply) : import("./engine.js")).catch((error) => {
    if (error instanceof Failure) throw error;
    // A module that once failed to arrive stays missing for as long as its worker lives.
    throw new Failure("network", { file: backend, restart: 1 });
  });
  const runs = await engine.startBackend(new URL("vendor/", supply.base).href).catch(() => {
    throw new Failure("engine_blocked", { backend: engine.BACKEND });
  });
  // The files are the site's own: what failed is their way here.
  if (!runs) throw new Failure("network", { file: engine.BACKEND });
  return engine;
}

/**
 * Only verified bytes are kept, and the service worker answers with what is kept.
 *
 * @param {EngineFile} file
 * @param {Supply} supply
 * @returns {Promise<Engine>}
 */
async function fetched(file, supply) {
  const url = new URL(file.path, supply.base).href;
  await fetchFile({ ...file, name: file.path, url }, supply);
  // Every tfjs of a thread would share the first one's state, its backend included.
  delete (/** @type {{_tfengine?: object}} */ (globalThis))._tfengine;
  return import(url);
}
