/** The find that is being looked at: its photos, and how far its answer is. */

import { Failure } from "../../shared/failure.js";
import { announcement } from "./sentence.js";
import { occasionOf } from "./occasion.js";
import { asFindPhoto, readTraits } from "./photo.js";

/**
 * @import {Box, Identified} from "../../shared/messages.js"
 * @import {Manifest} from "../../shared/manifest.js"
 * @import {Context} from "../../shared/priors.js"
 * @import {App} from "../app.js"
 * @import {FindPhoto, NewPhoto, Part} from "./photo.js"
 *
 * @typedef {object} Photos
 * @property {FindPhoto[]} photos
 * @property {string | null} ownName the reader's correction
 * @property {number} leftOut photos beyond the limit
 *
 * @typedef {Photos & {state: "working"}} WorkingFind
 * @typedef {Photos & {state: "done", identified: Identified, manifest: Manifest, context: Context | null}} DoneFind
 * @typedef {Photos & {state: "failed", error: unknown, culprit: number | null}} FailedFind culprit: index of the one
 *   photo of several that cannot be used
 * @typedef {WorkingFind | DoneFind | FailedFind} Find
 */

/** More photos than this say little more, and each takes its time. */
export const MOST_PHOTOS = 6;

/** What a single photo can be guilty of. */
const OF_A_PHOTO = new Set(["empty", "heic", "not_an_image", "undecodable", "too_large", "not_identified"]);

/** One at a time; a later find takes its place. */
export class CurrentFind {
  #app;
  #turn = 0;
  /** @type {Find | null} */
  value = null;
  /** Index of the photo that is shown large. */
  shown = 0;

  /** @param {App} app */
  constructor(app) {
    this.#app = app;
  }

  /** Identify another find. @param {NewPhoto[]} photos */
  async begin(photos) {
    if (!photos.length) return;
    for (const { url } of this.value?.photos ?? []) URL.revokeObjectURL(url);
    this.value = null;
    await this.add(photos);
  }

  /** Identify the find anew with further photos of it. @param {NewPhoto[]} photos */
  async add(photos) {
    const kept = this.value?.photos ?? [];
    const taken = photos.slice(0, MOST_PHOTOS - kept.length);
    this.shown = kept.length ? kept.length + taken.length - 1 : 0;
    await this.#look([...kept, ...taken.map(asFindPhoto)], photos.length - taken.length);
  }

  /** @param {number} index */
  async remove(index) {
    const photos = this.value?.photos.filter((_, other) => other !== index) ?? [];
    URL.revokeObjectURL(this.value?.photos[index]?.url ?? "");
    this.shown = Math.max(0, Math.min(this.shown, photos.length - 1));
    if (photos.length) return this.#look(photos);
    this.#turn++;
    this.value = null;
    this.#app.go("");
  }

  /**
   * Use a part of a photo, cut from the original, or all of it again.
   *
   * @param {FindPhoto} photo
   * @param {Blob} blob
   * @param {Box | null} box
   */
  async replace(photo, blob, box) {
    const photos = [...(this.value?.photos ?? [])];
    const index = photos.indexOf(photo);
    // Another find took its place, or the photo was removed.
    if (index < 0) return;
    URL.revokeObjectURL(photo.url);
    photos[index] = { ...photo, blob, url: URL.createObjectURL(blob), box };
    this.shown = index;
    await this.#look(photos);
  }

  /** @param {number} index @param {Part} part */
  describe(index, part) {
    if (this.value) this.value.photos[index].part = part;
  }

  /** The reader's own name for it, or none again. @param {string | null} ownName */
  name(ownName) {
    if (!this.value) return;
    this.value.ownName = ownName;
    this.#app.show();
  }

  /** Show the same find with or without its place and season. */
  async weigh() {
    const turn = ++this.#turn;
    if (this.value) await this.#conclude(turn, this.value);
  }

  /** @param {FindPhoto[]} photos @param {number} [leftOut] */
  async #look(photos, leftOut = 0) {
    const turn = ++this.#turn;
    this.value = { state: "working", photos, leftOut, ownName: this.value?.ownName ?? null };
    const concluded = this.#conclude(turn, this.value);
    // The worker gets the photos before the screen is drawn: both at once.
    await new Promise((resolve) => setTimeout(resolve));
    if (turn === this.#turn) {
      this.#app.announce("");
      this.#app.go("result");
    }
    await concluded;
  }

  /** @param {number} turn @param {Photos} find */
  async #conclude(turn, { photos, leftOut, ownName }) {
    const outcome = await this.#outcome({ photos, leftOut, ownName });
    if (turn !== this.#turn) return;
    this.value = { ...outcome, ownName: this.value?.ownName ?? ownName };
    if (outcome.state === "failed" && outcome.culprit !== null) this.shown = outcome.culprit;
    // Whoever has gone on to another screen stays there, and finds the answer when coming back.
    if (location.hash === "#result") this.#app.show();
    if (outcome.state === "done") this.#app.announce(announcement(outcome.identified, outcome.manifest));
  }

  /** @param {Photos} find @returns {Promise<DoneFind | FailedFind>} */
  async #outcome(find) {
    const { client } = this.#app;
    const blobs = find.photos.map(({ blob }) => blob);
    const reading = this.#context(find.photos);
    try {
      const identified = await client.identify(blobs, reading);
      const context = await reading;
      // The find keeps the names that its scores belong to: another model may take over while it is looked at.
      const { manifest } = client;
      if (manifest?.id !== identified.modelId) throw new Failure("not_identified");
      return { ...find, state: "done", identified, manifest, context };
    } catch (error) {
      return { ...find, state: "failed", error, culprit: await this.#culprit(blobs, error) };
    }
  }

  /** When and where a find was made, once its photos are read; null: not to be considered. @param {FindPhoto[]} photos */
  async #context(photos) {
    const { place, useOccasion } = this.#app.settings;
    await Promise.all(photos.map((photo) => readTraits(photo, place)));
    return useOccasion ? occasionOf(photos).context : null;
  }

  /** Which of several photos cannot be used. @param {Blob[]} blobs @param {unknown} error */
  async #culprit(blobs, error) {
    if (blobs.length < 2 || !(error instanceof Failure) || !OF_A_PHOTO.has(error.code)) return null;
    for (const [index, blob] of blobs.entries()) {
      const usable = await this.#app.client.identify(blob).then(
        () => true,
        () => false,
      );
      if (!usable) return index;
    }
    return null;
  }
}
