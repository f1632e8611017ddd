// Lengths of files after brotli at its strongest, as a CDN stores them: paths on standard input, JSON on standard output.
import { readFileSync } from "node:fs";
import { brotliCompressSync, constants } from "node:zlib";

const lengths = {};
for (const path of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const data = readFileSync(path);
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: data.length, [constants.BROTLI_PARAM_LGWIN]: 24 };
  lengths[path] = brotliCompressSync(data, { params }).length;
}
console.log(JSON.stringify(lengths));
