/** The least and the most of many numbers: Math.min(...values) takes no more than a call has arguments, some 125,000. */

/** Infinity of none; NaN where one is NaN, as Math.min has it. */
export function leastOf(values: Iterable<number>): number {
  let least = Number.POSITIVE_INFINITY;
  for (const value of values) least = Math.min(least, value);
  return least;
}

/** -Infinity of none; NaN where one is NaN, as Math.max has it. */
export function mostOf(values: Iterable<number>): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const value of values) most = Math.max(most, value);
  return most;
}
