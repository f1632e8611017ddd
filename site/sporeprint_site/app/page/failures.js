/** Failures in plain words: what happened, and what to do next. */

import { Failure } from "../shared/failure.js";
import { megabytes, t } from "./strings.js";

/** @import {FailureCode, FailureDetails} from "../shared/failure.js" */

/** What an engine computes on, as people know it. @type {Record<string, string>} */
const TECHNOLOGIES = { wasm: "WebAssembly", webgl: "WebGL" };

/** @type {Record<FailureCode, (details: FailureDetails) => string>} */
const SENTENCES = {
  empty: () => t("failure.empty"),
  heic: () => t("failure.heic"),
  not_an_image: () => t("failure.not_an_image"),
  undecodable: () => t("failure.undecodable"),
  too_large: (details) => t("failure.too_large", details),
  not_identified: () => t("failure.not_identified"),
  no_activation: () => t("failure.no_activation"),
  network: () => t("failure.network"),
  http_status: (details) => t("failure.http_status", details),
  wrong_bytes: (details) => t("failure.wrong_bytes", details),
  quota: ({ needed, free }) => {
    const sizes = { needed: megabytes(Number(needed)), free: megabytes(Number(free)) };
    // What a browser calls free may be far more than it then grants.
    return free < needed ? t("failure.quota", sizes) : t("failure.quota_unknown", sizes);
  },
  manifest: (details) => t("failure.manifest", details),
  model_broken: (details) => t("failure.model_broken", details),
  self_test: () => t("failure.self_test"),
  insecure: () => t("failure.insecure"),
  engine_blocked: ({ backend }) => t("failure.engine_blocked", { technology: TECHNOLOGIES[backend] ?? backend }),
  worker_blocked: () => t("failure.worker_blocked"),
  evicted: () => t("failure.evicted"),
  stopped: () => t("failure.stopped"),
  crashed: () => t("failure.crashed"),
  timeout: () => t("failure.timeout"),
};

/**
 * @param {unknown} error
 * @returns {string}
 */
export function inWords(error) {
  if (error instanceof Failure) return SENTENCES[error.code](error.details);
  console.error(error);
  return t("failure.crashed");
}
