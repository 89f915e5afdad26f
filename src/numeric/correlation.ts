/**
 * How far two lists of numbers go together: Pearson's coefficient, and Spearman's, which is that of the ranks.
 *
 * Not here: decisions by rank (`ranking.ts`), tests of significance.
 */

import { ConfigError } from "../errors.ts";
import { checkedValues } from "./ranking.ts";

/** Both in [-1, 1]; null where a list is constant, or has numbers that are not finite. */
export interface Correlation {
  readonly pearson: number | null;
  readonly spearman: number | null;
}

/**
 * The correlation of two lists of as many numbers; ranks of equal numbers are averaged.
 * @throws ConfigError for lists that are empty, of different lengths, or not of numbers.
 */
export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): Correlation {
  const [first, second] = [checkedValues("a", a), checkedValues("b", b)].map((list) => Array.from(list));
  if (first.length !== second.length)
    throw new ConfigError("b", `${second.length} numbers beside ${first.length}.`);
  if (![...first, ...second].every(Number.isFinite)) return { pearson: null, spearman: null };
  return { pearson: pearson(first, second), spearman: pearson(ranks(first), ranks(second)) };
}

function pearson(a: readonly number[], b: readonly number[]): number | null {
  // Of equal numbers the deviations are rounding errors, not numbers to be divided by.
  if ([a, b].some((list) => list.every((value) => value === list[0]))) return null;
  const [x, y] = [a, b].map((list) => {
    const mean = list.reduce((sum, value) => sum + value, 0) / list.length;
    return list.map((value) => value - mean);
  });
  const product = (p: readonly number[], q: readonly number[]) =>
    p.reduce((sum, value, i) => sum + value * q[i], 0);
  return product(x, y) / Math.sqrt(product(x, x) * product(y, y));
}

/** From 1, the mean of their places for those that are equal. */
function ranks(values: readonly number[]): number[] {
  const order = Array.from(values.keys()).sort((i, j) => values[i] - values[j]);
  const result = new Array<number>(values.length);
  for (let from = 0; from < order.length; ) {
    let end = from;
    while (end < order.length && values[order[end]] === values[order[from]]) end++;
    for (let place = from; place < end; place++) result[order[place]] = (from + end + 1) / 2;
    from = end;
  }
  return result;
}
