// The only door to MiniSearch, bundled by site/bundle.mjs; minisearch.d.ts beside it says what comes through.
export { MiniSearch } from "../../../vendor/minisearch.js";
