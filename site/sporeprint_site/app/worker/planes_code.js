// The only door to site/bundling/planes.mjs, compiled by site/bundle.mjs; planes_code.d.ts beside it says what comes through.
export { PLANES } from "../../vendor/planes.js";
