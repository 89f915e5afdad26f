/** The logarithmic derivative of Gamma, in float64. */

/** psi(x) for x > 0, to about 1e-14: upwards by psi(x + 1) = psi(x) + 1/x, then Stirling's series. */
export function digamma(x: number): number {
  let sum = 0;
  for (; x < 10; x++) sum -= 1 / x;
  const s = 1 / (x * x);
  const series =
    s * (1 / 12 - s * (1 / 120 - s * (1 / 252 - s * (1 / 240 - s * (1 / 132 - (s * 691) / 32760)))));
  return sum + Math.log(x) - 0.5 / x - series;
}
