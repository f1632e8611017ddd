// Packs the app's own modules into one file per thread, sporeprint_site/vendor/packed/: a hundred small files compress
// badly and each costs a request. What is only needed now and then (zip, search, a photo's metadata) is a part of its
// own, loaded when it is asked for, and so is what the page and the worker share.
//
// The same sources give the same bytes, wherever they lie.

import { build } from "esbuild";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { COMMON, OUT, SITE } from "./bundling/common.mjs";

const APP = join(SITE, "sporeprint_site", "app");
const PACKED = join(OUT, "packed");

/** tfjs stays a file of its own, so that a site can be built with another one. Every packed file is a folder deep. */
const tfjsApart = {
  name: "tfjs-apart",
  setup(builder) {
    builder.onResolve({ filter: /\/vendor\/tfjs\.js$/ }, () => ({ path: "../../vendor/tfjs.js", external: true }));
  },
};

function packModules() {
  return build({
    ...COMMON,
    entryPoints: ["page/main.js", "worker/main.js", "worker/crop.js"].map((path) => join(APP, path)),
    outbase: APP,
    outdir: PACKED,
    chunkNames: "parts/[name]-[hash]",
    splitting: true,
    format: "esm",
    plugins: [tfjsApart],
  });
}

/** Classic scripts share one global scope with what they are loaded beside, so their own names stay. */
function packScripts() {
  return build({
    ...COMMON,
    bundle: false,
    entryPoints: ["early.js", "sw/shell.js", "sw/share_target.js"].map((path) => join(APP, path)),
    outbase: APP,
    outdir: PACKED,
  });
}

/** A build joins the styles and puts the site's own colours into the first, tokens.css, which it reads as it is. */
async function packStyles() {
  const styles = (await readdir(join(APP, "styles"))).filter((name) => name !== "tokens.css").sort();
  return build({
    ...COMMON,
    bundle: false,
    entryPoints: styles.map((name) => join(APP, "styles", name)),
    outbase: APP,
    outdir: PACKED,
  });
}

await rm(PACKED, { recursive: true, force: true });
await packModules();
await packScripts();
await packStyles();
