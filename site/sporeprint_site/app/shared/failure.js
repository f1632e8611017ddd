/**
 * Every failure that the app expects, by code. Codes cross threads; the page turns them into words.
 *
 *     photo     empty · heic · not_an_image · undecodable · too_large · not_identified · no_activation
 *     model     network · http_status · wrong_bytes · quota · manifest · model_broken · self_test
 *     browser   insecure · engine_blocked · worker_blocked · evicted · crashed · timeout · stopped
 *
 * @typedef {"empty" | "heic" | "not_an_image" | "undecodable" | "too_large" | "not_identified" | "no_activation"
 *   | "network" | "http_status" | "wrong_bytes" | "quota" | "manifest" | "model_broken" | "self_test" | "insecure"
 *   | "engine_blocked" | "worker_blocked" | "evicted" | "crashed" | "timeout" | "stopped"} FailureCode
 * @typedef {Record<string, string | number>} FailureDetails
 */

/** An expected failure: a code and the values that its sentence needs. */
export class Failure extends Error {
  /**
   * @param {FailureCode} code
   * @param {FailureDetails} [details]
   */
  constructor(code, details = {}) {
    super(`${code} ${JSON.stringify(details)}`);
    this.name = "Failure";
    this.code = code;
    this.details = details;
  }
}

/**
 * What any thrown value is to the other thread. A bug keeps its text, for the console.
 *
 * @param {unknown} error
 * @param {FailureCode} otherwise the code of an unexpected error at this place
 * @returns {{code: FailureCode, details: FailureDetails}}
 */
export function describeFailure(error, otherwise) {
  if (error instanceof Failure) return { code: error.code, details: error.details };
  return { code: otherwise, details: { reason: error instanceof Error ? error.message : String(error) } };
}
