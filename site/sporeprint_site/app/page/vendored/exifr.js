// The only door to exifr, bundled by site/bundle.mjs; exifr.d.ts beside it says what comes through.
export { parse } from "../../../vendor/exifr.js";
