/** The service worker from the page's side: registered, awaited, and updated only when the user says so. */

/**
 * Register the service worker and wait until the app shell is stored and the page is served from it.
 *
 * @param {string} base address of the site
 * @returns {Promise<boolean>} false where the browser has no service worker or could not store the shell
 */
export async function startServiceWorker(base) {
  if (!navigator.serviceWorker) return false;
  const { serviceWorker } = navigator;
  try {
    const registration = await serviceWorker.register(new URL("sw.js", base), { scope: base, updateViaCache: "none" });
    if (!registration.active && !(await installed(registration))) return false;
    await serviceWorker.ready;
    await controlled(serviceWorker);
    return true;
  } catch {
    // Without a signal an update check fails; the installed worker serves all the same.
    return (await registrationOf(base))?.active != null;
  }
}

/**
 * The site's own registration; without one the browser would name that of a site further up.
 *
 * @param {string} base
 */
async function registrationOf(base) {
  const registration = await navigator.serviceWorker.getRegistration(base);
  return registration?.scope === base ? registration : undefined;
}

/** @param {ServiceWorkerRegistration} registration */
function installed(registration) {
  const worker = registration.installing ?? registration.waiting;
  if (!worker) return Promise.resolve(false);
  return new Promise((resolve) => {
    const look = () => {
      if (worker.state === "activated") resolve(true);
      if (worker.state === "redundant") resolve(false);
    };
    worker.addEventListener("statechange", look);
    look();
  });
}

/**
 * Wait until this page is under control, which a forced reload never is.
 *
 * @param {ServiceWorkerContainer} serviceWorker
 */
function controlled(serviceWorker) {
  if (serviceWorker.controller) return Promise.resolve();
  return new Promise((resolve) => {
    serviceWorker.addEventListener("controllerchange", () => resolve(undefined), { once: true });
    setTimeout(resolve, 2000);
  });
}

/** When a new version takes over, in whichever tab that was accepted, reload: old and new code never mix. */
export function reloadOnTakeOver() {
  const { serviceWorker } = navigator;
  if (!serviceWorker) return;
  // The first worker that there is takes over from nobody. A page may lack it and still not be the first: a forced
  // reload is not under control, nor is a tab opened in the moment in which a worker claims the open ones.
  let known = serviceWorker.controller;
  void serviceWorker.ready.then(({ active }) => (known ??= active));
  serviceWorker.addEventListener("controllerchange", () => {
    if (known && serviceWorker.controller !== known) location.reload();
    known = serviceWorker.controller;
  });
}

/**
 * Tell when a new version waits.
 *
 * @param {string} base
 * @param {(takeOver: () => void) => void} onUpdate
 */
export async function watchForUpdates(base, onUpdate) {
  if (!navigator.serviceWorker) return;
  const registration = await registrationOf(base);
  if (!registration) return;
  const offer = () => {
    const { waiting } = registration;
    if (waiting && registration.active) onUpdate(() => waiting.postMessage("take-over"));
  };
  registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", offer));
  offer();
}
