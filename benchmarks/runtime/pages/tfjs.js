/* global tf */
import { offer } from "./offer.js";

// As most pages do it: the whole library from one script tag, on the page's own thread, on the backend it chooses.
offer(async () => {
  if (tf.wasm) {
    tf.wasm.setWasmPaths("./");
    await tf.setBackend("wasm");
  }
  await tf.ready();
  const model = await tf.loadGraphModel("model/model.json");
  const [, size] = model.inputs[0].shape;
  return {
    backend: tf.getBackend(),
    infer: async (pixels) => {
      const image = tf.tensor(new Float32Array(pixels), [1, size, size, 3]);
      const output = model.execute(image);
      const logits = await output.data();
      tf.dispose([image, output]);
      return logits;
    },
  };
});
