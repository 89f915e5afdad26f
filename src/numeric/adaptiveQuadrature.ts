/**
 * Integrals of functions with narrow peaks and singular ends, in float64: Gauss-Kronrod rules of 7 and 15
 * nodes, halved where they differ, and the double exponential map that makes singular ends harmless.
 */

/**
 * Kronrod's nodes on [0, 1], their weights, and Gauss' weights at every second node (Piessens et al.,
 * QUADPACK).
 */
const NODES = [
  0.9914553711208126, 0.9491079123427585, 0.8648644233597691, 0.7415311855993945, 0.5860872354676911,
  0.4058451513773972, 0.20778495500789848, 0,
];
const KRONROD = [
  0.022935322010529224, 0.06309209262997856, 0.10479001032225019, 0.14065325971552592, 0.1690047266392679,
  0.19035057806478542, 0.20443294007529889, 0.20948214108472782,
];
const GAUSS = [0.1294849661688697, 0.27970539148927664, 0.3818300505051189, 0.4179591836734694];

/**
 * The integral over [low, high]. A piece is halved until the two rules agree to `tolerance` (absolute, per
 * piece) or to 1e-13 of the piece, at most 20 times: rounding must not keep it busy for ever.
 */
export function integrate(
  integrand: (x: number) => number,
  low: number,
  high: number,
  tolerance: number,
  halvings = 20,
): number {
  const middle = 0.5 * (low + high);
  const half = 0.5 * (high - low);
  let kronrod = 0;
  let gauss = 0;
  for (let i = 0; i < 8; i++) {
    const offset = half * NODES[i];
    const value = i === 7 ? integrand(middle) : integrand(middle - offset) + integrand(middle + offset);
    kronrod += KRONROD[i] * value;
    if (i % 2 === 1) gauss += GAUSS[(i - 1) / 2] * value;
  }
  // The rules' difference is the error of the worse one; the better one's is far smaller.
  const difference = Math.abs(kronrod - gauss);
  const agree = !(half * difference > tolerance && difference > 1e-13 * Math.abs(kronrod));
  if (halvings === 0 || agree) return half * kronrod;
  return (
    integrate(integrand, low, middle, tolerance, halvings - 1) +
    integrate(integrand, middle, high, tolerance, halvings - 1)
  );
}

/** Where the map below has reached the ends of [0, 1] to 1e-276. */
export const MAP_END = 6;

/**
 * A map of t in [-6, 6] to (0, 1) under which singularities at 0 and 1 vanish faster than exponentially
 * (Takahasi and Mori 1974): the distances from both ends, without cancellation, and the derivative.
 */
export function doubleExponential(t: number): { left: number; right: number; slope: number } {
  const exponent = Math.PI * Math.sinh(t);
  const left = 1 / (1 + Math.exp(-exponent));
  const right = 1 / (1 + Math.exp(exponent));
  return { left, right, slope: Math.PI * Math.cosh(t) * left * right };
}

/** The t that {@link doubleExponential} maps to a position in (0, 1). */
export function doubleExponentialInverse(position: number): number {
  return Math.asinh(Math.log(position / (1 - position)) / Math.PI);
}
