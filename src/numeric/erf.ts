/**
 * The error function and its complement in float64, to about 1e-15 (erfc: relative, also far out).
 */

const SQRT_PI = Math.sqrt(Math.PI);
/** Below it a series of positive terms, above it a continued fraction. */
const SERIES_UP_TO = 2;

/** 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x. */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (size < SERIES_UP_TO) return erfSeries(x);
  return Math.sign(x) * (1 - erfcFraction(size));
}

/** 1 - erf(x), without the cancellation for positive x. */
export function erfc(x: number): number {
  if (Math.abs(x) < 0.5) return 1 - erfSeries(x);
  return x > 0 ? erfcFraction(x) : 2 - erfcFraction(-x);
}

/** exp(-x^2) sum of 2^n x^(2n+1) / (1 3 5 ... (2n+1)): nothing cancels. */
function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / SQRT_PI) * Math.exp(-x * x) * sum;
}

/** Laplace's continued fraction, evaluated forwards (modified Lentz); x >= 1/2. */
function erfcFraction(x: number): number {
  if (x === Number.POSITIVE_INFINITY) return 0;
  let fraction = x;
  let numerator = x;
  let denominator = 0;
  for (let n = 1; n < 2000; n++) {
    denominator = 1 / (x + 0.5 * n * denominator);
    numerator = x + (0.5 * n) / numerator;
    const ratio = numerator * denominator;
    fraction *= ratio;
    if (Math.abs(ratio - 1) < 1e-16) break;
  }
  return Math.exp(-x * x) / (SQRT_PI * fraction);
}
