// The only door to fflate, bundled by site/bundle.mjs; fflate.d.ts beside it says what comes through.
export {
  strFromU8,
  strToU8,
  Unzip,
  UnzipInflate,
  UnzipPassThrough,
  Zip,
  ZipDeflate,
  ZipPassThrough,
} from "../../../vendor/fflate.js";
