// Bundles the third-party browser code into sporeprint_site/vendor/: tfjs with only the operations that exported
// models use, Workbox's precaching as one classic script, the page's libraries, the wasm binaries, and everybody's
// licence.
// backends/ holds the same tfjs on its other backends; a built site gets none of it.
//
// The same packages give the same bytes; the folder is replaced file by file.

import { build } from "esbuild";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { COMMON, MODULES, OUT, SITE, TFJS } from "./bundling/common.mjs";
import { BACKENDS } from "./bundling/kernels.mjs";
import { planesModule } from "./bundling/planes.mjs";
import { bundleTfjs } from "./bundling/tfjs.mjs";
import { fuseMultiplyAdd, spareRegisters } from "./bundling/tune_wasm.mjs";

const WASM_LICENCES = join(SITE, "wasm-licences.txt");
const APACHE = join(SITE, "..", "LICENSE");

/** tfjs' binaries, one of which a phone fetches: the last that its browser can run. */
async function writeBinaries() {
  const shipped = (name) => readFile(join(TFJS, "tfjs-backend-wasm", "dist", name));
  const plain = await shipped("tfjs-backend-wasm.wasm");
  const simd = spareRegisters(await shipped("tfjs-backend-wasm-simd.wasm"));
  await writeFile(join(OUT, "tfjs-backend-wasm.wasm"), plain);
  await writeFile(join(OUT, "tfjs-backend-wasm-simd.wasm"), simd);
  await writeFile(join(OUT, "tfjs-backend-wasm-relaxed-simd.wasm"), fuseMultiplyAdd(simd));
}

function bundleWorkbox() {
  const contents = `
    export { clientsClaim } from "workbox-core";
    export { PrecacheController, PrecacheRoute } from "workbox-precaching";
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

/** What the page takes from small libraries: a file of vendor/ each. app/page/vendored/ declares the same names. */
const LIBRARIES = {
  // Its ready-made bundles also bring what only other formats than JPEG need.
  exifr: `
    export { parse } from "exifr/src/core.mjs";
    import "exifr/src/file-readers/BlobReader.mjs";
    import "exifr/src/file-parsers/jpeg.mjs";
    import "exifr/src/segment-parsers/tiff-exif.mjs";
    import "exifr/src/dicts/tiff-exif-keys.mjs";
    import "exifr/src/dicts/tiff-gps-keys.mjs";
  `,
  fflate: 'export { strFromU8, strToU8, Unzip, UnzipInflate, UnzipPassThrough, Zip, ZipDeflate, ZipPassThrough } from "fflate";',
  idb: 'export { openDB } from "idb";',
  minisearch: 'export { default as MiniSearch } from "minisearch";',
};

/** @param {string} name @param {string} contents */
function bundleLibrary(name, contents) {
  return build({
    ...COMMON,
    stdin: { contents, resolveDir: SITE, sourcefile: `${name}-entry.js` },
    format: "esm",
    outfile: join(OUT, `${name}.js`),
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

/** The path in vendor/ of tfjs on a backend; the first backend is the one that phones run. @param {string} backend */
function tfjsFile(backend) {
  return backend === BACKENDS[0] ? "tfjs.js" : `backends/tfjs-${backend}.js`;
}

async function main() {
  await mkdir(OUT, { recursive: true });
  for (const name of await readdir(OUT)) await rm(join(OUT, name), { recursive: true });
  const results = [await bundleWorkbox()];
  for (const [name, contents] of Object.entries(LIBRARIES)) results.push(await bundleLibrary(name, contents));
  for (const backend of BACKENDS) results.push(await bundleTfjs(backend, tfjsFile(backend)));
  await writeBinaries();
  await writeFile(join(OUT, "planes.js"), await planesModule());
  await writeFile(join(OUT, "THIRD_PARTY.txt"), await thirdParty(packagesIn(results)));
  const written = await readdir(OUT, { recursive: true, withFileTypes: true });
  const paths = written.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  for (const path of paths.sort()) {
    const data = await readFile(path);
    console.log(`${relative(SITE, path)}  ${data.length} bytes, ${brotliCompressSync(data).length} with brotli`);
  }
}

await main();
