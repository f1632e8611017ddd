/** Handing a file to the browser. */

import { el } from "../el.js";

/** How long a browser may take to begin reading it. */
const READ_MS = 60_000;

/** @param {File} file */
export function download(file) {
  const address = URL.createObjectURL(file);
  el("a", { href: address, download: file.name }).click();
  setTimeout(() => URL.revokeObjectURL(address), READ_MS);
}
