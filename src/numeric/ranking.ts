/**
 * Decisions by rank: how many a share is, which values are the smallest. One rule for all of them: ties go to the
 * smaller index, and what is not finite ranks last, so that a decision is the same wherever it is taken.
 *
 * Not here: what is ranked (losses, margins), drawing at random.
 */

import { checkLength, checkNumber } from "../check.ts";
import { ConfigError } from "../errors.ts";

/**
 * How many of `size` a share is: ceil(share * size - 1e-9), at least 1. The 1e-9 keeps 0.7 * 10 from being 8.
 * `size` from 1, `share` in [0, 1]; both are trusted.
 */
export function countOfShare(share: number, size: number): number {
  return Math.min(size, Math.max(1, Math.ceil(share * size - 1e-9)));
}

/**
 * All indices of `values`, smallest value first; ties by the smaller index, NaN and infinities last, those by index, too.
 */
export function rankedIndices(values: ArrayLike<number>): Uint32Array {
  const keys = Float64Array.from(values, (value) => (Number.isFinite(value) ? value : Infinity));
  // Infinity - Infinity is NaN, so the two are compared, not subtracted.
  return Uint32Array.from(keys.keys()).sort((i, j) =>
    keys[i] < keys[j] ? -1 : keys[i] > keys[j] ? 1 : i - j,
  );
}

/**
 * Which points a trimmed loss keeps: the indices of the ceil((1 - tau) N) smallest of `losses [N]`, at least one, in
 * rising order (RC-Mixup, arXiv 2405.17938). Ties are kept by the smaller index; NaN and infinities count as the largest.
 * @param tau share of the points that is left out, in [0, 1)
 * @throws ConfigError for no losses, for entries that are no numbers, for a tau outside [0, 1).
 */
export function trim(losses: ArrayLike<number>, tau: number): Uint32Array {
  const ranked = rankedIndices(checkedValues("losses", losses));
  checkNumber("tau", tau, { from: 0, below: 1, what: "a share to leave out" });
  return ranked.slice(0, countOfShare(1 - tau, ranked.length)).sort();
}

/**
 * The list itself if it has at least one entry and all entries are numbers, finite or not.
 * @throws ConfigError
 */
export function checkedValues(path: string, values: ArrayLike<number>): ArrayLike<number> {
  const length = checkLength(path, values);
  if (length === 0) throw new ConfigError(path, "no numbers. Give one or more.");
  for (let i = 0; i < length; i++) {
    if (typeof values[i] !== "number")
      throw new ConfigError(`${path}[${i}]`, `a ${typeof values[i]} is not a number.`);
  }
  return values;
}
