export { enableProdMode, setBackend, tensor } from "@tensorflow/tfjs-core";
export { loadGraphModelSync } from "@tensorflow/tfjs-converter";
export { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
