// Bundles the third-party browser code into sporeprint_site/vendor/: tfjs with only the operations that exported
// models use, Workbox's precaching as one classic script, idb, the wasm binaries, and everybody's licence.
//
// The same packages give the same bytes; the folder is replaced file by file.

import { build } from "esbuild";
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { brotliCompressSync } from "node:zlib";

const SITE = dirname(fileURLToPath(import.meta.url));
const MODULES = join(SITE, "node_modules");
const TFJS = join(MODULES, "@tensorflow");
const OUT = join(SITE, "sporeprint_site", "vendor");
const BROWSER_OPS = join(SITE, "..", "export", "sporeprint_export", "browser_ops.json");
const WASM_LICENCES = join(SITE, "wasm-licences.txt");
const APACHE = join(SITE, "..", "LICENSE");

// Kernels that converter and core reach without a graph node of their own: moving tensors in and out, and the
// unfused steps that a fused operation falls back to.
const ALWAYS_KERNELS = ["Add", "AddN", "Cast", "Identity", "Reshape", "Transpose"];
// An operation whose executor does more than call one function of tfjs-core.
const EXTRA_OPS = { BiasAdd: ["add"], Placeholder: [], Const: [], NoOp: [], Identity: ["clone"] };

const BINARIES = ["tfjs-backend-wasm-simd.wasm", "tfjs-backend-wasm.wasm"];

/** The TensorFlow operations of exported models with the kernels they run, as the export stage lists them. */
async function browserOps() {
  const { ops } = JSON.parse(await readFile(BROWSER_OPS, "utf8"));
  if (!Object.keys(ops ?? {}).length) throw new Error(`${BROWSER_OPS} lists operations by name. Received: none`);
  return ops;
}

/** What each operation's case in the converter's executors calls: op → ["conv2d", "fused.matMul", …]. */
async function executorCalls() {
  const folder = join(TFJS, "tfjs-converter", "dist", "operations", "executors");
  const calls = new Map();
  for (const file of (await readdir(folder)).filter((name) => name.endsWith("_executor.js")).sort()) {
    const source = (await readFile(join(folder, file), "utf8")).replace(/\/\/# sourceMappingURL.*$/ms, "");
    // A case without a statement of its own falls through: it shares the next body.
    let waiting = [];
    for (const part of source.split(/\bcase '/).slice(1)) {
      const [, op, body] = /^(\w+)':([\s\S]*)$/.exec(part);
      waiting.push(op);
      if (body.trim() === "") continue;
      const used = [...body.matchAll(/\b(?:ops|tfOps)\.((?:fused|image|linalg|spectral|sparse|string)\.)?(\w+)/g)];
      for (const name of waiting) calls.set(name, [...new Set(used.map(([, group = "", called]) => group + called))]);
      waiting = [];
    }
  }
  return calls;
}

/** Where tfjs-core defines its functions: "conv2d" → "conv2d", "fused.matMul" → "fused/mat_mul". */
async function coreModules() {
  const folder = join(TFJS, "tfjs-core", "dist", "ops");
  const modules = new Map();
  const read = async (file, prefix, pattern) => {
    for (const [, names, path] of (await readFile(join(folder, file), "utf8")).matchAll(pattern)) {
      for (const name of names.split(",")) modules.set(prefix(path) + name.trim(), path);
    }
  };
  await read("ops.js", () => "", /^export \{ ([\w, ]+) \} from '\.\/([\w/]+)'/gm);
  await read("ops.js", (path) => `${path.split("/")[0]}.`, /^import \{ ([\w, ]+) \} from '\.\/(\w+\/\w+)'/gm);
  await read("fused_ops.js", () => "fused.", /^import \{ ([\w, ]+) \} from '\.\/([\w/]+)'/gm);
  return modules;
}

/** The wasm backend's registration of a kernel. */
function wasmKernel(name) {
  const file = join(TFJS, "tfjs-backend-wasm", "dist", "kernels", `${name}.js`);
  const config = existsSync(file) && /export const (\w*Config)\b/.exec(readFileSync(file, "utf8"));
  if (!config) throw new Error(`tfjs has a wasm kernel for every kernel of browser_ops.json. Received: ${name}`);
  return { file, config: config[1] };
}

/** Source of the subset that replaces tfjs-core's "every operation" module. */
function opsModule(functions, modules) {
  const path = (name) => join(TFJS, "tfjs-core", "dist", "ops", `${modules.get(name)}.js`);
  const plain = functions.filter((name) => !name.includes("."));
  const lines = plain.map((name) => `export { ${name} } from ${JSON.stringify(path(name))};`);
  for (const group of new Set(functions.filter((name) => name.includes(".")).map((name) => name.split(".")[0]))) {
    const members = functions.filter((name) => name.startsWith(`${group}.`)).map((name) => name.split(".")[1]);
    for (const member of members) {
      lines.push(`import { ${member} as ${group}_${member} } from ${JSON.stringify(path(`${group}.${member}`))};`);
    }
    lines.push(`export const ${group} = { ${members.map((name) => `${name}: ${group}_${name}`).join(", ")} };`);
  }
  return lines.join("\n");
}

/** Source of the entry: registers the backend and its kernels, exports what the worker calls. */
function entryModule(kernels) {
  const imports = kernels.map(
    ({ file, config }, index) => `import { ${config} as k${index} } from ${JSON.stringify(file)};`,
  );
  return `
    import "@tensorflow/tfjs-core/dist/base_side_effects.js";
    import "@tensorflow/tfjs-converter/dist/flags.js";
    import { registerKernel } from "@tensorflow/tfjs-core/dist/kernel_registry.js";
    ${imports.join("\n")}
    for (const kernel of [${kernels.map((_, index) => `k${index}`).join(", ")}]) registerKernel(kernel);
    export { tensor } from "@tensorflow/tfjs-core/dist/ops/tensor.js";
    export { enableProdMode, setBackend } from "@tensorflow/tfjs-core/dist/globals.js";
    export { loadGraphModelSync } from "@tensorflow/tfjs-converter/dist/executor/graph_model.js";
    export { setWasmPaths } from "@tensorflow/tfjs-backend-wasm/dist/base.js";
  `;
}

/** The converter's description of one category of operations, reduced to those listed: 40 KB less to download. */
async function describedOps(path, listed) {
  const { json } = await import(pathToFileURL(path));
  const kept = json.filter(({ tfOpName }) => tfOpName in listed);
  return `export const json = ${JSON.stringify(kept)};`;
}

/** An executor none of whose operations is listed only has to exist. */
async function executor(path, listed) {
  const source = await readFile(path, "utf8");
  const runs = [...source.matchAll(/\bcase '(\w+)'/g)].some(([, op]) => op in listed);
  return runs ? source : "export const executeOp = () => { throw new TypeError('not bundled'); };";
}

/** Redirects the modules that would pull in what a single-threaded subset never runs. */
function subset(opsSource, listed) {
  return {
    name: "tfjs-subset",
    setup(builder) {
      builder.onResolve({ filter: /^@tensorflow\/tfjs-core$/ }, () => ({
        path: join(TFJS, "tfjs-core", "dist", "base.js"),
        sideEffects: false,
      }));
      builder.onResolve({ filter: /ops\/ops_for_converter$/ }, () => ({ path: "ops", namespace: "subset" }));
      builder.onResolve({ filter: /tfjs-backend-wasm-threaded-simd/ }, () => ({
        path: "threads",
        namespace: "subset",
      }));
      builder.onLoad({ filter: /.*/, namespace: "subset" }, ({ path }) => ({
        contents: path === "ops" ? opsSource : "export default undefined; export const wasmWorkerContents = '';",
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

const COMMON = {
  bundle: true,
  minify: true,
  legalComments: "none",
  platform: "browser",
  target: ["es2022"],
  metafile: true,
  logLevel: "error",
  charset: "utf8",
  absWorkingDir: SITE,
};

async function bundleTfjs() {
  const [listed, calls, modules] = [await browserOps(), await executorCalls(), await coreModules()];
  const ops = Object.keys(listed).sort();
  const unknown = ops.filter((op) => !calls.has(op) && !(op in EXTRA_OPS));
  if (unknown.length) throw new Error(`tfjs runs every operation of browser_ops.json. Received: ${unknown.join(", ")}`);
  const wanted = [...new Set(ops.flatMap((op) => [...(calls.get(op) ?? []), ...(EXTRA_OPS[op] ?? [])]))].sort();
  const functions = wanted.filter((name) => modules.has(name));
  const kernels = [...new Set([...ALWAYS_KERNELS, ...Object.values(listed).flat()])].sort().map(wasmKernel);
  return build({
    ...COMMON,
    stdin: { contents: entryModule(kernels), resolveDir: SITE, sourcefile: "tfjs-entry.js" },
    format: "esm",
    outfile: join(OUT, "tfjs.js"),
    plugins: [subset(opsModule(functions, modules), listed)],
    define: { global: "globalThis", "process.env.NODE_ENV": '"production"' },
    logOverride: { "import-is-undefined": "silent", "commonjs-variable-in-esm": "silent" },
  });
}

function bundleWorkbox() {
  const contents = `
    export { clientsClaim } from "workbox-core";
    export { addPlugins, createHandlerBoundToURL, precacheAndRoute } from "workbox-precaching";
    export { NavigationRoute, registerRoute } from "workbox-routing";
  `;
  return build({
    ...COMMON,
    stdin: { contents, resolveDir: SITE, sourcefile: "workbox-entry.js" },
    format: "iife",
    globalName: "workbox",
    outfile: join(OUT, "workbox.js"),
    define: { "process.env.NODE_ENV": '"production"' },
  });
}

function bundleIdb() {
  return build({
    ...COMMON,
    stdin: { contents: 'export { openDB } from "idb";', resolveDir: SITE, sourcefile: "idb-entry.js" },
    format: "esm",
    outfile: join(OUT, "idb.js"),
  });
}

/** The npm packages whose files ended up in a bundle, as folders. */
function packagesIn(results) {
  const folders = new Set();
  for (const input of results.flatMap((result) => Object.keys(result.metafile.inputs))) {
    const found = /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (found) folders.add(found[1]);
  }
  return [...folders].sort();
}

/** A package's name with its licence text. */
async function licenceOf(name) {
  const folder = join(MODULES, name);
  const { version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
  const title = `${name} ${version} (${license})`;
  if (file) return { title, text: (await readFile(join(folder, file), "utf8")).trim() };
  // tfjs declares Apache-2.0 and ships no text: it is the same text as this project's licence.
  if (license === "Apache-2.0") return { title, text: (await readFile(APACHE, "utf8")).trim() };
  const readme = await readFile(join(folder, "README.md"), "utf8");
  const [, text] = /^LICEN[CS]E[^\n]*\n-+\n([\s\S]+?)(?:\n\w[^\n]*\n-+\n|(?![\s\S]))/m.exec(readme) ?? [];
  if (!text) throw new Error(`Every bundled package comes with its licence. Received: ${title}`);
  return { title, text: text.trim() };
}

/** One text for everything bundled; a licence that several packages share is printed once. */
async function thirdParty(names) {
  const groups = new Map();
  for (const { title, text } of await Promise.all(names.map(licenceOf))) {
    const key = text.replace(/\s+/g, " ");
    groups.set(key, { titles: [...(groups.get(key)?.titles ?? []), title], text });
  }
  const rule = "=".repeat(72);
  const parts = [...groups.values()].map(({ titles, text }) => `${rule}\n${titles.join("\n")}\n${rule}\n\n${text}\n`);
  parts.push(`${rule}\nInside the wasm binaries\n${rule}\n\n${await readFile(WASM_LICENCES, "utf8")}`);
  return parts.join("\n\n");
}

async function main() {
  await mkdir(OUT, { recursive: true });
  for (const name of await readdir(OUT)) await rm(join(OUT, name), { recursive: true });
  const results = [await bundleTfjs(), await bundleWorkbox(), await bundleIdb()];
  for (const name of BINARIES) await copyFile(join(TFJS, "tfjs-backend-wasm", "dist", name), join(OUT, name));
  await writeFile(join(OUT, "THIRD_PARTY.txt"), await thirdParty(packagesIn(results)));
  for (const name of (await readdir(OUT)).sort()) {
    const data = await readFile(join(OUT, name));
    const packed = brotliCompressSync(data).length;
    console.log(`${relative(SITE, join(OUT, name))}  ${data.length} bytes, ${packed} with brotli`);
  }
}

await main();
