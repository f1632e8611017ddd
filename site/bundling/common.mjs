// What every bundle shares: the places and esbuild's settings.

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const SITE = join(dirname(fileURLToPath(import.meta.url)), "..");
export const MODULES = join(SITE, "node_modules");
export const TFJS = join(MODULES, "@tensorflow");
export const OUT = join(SITE, "sporeprint_site", "vendor");

export const COMMON = {
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
