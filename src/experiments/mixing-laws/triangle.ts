/**
 * Mixtures of three domains as points of a triangle whose sides are 1: the first domain's corner is at the left, the second's at the
 * right, the third's on top. Pure.
 */

export const TRIANGLE_HEIGHT = Math.sqrt(3) / 2;

/** Where proportions of sum 1, `[3]`, lie. */
export function placeOf([, second, third]: readonly number[]): { x: number; y: number } {
  return { x: second + third / 2, y: third * TRIANGLE_HEIGHT };
}

/** The proportions of a place; some are negative where it lies outside. */
export function sharesAt(x: number, y: number): [number, number, number] {
  const third = y / TRIANGLE_HEIGHT;
  const second = x - third / 2;
  return [1 - second - third, second, third];
}

/** The nearest proportions that are none negative, of sum 1 (Euclidean: all lose alike, none goes below 0). */
export function onSimplex(shares: readonly number[]): number[] {
  const sorted = [...shares].sort((a, b) => b - a);
  let [sum, excess] = [0, 0];
  sorted.forEach((share, k) => {
    sum += share;
    const own = (sum - 1) / (k + 1);
    if (share > own) excess = own;
  });
  return shares.map((share) => Math.max(0, share - excess));
}
