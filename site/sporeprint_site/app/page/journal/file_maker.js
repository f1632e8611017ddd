/** A button that makes a file, tells how far it is, and hands it over: shared where the phone offers that, or saved. */

import { el, fill } from "../el.js";
import { megabytes, t } from "../strings.js";
import { download } from "./download.js";

/** @import {OnProgress} from "./files/backup.js" */

/**
 * @param {string} words on the button
 * @param {string} name for tests
 * @param {(onProgress: OnProgress) => Promise<File[]>} make
 */
export function fileMaker(words, name, make) {
  const said = el("div", { role: "status" });
  const press = async () => {
    button.disabled = true;
    try {
      offer(said, await make((done, total) => fill(said, el("p", { class: "quiet" }, t("files.progress", { done, total })))));
    } catch (error) {
      console.error(error);
      fill(said, el("p", { role: "alert" }, t("files.failed")));
    }
    button.disabled = false;
    button.focus();
  };
  const button = el("button", { onclick: () => void press(), "data-testid": `make-${name}` }, words);
  return el("div", { class: "maker" }, button, said);
}

/**
 * @param {HTMLElement} place
 * @param {File[]} files
 */
function offer(place, files) {
  const shareable = files.filter((file) => navigator.canShare?.({ files: [file] }));
  fill(place, ...files.map((file) => fileRow(file, shareable.includes(file))));
  // Sharing needs a press of its own; saving does not.
  if (!shareable.length) for (const file of files) download(file);
}

/**
 * @param {File} file
 * @param {boolean} shareable
 */
function fileRow(file, shareable) {
  const size = t("files.size", { size: megabytes(file.size) });
  // Whoever closes the phone's share sheet has decided, and nothing went wrong.
  const share = () => void navigator.share({ files: [file], text: t("result.safety") }).catch(() => undefined);
  return el(
    "div",
    { class: "made" },
    el("p", {}, el("strong", {}, file.name), ` ${size}`),
    el(
      "div",
      { class: "row" },
      shareable ? el("button", { onclick: share }, t("files.share")) : null,
      el("button", { onclick: () => download(file) }, shareable ? t("files.save") : t("files.save_again")),
    ),
  );
}
