import * as ort from "onnxruntime-web/wasm";
import { offer } from "./offer.js";

offer(async () => {
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = new URL("./", location.href).href;
  const session = await ort.InferenceSession.create("model/model.onnx", { executionProviders: ["wasm"] });
  const [input, output] = [session.inputNames[0], session.outputNames[0]];
  return {
    backend: "wasm",
    infer: async (pixels) => {
      const size = Math.sqrt(pixels.length / 3);
      const image = new ort.Tensor("float32", new Float32Array(pixels), [1, size, size, 3]);
      const answers = await session.run({ [input]: image });
      return answers[output].data;
    },
  };
});
