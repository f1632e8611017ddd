/** WebAssembly in base64; `Kernel` in planes.js says what it exports. */
export const PLANES: string;
