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
 * @property {number} [classes] how many taxa it can name
 * @property {number | null} [top1] share of test photos that it names right; null: not measured
 * @property {number} [n_test]
 * @property {number | null} [deadly_recall] share of test photos of deadly species that sound the alarm
 * @property {number} [n_deadly]
 *
 * @typedef {"wasm" | "webgl" | "cpu"} Backend what tfjs computes on
 *
 * @typedef {object} EngineFile tfjs on another backend than the one of the app's shell
 * @property {string} path in the site
 * @property {number} bytes
 * @property {string} sha256
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
 * @property {Partial<Record<Backend, EngineFile>>} [engines]
 *
 * @typedef {object} Place where the model and the engines come from
 * @property {string} base address of the site, ending in "/"
 * @property {Partial<Record<Backend, EngineFile>>} engines
 *
 * @typedef {Place & {type: "prepare", model: CatalogueModel, keep: string[], download: boolean,
 *   backend: Backend | null}} PrepareRequest download what is missing unless told not to, verify, load, self-test;
 *   keep: manifests whose files stay, anything else is deleted afterwards; backend: what was best here before
 * @typedef {Place & {type: "fetch", model: CatalogueModel}} FetchRequest download what is missing, and no more
 * @typedef {Place & {type: "missing", model: CatalogueModel}} MissingRequest how many bytes are to be downloaded
 * @typedef {Place & {type: "tidy", keep: string[]}} TidyRequest delete every file that no manifest of `keep` names
 * @typedef {Place & {type: "compare", model: CatalogueModel}} CompareRequest try whether the graphics processor is
 *   faster, and take it if it is
 *
 * @typedef {{type: "identify", photos: Blob[]}} IdentifyRequest photos of one find; a `ContextMessage` of the same call
 *   follows, and they are looked at meanwhile
 * @typedef {{type: "context", context: Context | null}} ContextMessage when and where the find was made; null: not to be
 *   considered
 *
 * @typedef {object} ExplainRequest identify, and say where on the photo one class was seen
 * @property {"explain"} type
 * @property {Blob} photo
 * @property {number | null} classIndex in the manifest's order; null: the class with the best score
 *
 * @typedef {PrepareRequest | FetchRequest | MissingRequest | TidyRequest | CompareRequest | IdentifyRequest
 *   | ExplainRequest} Request
 *
 * @typedef {object} Prepared
 * @property {Manifest} manifest
 * @property {boolean} stored false when the phone kept nothing: the model is in memory only
 * @property {FailureDetails | null} storageFailure sizes, when the storage was full
 * @property {number} downloaded bytes fetched by this call
 * @property {number} selfTestDifference largest difference of a score from the reference
 * @property {Backend} backend what the engine says it computes on
 * @property {{download: number, load: number, selfTest: number}} timings milliseconds
 *
 * @typedef {object} Fetched
 * @property {number} downloaded bytes
 * @property {boolean} stored
 * @property {FailureDetails | null} storageFailure
 *
 * @typedef {object} Compared
 * @property {Backend} backend the one that computes from now on
 * @property {Partial<Record<Backend, number>>} milliseconds a photo, of each that was tried
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
 * @property {number} [patience] milliseconds of silence that may follow; a slow engine cannot say anything meanwhile
 *
 * @typedef {Prepared | Fetched | Compared | Identified | Explained | number | void} Answer
 *
 * @typedef {{call: number} & (
 *   | {kind: "progress", progress: Progress}
 *   | {kind: "done", value: Answer}
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

/** A tab holds a lock of this name, followed by a manifest's path, for as long as it works with that model. */
export const HOLDING = `sporeprint-model${BASE_PATH}:`;
