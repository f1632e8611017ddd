// The only door to tfjs, bundled by site/bundle.mjs; tfjs.d.ts beside it says what comes through.
export { enableProdMode, loadGraphModelSync, setBackend, setWasmPaths, tensor } from "../../vendor/tfjs.js";
