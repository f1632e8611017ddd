export { parse } from "exifr";
