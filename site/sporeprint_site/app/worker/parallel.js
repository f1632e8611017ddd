/** Many small jobs over one network. */

/** Enough to hide the time that a request takes to be answered, and few enough to leave the page its own. */
const LANES = 6;

/**
 * Run `work` over `items`, a few at a time. After the first failure no further item is begun, and those under way are
 * awaited: they may still store a file that need not be fetched again.
 *
 * @template T
 * @param {Iterable<T>} items
 * @param {(item: T) => Promise<void>} work
 */
export async function inParallel(items, work) {
  const waiting = items[Symbol.iterator]();
  /** @type {unknown[]} */
  const failures = [];
  const lane = async () => {
    for (let next = waiting.next(); !next.done; next = waiting.next()) {
      if (failures.length) return;
      try {
        await work(next.value);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  if (failures.length) throw failures[0];
}
