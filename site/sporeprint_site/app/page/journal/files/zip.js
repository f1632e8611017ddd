/** Writing a zip piece by piece: what is finished goes into a Blob, which browsers keep outside the page's memory. */

/** @typedef {typeof import("../../vendored/fflate.js")} Fflate */

/** Bytes that are collected before they become part of the Blob. */
const PIECE = 8_000_000;
/** A zip without the 64-bit extension ends here; so do many phones. */
export const MAX_ZIP = 2_000_000_000;

/** One zip; `end` gives it. */
export class ZipFile {
  #fflate;
  #zip;
  /** @type {Uint8Array<ArrayBuffer>[]} */
  #waiting = [];
  #waitingBytes = 0;
  #done = new Blob([]);

  /** @param {Fflate} fflate */
  constructor(fflate) {
    this.#fflate = fflate;
    this.#zip = new fflate.Zip((error, piece) => {
      if (error) throw error;
      this.#waiting.push(/** @type {Uint8Array<ArrayBuffer>} */ (piece));
      this.#waitingBytes += piece.length;
      if (this.#waitingBytes > PIECE) this.#fold();
    });
  }

  #fold() {
    this.#done = new Blob([this.#done, ...this.#waiting]);
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  /**
   * @param {string} name
   * @param {string} text
   */
  addText(name, text) {
    this.#add(new this.#fflate.ZipDeflate(name, { level: 6 }), this.#fflate.strToU8(text));
  }

  /**
   * Bytes that would not get smaller.
   *
   * @param {string} name
   * @param {ArrayBuffer} bytes
   */
  addBytes(name, bytes) {
    this.#add(new this.#fflate.ZipPassThrough(name), new Uint8Array(bytes));
  }

  /**
   * @param {import("fflate").ZipDeflate | import("fflate").ZipPassThrough} member
   * @param {Uint8Array} bytes
   */
  #add(member, bytes) {
    this.#zip.add(member);
    member.push(bytes, true);
  }

  /** @param {string} name @returns {File} */
  end(name) {
    this.#zip.end();
    this.#fold();
    return new File([this.#done], name, { type: "application/zip" });
  }
}

/** A new zip; the library is only loaded for it. */
export async function newZip() {
  return new ZipFile(await import("../../vendored/fflate.js"));
}
