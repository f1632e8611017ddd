// The only door to what computes for everyone: tfjs, bundled by site/bundle.mjs; engine.d.ts beside it says what comes
// through. Another engine needs no more than these names.
export { BACKEND, loadGraphModelSync, runningBackend, startBackend, tensor } from "../../vendor/tfjs.js";
