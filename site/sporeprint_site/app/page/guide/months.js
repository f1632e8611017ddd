/** When a species was found: twelve bars, and the same in words. */

import { el } from "../el.js";
import { language, t, tn } from "../strings.js";

/**
 * @param {number[] | null} months observations by month, January first
 * @param {number} now the present month, 0 January
 */
export function monthsBar(months, now) {
  const sum = months?.reduce((one, other) => one + other, 0) ?? 0;
  if (!months || !sum) return el("p", { class: "quiet" }, t("species.months_none"));
  const most = Math.max(...months);
  const bars = months.map((count, month) => bar(count, count / most, month, month === now));
  return el(
    "div",
    {},
    el("ol", { class: "months plain", "data-testid": "months" }, ...bars),
    el("p", { class: "quiet" }, tn("species.months_text", sum)),
  );
}

/**
 * @param {number} count
 * @param {number} share of the highest bar
 * @param {number} month
 * @param {boolean} current
 */
function bar(count, share, month, current) {
  const height = el("span", { class: "bar", "aria-hidden": "true" });
  // The policy forbids style attributes; a property set by a script is none.
  height.style.setProperty("--share", String(share));
  return el(
    "li",
    { "aria-current": current ? "date" : null, class: count ? "" : "none" },
    height,
    el("span", { class: "letter", "aria-hidden": "true" }, monthName(month, "narrow")),
    el("span", { class: "unseen" }, t("species.month", { month: monthName(month, "long"), count })),
  );
}

/**
 * @param {number} month 0 January
 * @param {"long" | "narrow"} width
 */
export function monthName(month, width) {
  return new Date(Date.UTC(2021, month, 1)).toLocaleDateString(language(), { month: width, timeZone: "UTC" });
}
