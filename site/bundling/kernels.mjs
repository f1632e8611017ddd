// The kernels that exported models run, on each of tfjs' backends.

import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { TFJS } from "./common.mjs";

export const BACKENDS = ["wasm", "webgl", "cpu"];

// Kernels that converter and core reach without a graph node of their own: moving tensors in and out, and the
// unfused steps that a fused operation falls back to.
const ALWAYS_KERNELS = ["Add", "AddN", "Cast", "Identity", "Reshape", "Transpose"];

/**
 * Source of the module that registers one backend's kernels.
 *
 * @param {string} backend
 * @param {Record<string, string[]>} listed operations with their kernels
 * @throws {Error} the backend lacks a kernel; each is named
 */
export async function kernelsModule(backend, listed) {
  const known = await backendKernels(backend);
  const wanted = [...new Set([...ALWAYS_KERNELS, ...Object.values(listed).flat()])].sort();
  const missing = wanted.filter((name) => !known.has(name));
  if (missing.length) {
    const rule = `tfjs' ${backend} backend has every kernel of browser_ops.json`;
    throw new Error(`${rule}. Received: ${missing.join(", ")}`);
  }
  const imports = wanted.map((name, index) => {
    const { file, config } = known.get(name);
    return `import { ${config} as k${index} } from ${JSON.stringify(file)};`;
  });
  return `
    import { registerKernel } from "@tensorflow/tfjs-core/dist/kernel_registry.js";
    ${imports.join("\n")}
    for (const kernel of [${wanted.map((_, index) => `k${index}`).join(", ")}]) registerKernel(kernel);
  `;
}

/** Where a backend defines its kernels: "FusedBatchNorm" → its file and the name of its registration there. */
async function backendKernels(backend) {
  const folder = join(TFJS, `tfjs-backend-${backend}`, "dist", "kernels");
  const names = await import(pathToFileURL(join(TFJS, "tfjs-core", "dist", "kernel_names.js")));
  const found = new Map();
  for (const name of (await readdir(folder)).filter((entry) => /^\w+\.js$/.test(entry))) {
    const file = join(folder, name);
    // Files are not always named after their kernel, and the wasm backend makes many with a function.
    const source = (await readFile(file, "utf8")).replace(/\/\/# sourceMappingURL.*$/ms, "");
    const [, config] = /export const (\w+Config)\b/.exec(source) ?? [];
    const [, kernel] = /(?:kernelName: |Config = create\w+KernelConfig\()'?(\w+)/.exec(source) ?? [];
    if (config && kernel) found.set(names[kernel] ?? kernel, { file, config });
  }
  return found;
}
