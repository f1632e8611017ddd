export { gps, parse } from "exifr";
