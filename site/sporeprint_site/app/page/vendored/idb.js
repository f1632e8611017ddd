// The only door to idb, bundled by site/bundle.mjs; idb.d.ts beside it says what comes through.
export { openDB } from "../../../vendor/idb.js";
