// The TensorFlow operations of exported models, and what running them takes of tfjs' converter and core.

import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { SITE, TFJS } from "./common.mjs";

const BROWSER_OPS = join(SITE, "..", "export", "sporeprint_export", "browser_ops.json");

// An operation whose executor does more than call one function of tfjs-core.
const EXTRA_OPS = { BiasAdd: ["add"], Placeholder: [], Const: [], NoOp: [], Identity: ["clone"] };

/** The TensorFlow operations of exported models with the kernels they run, as the export stage lists them. */
export async function browserOps() {
  const { ops } = JSON.parse(await readFile(BROWSER_OPS, "utf8"));
  if (!Object.keys(ops ?? {}).length) throw new Error(`${BROWSER_OPS} lists operations by name. Received: none`);
  return ops;
}

/**
 * Source of the subset that replaces tfjs-core's "every operation" module.
 *
 * @param {Record<string, string[]>} listed
 * @throws {Error} tfjs does not know an operation
 */
export async function operationsModule(listed) {
  const [calls, modules] = [await executorCalls(), await coreModules()];
  const ops = Object.keys(listed).sort();
  const unknown = ops.filter((op) => !calls.has(op) && !(op in EXTRA_OPS));
  if (unknown.length) throw new Error(`tfjs runs every operation of browser_ops.json. Received: ${unknown.join(", ")}`);
  const wanted = [...new Set(ops.flatMap((op) => [...(calls.get(op) ?? []), ...(EXTRA_OPS[op] ?? [])]))].sort();
  const missing = wanted.filter((name) => !modules.has(name));
  if (missing.length) throw new Error(`tfjs-core has what its converter calls. Received: ${missing.join(", ")}`);
  return exportsOf(wanted, modules);
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
      for (const name of names.split(",")) modules.set(prefix(path) + camelCase(name.trim()), path);
    }
  };
  await read("ops.js", () => "", /^export \{ ([\w, ]+) \} from '\.\/([\w/]+)'/gm);
  // A module that is passed on as a whole has one function, named like the module.
  await read("ops.js", () => "", /^export \* from '\.\/((\w+))'/gm);
  await read("ops.js", (path) => `${path.split("/")[0]}.`, /^import \{ ([\w, ]+) \} from '\.\/(\w+\/\w+)'/gm);
  await read("fused_ops.js", () => "fused.", /^import \{ ([\w, ]+) \} from '\.\/([\w/]+)'/gm);
  return modules;
}

/** "sparse_to_dense" → "sparseToDense". @param {string} name */
function camelCase(name) {
  return name.replace(/(?<=\w)_(\w)/g, (_, letter) => letter.toUpperCase());
}

/** Source that exports the functions, those of a group as members of one object. */
function exportsOf(functions, modules) {
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

/** The converter's description of one category of operations, reduced to those listed: 40 KB less to download. */
export async function describedOps(path, listed) {
  const { json } = await import(pathToFileURL(path));
  const kept = json.filter(({ tfOpName }) => tfOpName in listed);
  return `export const json = ${JSON.stringify(kept)};`;
}

/** An executor none of whose operations is listed only has to exist. */
export async function executor(path, listed) {
  const source = await readFile(path, "utf8");
  const runs = [...source.matchAll(/\bcase '(\w+)'/g)].some(([, op]) => op in listed);
  return runs ? source : "export const executeOp = () => { throw new TypeError('not bundled'); };";
}
