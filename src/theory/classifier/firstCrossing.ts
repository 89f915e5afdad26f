/**
 * The smallest epsilon at which a comparison of class masses changes, found without gaps. Class masses only
 * grow with epsilon, so masses at the two ends of an interval bound those inside it: an interval is skipped
 * only when the bounds prove that nothing changes there, else it is halved. A point may flip several times;
 * this finds the first.
 *
 * Not here: what is compared (`flips.ts`).
 */

/** A comparison of class masses: above 0 on one side, below on the other. */
export interface Comparison {
  /** At one epsilon, from its masses `[C]`. */
  value(masses: Float64Array): number;
  /** The least it can be when each class's mass lies between `low[c]` and `high[c]`. */
  least(low: Float64Array, high: Float64Array): number;
}

interface End {
  readonly epsilon: number;
  readonly masses: Float64Array;
}

/**
 * The smallest epsilon in (0, upTo] where `comparison.value` is negative, given that it is not at 0+;
 * Infinity if there is none. `massesAt(0)` must give the limit 0+. Found to about 1e-12 relative to `upTo`.
 *
 * What is not halved any more: an interval narrower than `resolution` of `upTo`, and one over which the total mass grows
 * by less than `leastGrowth`. Classes that tie, or all but tie, would have it halved for ever. There the right end
 * decides, so what can be missed is a dip below zero that is over within such an interval; it is no deeper than the
 * mass that the interval brings.
 */
export function firstNegative(
  massesAt: (epsilon: number) => Float64Array,
  comparison: Comparison,
  upTo: number,
  { resolution = 1e-10, leastGrowth = 2 ** -10 }: { resolution?: number; leastGrowth?: number } = {},
): number {
  const end = (epsilon: number): End => ({ epsilon, masses: massesAt(epsilon) });
  let left = end(0);
  // Doubling, since a large ball is slow and what is looked for is mostly found in a small one.
  for (let power = -10; power <= 0; power++) {
    // A stack of intervals that touch, the leftmost on top.
    const rights: End[] = [end(upTo * 2 ** power)];
    while (rights.length > 0) {
      const right = rights[rights.length - 1];
      if (comparison.least(left.masses, right.masses) < 0) {
        if (
          right.epsilon - left.epsilon > resolution * upTo &&
          sum(right.masses) > (1 + leastGrowth) * sum(left.masses)
        ) {
          rights.push(end(0.5 * (left.epsilon + right.epsilon)));
          continue;
        }
        if (comparison.value(right.masses) < 0) {
          return bisect((epsilon) => comparison.value(massesAt(epsilon)), left.epsilon, right.epsilon);
        }
      }
      left = right;
      rights.pop();
    }
  }
  return Number.POSITIVE_INFINITY;
}

function sum(masses: Float64Array): number {
  return masses.reduce((total, mass) => total + mass, 0);
}

/** A sign change of `value` in [low, high], where it is >= 0 at low and < 0 at high, to the last bits. */
export function bisect(value: (x: number) => number, low: number, high: number): number {
  for (let i = 0; i < 200; i++) {
    const middle = low + 0.5 * (high - low);
    if (middle <= low || middle >= high) break;
    if (value(middle) < 0) high = middle;
    else low = middle;
  }
  return high;
}
