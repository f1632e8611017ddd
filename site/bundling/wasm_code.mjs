// Reading and rewriting the functions of a WebAssembly module.
//
// Source: WebAssembly Core Specification 2.0, chapter "Binary Format".

const SECTION = { type: 1, function: 3, code: 10 };
const HEADER_BYTES = 8;
const SIMD = 0xfd;
const BULK = 0xfc;

/**
 * @typedef {object} Instruction
 * @property {number} at where it begins
 * @property {number} end
 * @property {number} op
 * @property {number} simd number of the vector instruction, or -1
 *
 * @typedef {object} Body one function
 * @property {Uint8Array} bytes the whole module's
 * @property {Instruction[]} code
 * @property {number} locals parameters and declared locals
 *
 * @typedef {object} Change replaces the bytes from `at` to `end`
 * @property {number} at
 * @property {number} end
 * @property {number[]} bytes
 */

/** Bytes with a place to read at. */
class Reader {
  /** @param {Uint8Array} bytes @param {number} at */
  constructor(bytes, at) {
    this.bytes = bytes;
    this.at = at;
  }

  byte() {
    return this.bytes[this.at++];
  }

  /** An unsigned LEB128 number. */
  number() {
    let [value, scale, byte] = [0, 1, 0];
    do {
      byte = this.byte();
      value += (byte & 0x7f) * scale;
      scale *= 128;
    } while (byte & 0x80);
    return value;
  }

  /** Pass over LEB128 numbers, signed or not. @param {number} count */
  skip(count) {
    for (; count > 0; count--) while (this.byte() & 0x80);
  }
}

/** @param {number} value @returns {number[]} unsigned LEB128 */
export function leb128(value) {
  const bytes = [];
  for (; value > 0x7f; value = Math.floor(value / 128)) bytes.push((value % 128) | 0x80);
  return [...bytes, value];
}

/**
 * The module with changed functions.
 *
 * @param {Uint8Array} module
 * @param {(body: Body) => {changes: Change[], vectors: number}} rewrite the changes in order, and how many more v128
 *   locals they need, numbered from `locals` on
 * @returns {Uint8Array}
 * @throws {Error} an instruction that WebAssembly 2.0 does not have
 */
export function rewriteFunctions(module, rewrite) {
  const reader = new Reader(module, HEADER_BYTES);
  /** @type {number[]} */
  const parameters = [];
  /** @type {number[]} */
  const types = [];
  /** @type {(number[] | Uint8Array)[]} */
  const parts = [module.subarray(0, HEADER_BYTES)];
  while (reader.at < module.length) {
    const at = reader.at;
    const id = reader.byte();
    const end = reader.number() + reader.at;
    if (id === SECTION.type) readParameters(reader, parameters);
    if (id === SECTION.function) for (let left = reader.number(); left > 0; left--) types.push(reader.number());
    if (id === SECTION.code) {
      const bodies = types.map((type, index) => rewriteBody(reader, index === 0, parameters[type], rewrite));
      const content = join([leb128(types.length), ...bodies.flatMap((body) => [leb128(body.length), body])]);
      parts.push([id, ...leb128(content.length)], content);
    } else parts.push(module.subarray(at, end));
    reader.at = end;
  }
  return join(parts);
}

/** @param {Reader} reader @param {number[]} parameters filled with each function type's number of parameters */
function readParameters(reader, parameters) {
  for (let left = reader.number(); left > 0; left--) {
    reader.byte();
    const count = reader.number();
    parameters.push(count);
    reader.at += count;
    const results = reader.number();
    reader.at += results;
  }
}

/**
 * @param {Reader} reader
 * @param {boolean} first the section's number of functions comes before it
 * @param {number} parameters
 * @param {(body: Body) => {changes: Change[], vectors: number}} rewrite
 */
function rewriteBody(reader, first, parameters, rewrite) {
  if (first) reader.number();
  const end = reader.number() + reader.at;
  const groups = reader.number();
  const declaredAt = reader.at;
  let locals = parameters;
  for (let group = 0; group < groups; group++) {
    locals += reader.number();
    reader.byte();
  }
  const codeAt = reader.at;
  /** @type {Instruction[]} */
  const code = [];
  while (reader.at < end) code.push(instruction(reader));
  const { bytes } = reader;
  const { changes, vectors } = rewrite({ bytes, code, locals });
  const added = vectors ? [...leb128(vectors), V128] : [];
  const head = [leb128(groups + Math.sign(vectors)), bytes.subarray(declaredAt, codeAt), added];
  /** @type {(number[] | Uint8Array)[]} */
  const parts = [];
  let done = codeAt;
  for (const change of changes) {
    parts.push(bytes.subarray(done, change.at), change.bytes);
    done = change.end;
  }
  return join([...head, ...parts, bytes.subarray(done, end)]);
}

const V128 = 0x7b;

/** One instruction with its immediates. @param {Reader} reader @returns {Instruction} */
function instruction(reader) {
  const at = reader.at;
  const op = reader.byte();
  const simd = op === SIMD ? reader.number() : -1;
  if (op === SIMD) skipVectorImmediates(reader, simd);
  else skipImmediates(reader, op);
  return { at, end: reader.at, op, simd };
}

/** @param {Reader} reader @param {number} op */
function skipImmediates(reader, op) {
  const within = (/** @type {number} */ first, /** @type {number} */ last) => op >= first && op <= last;
  if (within(0x02, 0x04) || [0x0c, 0x0d, 0x10, 0xd0, 0xd2].includes(op) || within(0x20, 0x26) || within(0x3f, 0x42))
    reader.skip(1);
  else if (op === 0x11 || within(0x28, 0x3e)) reader.skip(2);
  else if (op === 0x0e) reader.skip(reader.number() + 1);
  else if (op === 0x1c) reader.skip(reader.number());
  else if (op === 0x43) reader.at += 4;
  else if (op === 0x44) reader.at += 8;
  else if (op === BULK) {
    const bulk = reader.number();
    if (bulk > 7) reader.skip([8, 10, 12, 14].includes(bulk) ? 2 : 1);
  } else if (op > 0xc4 && op !== 0xd1) throw new Error(`The module keeps to WebAssembly 2.0. Received: opcode ${op}`);
}

/** @param {Reader} reader @param {number} simd */
function skipVectorImmediates(reader, simd) {
  const within = (/** @type {number} */ first, /** @type {number} */ last) => simd >= first && simd <= last;
  if (within(0, 11) || within(84, 93)) reader.skip(2);
  if (within(12, 13)) reader.at += 16;
  if (within(21, 34) || within(84, 91)) reader.at += 1;
}

/** @param {(number[] | Uint8Array)[]} parts */
function join(parts) {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
