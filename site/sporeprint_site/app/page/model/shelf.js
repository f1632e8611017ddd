/** Which models this phone works with: remembered between visits, apart from the files themselves. */

import { recall, remember } from "../store.js";

/**
 * @import {Backend, Catalogue, CatalogueModel} from "../../shared/messages.js"
 *
 * @typedef {object} Shelf
 * @property {CatalogueModel | null} current the last one that passed its self-test here
 * @property {string} checkedAt when it did; ISO 8601
 * @property {CatalogueModel | null} previous what identified before it, to go back to
 * @property {string | null} chosen name of the model that the reader chose; null: whatever the site offers first
 * @property {string | null} stayedFrom id of a newer model that the reader went back from: offered, never taken unasked
 *
 * @typedef {object} EngineChoice
 * @property {string} of the model and the browser that it was measured for
 * @property {Backend} backend
 */

/** @type {Shelf} */
const EMPTY = { current: null, checkedAt: "", previous: null, chosen: null, stayedFrom: null };

/** @returns {Promise<Shelf>} */
export async function loadShelf() {
  return { ...EMPTY, ...(await recall("shelf")) };
}

/** @param {Shelf} shelf */
export async function saveShelf(shelf) {
  await remember("shelf", shelf);
}

/**
 * The model of the site that should identify here: the reader's choice, or the newest of that name.
 *
 * @param {Catalogue} catalogue
 * @param {Shelf} shelf
 * @returns {CatalogueModel}
 */
export function wantedModel({ models }, { chosen, current }) {
  const named = chosen === null ? undefined : models.find(({ name }) => name === chosen);
  // What the site offers no longer goes on working for whoever chose it.
  const kept = chosen !== null && current?.name === chosen ? current : undefined;
  return named ?? kept ?? models.find((model) => model.default) ?? models[0];
}

/**
 * The shelf once another model has passed its self-test.
 *
 * @param {Shelf} shelf
 * @param {CatalogueModel} model
 * @param {string} checkedAt
 * @returns {Shelf}
 */
export function withCurrent(shelf, model, checkedAt) {
  const { current, previous } = shelf;
  const replaced = current && current.id !== model.id;
  return { ...shelf, current: model, checkedAt, previous: replaced ? current : previous };
}

/**
 * The shelf of a reader who asked for a model by hand.
 *
 * @param {Shelf} shelf
 * @param {CatalogueModel} model
 * @param {Catalogue} catalogue
 * @returns {Shelf}
 */
export function withChoice(shelf, model, catalogue) {
  if (!catalogue.models.some(({ id }) => id === model.id)) {
    return { ...shelf, stayedFrom: wantedModel(catalogue, shelf).id };
  }
  return { ...shelf, chosen: model.default ? null : model.name, stayedFrom: null };
}

/** Models whose files stay. @param {Shelf} shelf @returns {CatalogueModel[]} */
export function modelsOf({ current, previous }) {
  return [current, previous].filter((model) => model !== null);
}

/** @param {CatalogueModel} model */
function browserAnd({ id }) {
  return `${id} ${navigator.userAgent}`;
}

/**
 * The engine that was found to be the best one for a model in this very browser.
 *
 * @param {CatalogueModel} model
 * @returns {Promise<Backend | null>} null: nothing was compared yet
 */
export async function bestEngine(model) {
  const choice = await recall("engine");
  return choice?.of === browserAnd(model) ? choice.backend : null;
}

/**
 * @param {CatalogueModel} model
 * @param {Backend} backend
 */
export async function rememberEngine(model, backend) {
  await remember("engine", { of: browserAnd(model), backend });
}
