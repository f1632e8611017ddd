// Before anything is shown: whoever has accepted the safety gate here does not see it again while the app loads. A
// classic script, since modules only run once the page is there; app/page/known.js has the same key.
try {
  const { src } = /** @type {HTMLScriptElement} */ (document.currentScript);
  const key = `sporeprint-known${new URL("../", src).pathname}`;
  if (localStorage.getItem(key)) document.documentElement.dataset.known = "";
} catch {
  // No storage: the gate shows until the app is there, which knows as little.
}
