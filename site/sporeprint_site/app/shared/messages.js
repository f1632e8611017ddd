/**
 * The only bridge between the page and the model worker: requests one way, replies and progress the other.
 *
 * @import {FailureCode, FailureDetails} from "./failure.js"
 * @import {Decision} from "./decision.js"
 * @import {Manifest} from "./manifest.js"
 * @import {Context, Flag, Part} from "./priors.js"
 *
 * @typedef {object} CatalogueModel a model that the site offers (an entry of catalogue.json)
 * @property {string} id
 * @property {string} name
 * @property {string} manifest path of its manifest in the site
 * @property {string} manifest_sha256
 * @property {number} manifest_bytes
 * @property {number} bytes everything to download, manifest included
 * @property {boolean} default
 *
 * @typedef {object} Catalogue catalogue.json
 * @property {1} format
 * @property {string} title
 * @property {boolean} drawn
 * @property {boolean} allow_url_input
 * @property {Record<string, string[]>} about paragraphs about the site by language, under "" for all; {} without any
 * @property {string | null} contact an https or mailto link
 * @property {string | null} imprint likewise
 * @property {string[]} languages codes of app/strings/, the site's first one first
 * @property {CatalogueModel[]} models
 *
 * @typedef {object} PrepareRequest download what is missing, verify, load, self-test
 * @property {"prepare"} type
 * @property {CatalogueModel} model
 * @property {string[]} keep manifests of the catalogue: content that none of them names is deleted afterwards
 * @property {string} base address of the site, ending in "/"
 *
 * @typedef {object} IdentifyRequest
 * @property {"identify"} type
 * @property {Blob[]} photos of one find
 * @property {Context | null} context when and where it was found; null: not to be considered
 *
 * @typedef {object} ExplainRequest identify, and say where on the photo one class was seen
 * @property {"explain"} type
 * @property {Blob} photo
 * @property {number | null} classIndex in the manifest's order; null: the class with the best score
 *
 * @typedef {PrepareRequest | IdentifyRequest | ExplainRequest} Request
 *
 * @typedef {object} Prepared
 * @property {Manifest} manifest
 * @property {boolean} stored false when the phone kept nothing: the model is in memory only
 * @property {FailureDetails | null} storageFailure sizes, when the storage was full
 * @property {number} downloaded bytes fetched by this call
 * @property {number} selfTestDifference largest difference of a score from the reference
 * @property {string} backend what the engine says it computes on
 * @property {{download: number, load: number, selfTest: number}} timings milliseconds
 *
 * @typedef {object} Timings milliseconds
 * @property {number} decode
 * @property {number} resize
 * @property {number} inference
 * @property {number} decision
 *
 * @typedef {object} Identified
 * @property {string} modelId
 * @property {Float32Array} scores calibrated, one per class, in the manifest's order
 * @property {number | null} familiarity in standard deviations among photos of known species; null where the model
 *   cannot tell
 * @property {Decision} decision
 * @property {Hint | null} hint what the context did; null without one
 * @property {Timings} timings
 *
 * @typedef {object} Hint
 * @property {Part[]} used parts of the priors that could say something
 * @property {Float32Array} before the scores without the context
 * @property {Flag[][]} flags what to say beside each class's name
 *
 * @typedef {object} Activation a class's part of the logit by place in the model's input
 * @property {number} width
 * @property {number} height
 * @property {Float32Array} values row by row from the top; their mean and the class's bias are its logit
 *
 * @typedef {Identified & {activation: Activation, taxon: string}} Explained taxon: scientific name of the class
 *
 * @typedef {object} Box a square of an upright photo, in its pixels
 * @property {number} left
 * @property {number} top
 * @property {number} side
 *
 * @typedef {{photo: Blob, box: Box}} CropRequest to the crop worker; box in whole pixels, inside the photo
 * @typedef {{blob: Blob} | {failure: {code: FailureCode, details: FailureDetails}}} CropReply
 *
 * @typedef {object} Progress
 * @property {"download" | "check"} stage
 * @property {number} received bytes, including what was there before
 * @property {number} total bytes
 *
 * @typedef {{call: number} & (
 *   | {kind: "progress", progress: Progress}
 *   | {kind: "done", value: Prepared | Identified | Explained}
 *   | {kind: "failed", failure: {code: FailureCode, details: FailureDetails}}
 * )} Reply
 */

/** Path of the site. An origin may hold several, and caches and databases belong to the whole origin. */
export const BASE_PATH = new URL("../../", import.meta.url).pathname;

/**
 * Name of the cache that holds model files; the service worker (app/sw/shell.js, which has to build the same name)
 * reads it, the model worker fills it.
 */
export const CONTENT_CACHE = `sporeprint-content${BASE_PATH}`;

/** Name of the cache in which the service worker puts photos that another app shares, for the page to take. */
export const SHARED_CACHE = `sporeprint-shared${BASE_PATH}`;
