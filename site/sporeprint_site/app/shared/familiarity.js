/**
 * How much a photo's features look like those of any class: low for fungi that the model was never shown.
 *
 * The same as `sporeprint_training/familiarity.py`; a change here is a change there.
 *
 * @typedef {object} Familiarity
 * @property {number} rank
 * @property {number} features
 * @property {number} classes
 * @property {Float32Array} directionScales one per direction
 * @property {Float32Array} measureScales one per class, for its discriminant, and one per prototype, for its nearness
 * @property {Float32Array} offsets likewise
 * @property {Int8Array} directions (rank, features)
 * @property {Int8Array} measures (classes + prototypes, rank)
 */

const HEADER_BYTES = 16;

/**
 * Read the bundle's file, whose hash was already checked.
 *
 * @param {Uint8Array} bytes four uint32 (rank, features, classes, prototypes), the float32 values, the int8
 *   values, little-endian
 * @param {number} wanted number of classes of the model
 * @returns {Familiarity}
 * @throws {RangeError} another length than the first numbers announce, or another number of classes
 */
export function readFamiliarity(bytes, wanted) {
  // A copy begins at a multiple of four, as its float32 values must.
  const { buffer } = bytes.slice();
  const [rank = 0, features = 0, classes = 0, prototypes = 0] = new Uint32Array(buffer.slice(0, HEADER_BYTES));
  const rows = classes + prototypes;
  const floats = rank + 2 * rows;
  const expected = HEADER_BYTES + 4 * floats + rank * (features + rows);
  if (bytes.length !== expected || classes !== wanted || !rank || !prototypes) {
    throw new RangeError(`${bytes.length} bytes of familiarity for ${classes} classes`);
  }
  const values = new Float32Array(buffer, HEADER_BYTES, floats);
  const whole = new Int8Array(buffer, HEADER_BYTES + 4 * floats);
  return {
    rank,
    features,
    classes,
    directionScales: values.subarray(0, rank),
    measureScales: values.subarray(rank, rank + rows),
    offsets: values.subarray(rank + rows),
    directions: whole.subarray(0, rank * features),
    measures: whole.subarray(rank * features),
  };
}

/**
 * Familiarity of one photo, in standard deviations among photos of known species: 0 is usual, negative is odd.
 *
 * @param {ArrayLike<number>} features the head's input
 * @param {Familiarity} known
 * @returns {number}
 * @throws {RangeError} another number of features
 */
export function familiarityOf(features, known) {
  if (features.length !== known.features) throw new RangeError(`${features.length} features of ${known.features}`);
  const inner = scaledProducts(known.directions, known.directionScales, prepared(features));
  const values = scaledProducts(known.measures, known.measureScales, inner).map((v, row) => v + known.offsets[row]);
  return largest(values.subarray(0, known.classes)) + largest(values.subarray(known.classes));
}

/**
 * Signed square roots, scaled to unit length; a photo without any feature stays zero.
 *
 * @param {ArrayLike<number>} features
 */
function prepared(features) {
  const roots = Float64Array.from(features, (value) => Math.sign(value) * Math.sqrt(Math.abs(value)));
  const length = Math.sqrt(roots.reduce((sum, root) => sum + root * root, 0));
  return length > 0 ? roots.map((root) => root / length) : roots;
}

/**
 * A matrix of whole numbers, each row with its scale, times a vector.
 *
 * @param {Int8Array} matrix (rows, columns)
 * @param {Float32Array} scales one per row
 * @param {Float64Array} vector
 */
function scaledProducts(matrix, scales, vector) {
  const columns = vector.length;
  return Float64Array.from(scales, (scale, row) => {
    let sum = 0;
    for (let column = 0; column < columns; column++) sum += matrix[row * columns + column] * vector[column];
    return sum * scale;
  });
}

/** @param {Float64Array} values */
function largest(values) {
  return values.reduce((a, b) => Math.max(a, b), -Infinity);
}
