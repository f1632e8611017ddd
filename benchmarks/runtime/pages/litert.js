import { loadAndCompile, loadLiteRt, Tensor } from "@litertjs/core";
import { offer } from "./offer.js";

offer(async () => {
  // Without threads: they need headers that many hosts cannot send.
  await loadLiteRt("./");
  const model = await loadAndCompile("model/model.tflite", { accelerator: "wasm" });
  const shape = [...model.getInputDetails()[0].shape];
  return {
    backend: "wasm",
    infer: async (pixels) => {
      const image = new Tensor(new Float32Array(pixels), shape);
      const [output] = await model.run([image]);
      const logits = output.toTypedArray().slice();
      image.delete();
      output.delete();
      return logits;
    },
  };
});
