/** What a misspelt word may have been meant to be, also while it is still being typed. */

/** Letters that may be wrong, missing, too many or swapped: none in a short word, which would turn into another. */
const FORGIVEN = /** @param {string} word */ (word) => (word.length < 4 ? 0 : word.length < 8 ? 1 : 2);
/** A word that resembles more terms than this resembles none in particular. */
const MOST = 20;

/**
 * The terms that begin with something nearest to a word; none where even the nearest is too far.
 *
 * @param {string} word
 * @param {Iterable<string>} terms
 * @returns {string[]}
 */
export function nearest(word, terms) {
  let least = FORGIVEN(word);
  /** @type {string[]} */
  let found = [];
  for (const term of terms) {
    const distance = distanceToBeginning(word, term, least);
    if (distance > least) continue;
    if (distance < least) found = [];
    least = distance;
    found.push(term);
  }
  return found.sort((one, other) => one.length - other.length).slice(0, MOST);
}

/**
 * Edits (of a letter, or of two neighbours swapped) between a word and the beginning of a term that it is nearest to.
 * Optimal string alignment; anything above `limit` counts as `limit + 1`.
 *
 * @param {string} word
 * @param {string} term
 * @param {number} limit
 */
function distanceToBeginning(word, term, limit) {
  const width = Math.min(term.length, word.length + limit);
  let [before, last] = [/** @type {number[]} */ ([]), Array.from({ length: width + 1 }, (_, column) => column)];
  for (let row = 1; row <= word.length; row++) {
    const next = [row];
    for (let column = 1; column <= width; column++) {
      const same = word[row - 1] === term[column - 1];
      let cost = Math.min(last[column] + 1, next[column - 1] + 1, last[column - 1] + (same ? 0 : 1));
      const swapped = row > 1 && column > 1 && word[row - 1] === term[column - 2] && word[row - 2] === term[column - 1];
      if (swapped) cost = Math.min(cost, before[column - 2] + 1);
      next.push(cost);
    }
    if (Math.min(...next) > limit) return limit + 1;
    [before, last] = [last, next];
  }
  return Math.min(...last);
}
