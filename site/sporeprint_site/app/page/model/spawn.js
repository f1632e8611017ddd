/** Model workers. The first one loads its modules while the page still loads its own. */

/** @type {Worker | null} */
let early = null;

/** Begin the first worker, before anybody asks for it. */
export function wakeWorker() {
  const worker = begin();
  early = worker;
  // One that did not load is no use to whoever comes for it; they begin another, and hear why that one fails.
  worker.addEventListener("error", () => (early = early === worker ? null : early));
}

/** @returns {Worker} */
export function spawnWorker() {
  const worker = early ?? begin();
  early = null;
  return worker;
}

function begin() {
  return new Worker(new URL("app/worker/main.js", document.baseURI), { type: "module" });
}
