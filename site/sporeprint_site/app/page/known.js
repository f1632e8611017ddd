/** Whether the safety gate was accepted here, where the page can ask before it shows anything. */

import { BASE_PATH } from "../shared/messages.js";

/** For the next visit: the database, which counts, answers too late for that. */
export function noteKnown() {
  try {
    localStorage.setItem(`sporeprint-known${BASE_PATH}`, "1");
  } catch {
    // No storage: the gate's words show for a moment at the next visit.
  }
}
