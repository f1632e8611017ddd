// tfjs with only the operations that exported models use, one bundle per backend.

import { build } from "esbuild";
import { join } from "node:path";
import { COMMON, OUT, SITE, TFJS } from "./common.mjs";
import { kernelsModule } from "./kernels.mjs";
import { browserOps, describedOps, executor, operationsModule } from "./operations.mjs";

/**
 * Bundle one backend behind the few functions that the worker calls (engines/).
 *
 * @param {string} backend
 * @param {string} outfile path in vendor/
 */
export async function bundleTfjs(backend, outfile) {
  const listed = await browserOps();
  const written = { operations: await operationsModule(listed), kernels: await kernelsModule(backend, listed) };
  return build({
    ...COMMON,
    entryPoints: [join(SITE, "engines", `${backend}.js`)],
    format: "esm",
    outfile: join(OUT, outfile),
    plugins: [subset(written, listed)],
    define: { global: "globalThis", "process.env.NODE_ENV": '"production"' },
    // A function that the subset lacks would only be missed on the phone.
    logOverride: { "import-is-undefined": "error" },
  });
}

/** Redirects the modules that would pull in what a single-threaded subset never runs. */
function subset(written, listed) {
  return {
    name: "tfjs-subset",
    setup(builder) {
      builder.onResolve({ filter: /^@tensorflow\/tfjs-core$/ }, () => ({
        path: join(TFJS, "tfjs-core", "dist", "base.js"),
        sideEffects: false,
      }));
      builder.onResolve({ filter: /ops\/ops_for_converter$/ }, () => ({ path: "operations", namespace: "subset" }));
      builder.onResolve({ filter: /^sporeprint-kernels$/ }, () => ({ path: "kernels", namespace: "subset" }));
      builder.onResolve({ filter: /tfjs-backend-wasm-threaded-simd/ }, () => ({
        path: "threads",
        namespace: "subset",
      }));
      builder.onLoad({ filter: /.*/, namespace: "subset" }, ({ path }) => ({
        contents: written[path] ?? "export default undefined; export const wasmWorkerContents = '';",
        resolveDir: SITE,
      }));
      builder.onLoad({ filter: /operations[/\\]op_list[/\\]\w+\.js$/ }, async ({ path }) => ({
        contents: await describedOps(path, listed),
      }));
      builder.onLoad({ filter: /operations[/\\]executors[/\\]\w+_executor\.js$/ }, async ({ path }) => ({
        contents: await executor(path, listed),
      }));
      // Node's own modules are named in branches that a browser never takes.
      builder.onResolve(
        { filter: /^(fs|path|util|crypto|worker_threads|perf_hooks|os|node-fetch|string_decoder)$/ },
        () => ({
          path: "node",
          namespace: "subset",
        }),
      );
    },
  };
}
