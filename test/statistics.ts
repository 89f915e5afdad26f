/**
 * The statistical tests the test files use: p-values of Pearson's chi-square and of Kolmogorov-Smirnov.
 *
 * Seeds are fixed, so a test either always passes or always fails. Every p-value is compared with
 * SIGNIFICANCE: a right implementation had one chance in a thousand a comparison to be refused when the seed
 * was chosen, a wrong one none.
 */

import { logGamma } from "../src/numeric/incompleteBeta.ts";

/** A p-value below this refuses the claim. */
export const SIGNIFICANCE = 1e-3;

/**
 * The p-value of counts under expected counts (degrees of freedom: one less than cells). Expected at least 5
 * each.
 */
export function chiSquareProbability(counts: ArrayLike<number>, expected: (cell: number) => number): number {
  let statistic = 0;
  for (let cell = 0; cell < counts.length; cell++) {
    const mean = expected(cell);
    if (mean === 0) {
      if (counts[cell] !== 0) return 0;
      continue;
    }
    if (mean < 5) throw new Error(`cell ${cell} expects ${mean}: too few for chi-square`);
    statistic += (counts[cell] - mean) ** 2 / mean;
  }
  const used = Array.from(counts).filter((_, cell) => expected(cell) > 0).length;
  return upperGamma((used - 1) / 2, statistic / 2);
}

/**
 * The p-value of the largest distance between the empirical CDF of sorted 32-bit numbers in [0, 1] and `cdf`
 * rounded to 32 bits (asymptotic: more than 1000 numbers). With ties, the p-value is if anything too large.
 */
export function roundedKolmogorovProbability(sorted: Float32Array, cdf: (x: number) => number): number {
  const count = sorted.length;
  const bits = new Uint32Array(1);
  const float = new Float32Array(bits.buffer);
  let distance = 0;
  for (let i = 0; i < count; i++) {
    // All that rounds to a number is at most half-way to the next.
    if (i + 1 < count && sorted[i + 1] === sorted[i]) continue;
    float[0] = sorted[i];
    bits[0]++;
    distance = Math.max(distance, Math.abs((i + 1) / count - cdf((sorted[i] + float[0]) / 2)));
  }
  const t = Math.sqrt(count) * distance;
  if (t < 0.2) return 1;
  let sum = 0;
  for (let k = 1; k < 100; k++) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * t * t);
  return sum;
}

/** Q(a, x), the regularised upper incomplete gamma function. */
function upperGamma(a: number, x: number): number {
  const prefix = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; term > sum * 1e-15; n++) {
      term *= x / (a + n);
      sum += term;
    }
    return 1 - prefix * sum;
  }
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let fraction = d;
  for (let n = 1; n < 10_000; n++) {
    const numerator = -n * (n - a);
    b += 2;
    d = 1 / (numerator * d + b);
    c = b + numerator / c;
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return prefix * fraction;
}
