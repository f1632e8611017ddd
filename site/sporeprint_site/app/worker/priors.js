/** The priors of a model, from its verified files. */

import { Failure } from "../shared/failure.js";
import { parsePriors } from "../shared/priors.js";
import { fileOf } from "./fetch_model.js";

/**
 * @import {Priors} from "../shared/priors.js"
 * @import {ModelFiles} from "./fetch_model.js"
 */

/**
 * @param {ModelFiles} files
 * @returns {Priors | null} null: the model has none
 * @throws {Failure} `model_broken`: the file is not what the manifest describes
 */
export function priorsOf(files) {
  const { priors, classes } = files.manifest;
  if (!priors) return null;
  try {
    return parsePriors(fileOf(files, String(priors.path)), priors, classes.length);
  } catch (error) {
    if (error instanceof RangeError) throw new Failure("model_broken", { reason: `priors: ${error.message}` });
    throw error;
  }
}
