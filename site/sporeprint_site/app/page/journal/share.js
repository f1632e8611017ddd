/** Handing one find to somebody: its photos and its words where the phone shares files, or else as a file. */

import { el, fill } from "../el.js";
import { t } from "../strings.js";
import { download } from "./download.js";
import { photosOf } from "./entries.js";
import { backupFiles } from "./files/backup.js";
import { photoName } from "./files/photo_names.js";
import { alarmed, dangerOfEntry, dangerText, dateWords, inOne, nameOf } from "./naming.js";

/**
 * @import {App} from "../app.js"
 * @import {Entry} from "./entry.js"
 */

/**
 * @param {App} app
 * @param {Entry} entry
 */
export function shareButton(app, entry) {
  const said = el("p", { role: "status" });
  const press = async () => {
    try {
      await share(app, entry);
    } catch (error) {
      // Whoever closes the phone's share sheet has decided, and nothing went wrong.
      if (!(error instanceof DOMException && error.name === "AbortError")) fill(said, t("files.failed"));
    }
  };
  return el("div", {}, el("button", { onclick: () => void press(), "data-testid": "journal-share" }, t("journal.share")), said);
}

/**
 * @param {App} app
 * @param {Entry} entry
 */
async function share(app, entry) {
  const photos = await photosOf(entry.id);
  const files = photos.map(({ type, bytes }, index) => new File([bytes], photoName("find", index, type).replaceAll("/", "-"), { type }));
  if (navigator.canShare?.({ files })) return navigator.share({ files, text: sharedText(app, entry) });
  for (const file of await backupFiles([entry], () => undefined)) download(file);
}

/** The safety line, the danger, then the name. @param {App} app @param {Entry} entry */
export function sharedText(app, entry) {
  const { manifest } = app.client;
  const alarm = alarmed(entry) ? `${t("alarm.heading")}. ` : "";
  const name = inOne(nameOf(entry, manifest));
  const by = entry.ownName ? t("journal.shared_own") : t("journal.shared_model");
  const danger = dangerText(dangerOfEntry(entry, manifest));
  return `${t("result.safety")}\n${alarm}${danger}.\n${name}. ${by}\n${dateWords(entry.foundAt, "long")}`;
}
