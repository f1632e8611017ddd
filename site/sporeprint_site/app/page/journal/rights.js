/** Under which licence an archive for others goes out. Without one, nobody may use its photos. */

import { el } from "../el.js";
import { remember } from "../store.js";
import { t } from "../strings.js";

/** @import {Rights} from "./files/darwin_core.js" */

/** @type {[address: string, name: string][]} */
const LICENCES = [
  ["http://creativecommons.org/publicdomain/zero/1.0/legalcode", "CC0 1.0"],
  ["http://creativecommons.org/licenses/by/4.0/legalcode", "CC BY 4.0"],
  ["http://creativecommons.org/licenses/by-nc/4.0/legalcode", "CC BY-NC 4.0"],
];
const MAX_HOLDER = 200;

/** @param {Rights} stored */
export function rightsFields(stored) {
  const keep = () => void remember("rights", value());
  const offered = [["", t("journal.rights_none")], ...LICENCES];
  const licence = el(
    "select",
    { id: "files-licence", onchange: keep },
    ...offered.map(([address, name]) => el("option", { value: address, selected: address === stored.licence }, name)),
  );
  const holder = el("input", { id: "files-holder", autocomplete: "name", maxlength: MAX_HOLDER, value: stored.holder, onchange: keep });
  const value = () => ({ licence: licence.value, holder: holder.value.trim() });
  const element = el(
    "div",
    { class: "rights" },
    el("div", { class: "field" }, el("label", { for: "files-licence" }, t("journal.rights")), licence),
    el("div", { class: "field" }, el("label", { for: "files-holder" }, t("journal.rights_holder")), holder),
  );
  return { element, value };
}
