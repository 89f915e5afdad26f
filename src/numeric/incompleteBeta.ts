/**
 * The Beta distribution's functions in float64: logarithms of Gamma and Beta, the regularised incomplete beta
 * function I_x(a, b) (the CDF) and its inverse (the quantile), accurate relative to the value in the far
 * tails too.
 *
 * Method: the continued fraction and the deviance form of x^a (1-x)^b / B(a, b) of Didonato and Morris (ACM
 * TOMS 708), and Halley steps on log I against log x for the inverse. Parameters from 1e-3 to 1e6.
 *
 * Not here: tables of lambda (`mixing/quantiles.ts`).
 */

const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/** log Gamma(x) for x > 0, to about 1e-15 absolute below 10 and relative above. */
export function logGamma(x: number): number {
  return (x - 0.5) * Math.log(x) - x + HALF_LOG_TWO_PI + stirlingError(x);
}

/**
 * log B(a, b) for a, b > 0. The large terms of the three Gammas are cancelled on paper, not in floating
 * point.
 */
export function logBeta(a: number, b: number): number {
  const [small, large] = a < b ? [a, b] : [b, a];
  const sum = small + large;
  return (
    HALF_LOG_TWO_PI -
    0.5 * Math.log(large) +
    (small - 0.5) * Math.log(small / sum) -
    large * Math.log1p(small / large) +
    (stirlingError(small) + (stirlingError(large) - stirlingError(sum)))
  );
}

/**
 * I_x(a, b): the probability that a Beta(a, b) variable is at most x. Relative error about 1e-13 in the lower
 * tail (with parameters beyond 1e5, about as much as x's own rounding makes; with b below 0.05, up to 3e-11
 * where x is beyond the mean, because it is then one minus nearly one). Outside [0, 1], 0 or 1.
 */
export function incompleteBeta(x: number, a: number, b: number): number {
  return Math.exp(logIncompleteBeta(x, a, b));
}

/** log I_x(a, b): also where I_x itself underflows. -Infinity for x <= 0. */
export function logIncompleteBeta(x: number, a: number, b: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  if (x <= 0) return Number.NEGATIVE_INFINITY;
  if (x >= 1) return 0;
  return logTails(x, 1 - x, a, b, logNormalizer(a, b)).lower;
}

/**
 * The x with I_x(a, b) = u, to about 1e-12 relative, also for tiny u (0 if x underflows). Take the upper tail
 * as `1 - betaQuantile(p, b, a)`: the argument 1 - p would have lost it.
 */
export function betaQuantile(u: number, a: number, b: number): number {
  if (!(u >= 0 && u <= 1)) return Number.NaN;
  if (u === 0 || u === 1) return u;
  if (quantileGuess(u, a, b) <= 0.5) return Math.exp(logQuantile(u, 1 - u, a, b));
  const logRest = logQuantile(1 - u, u, b, a);
  // The guess was wrong, and x = 1 - rest would be a difference of near equals.
  if (logRest > -0.3) return Math.exp(logQuantile(u, 1 - u, a, b));
  return -Math.expm1(logRest);
}

/**
 * log x with I_x(a, b) = lower, given upper = 1 - lower as well. Halley's iteration on the logarithm of the
 * smaller tail as a function of log x (near linear where x is small), inside a bracket that falls back on
 * bisection.
 */
function logQuantile(lower: number, upper: number, a: number, b: number): number {
  const normalizer = logNormalizer(a, b);
  const useLower = lower <= upper;
  const target = Math.log(useLower ? lower : upper);
  // Where Halley's cubic convergence makes the next step vanish; the CDF's own scale is about 1 / sqrt(a +
  // b).
  const negligible = 1e-6 / Math.sqrt(1 + a + b);
  // Below this the power law x^a is all that is left of I_x, and x may underflow.
  const powerLaw = logPowerLaw(lower, a, b);
  if (powerLaw < -700) return powerLaw;
  let low = Number.NEGATIVE_INFINITY;
  let high = 0;
  let t = Math.log(quantileGuess(lower, a, b));
  if (!(t < 0)) t = -1e-3;
  for (let iteration = 0; iteration < 200; iteration++) {
    const x = Math.exp(t);
    const y = -Math.expm1(t);
    const tails = logTails(x, y, a, b, normalizer);
    const difference = (useLower ? tails.lower : tails.upper) - target;
    if (difference === 0) return t;
    if (difference > 0 === useLower) high = t;
    else low = t;
    // First derivative of the log tail by log x, and second by first.
    const density = Math.exp(tails.prefix - (useLower ? tails.lower : tails.upper)) / y;
    const slope = useLower ? density : -density;
    const curvature = a - ((b - 1) * x) / y - slope;
    const newton = difference / slope;
    const damping = 1 - 0.5 * newton * curvature;
    const step = newton / Math.max(damping, 0.5);
    if (Math.abs(step) <= negligible) return t - step;
    const next = t - step;
    if (next > low && next < high) t = next;
    else t = low === Number.NEGATIVE_INFINITY ? 2 * t - 1 : 0.5 * (low + high);
  }
  return t;
}

/** log x where I_x(a, b) = u, as if I_x were x^a / (a B(a, b)): right for x << 1 / (a + b). */
function logPowerLaw(u: number, a: number, b: number): number {
  return (Math.log(u) + Math.log(a) + logBeta(a, b)) / a;
}

/** A first guess of the quantile, in (0, 1) or 0 by underflow. */
function quantileGuess(u: number, a: number, b: number): number {
  if (a <= 1 || b <= 1) {
    // Two power laws, one an end, meeting where their shares of the mass say.
    const left = Math.exp(a * Math.log(a / (a + b))) / a;
    const right = Math.exp(b * Math.log(b / (a + b))) / b;
    const mass = left + right;
    if (u < left / mass) return Math.min(Math.exp(Math.log(a * mass * u) / a), 1 - 1e-10);
    return Math.max(-Math.expm1(Math.log(b * mass * (1 - u)) / b), 1e-300);
  }
  // Abramowitz and Stegun 26.5.22, on a normal quantile good to 3e-3 (26.2.22).
  const tail = Math.sqrt(-2 * Math.log(Math.min(u, 1 - u)));
  const normal = tail - (2.30753 + 0.27061 * tail) / (1 + tail * (0.99229 + 0.04481 * tail));
  const z = u < 0.5 ? normal : -normal;
  const [inverseA, inverseB] = [1 / (2 * a - 1), 1 / (2 * b - 1)];
  const h = 2 / (inverseA + inverseB);
  const lambda = (z * z - 3) / 6;
  const w =
    (z * Math.sqrt(Math.max(h + lambda, 0))) / h - (inverseB - inverseA) * (lambda + 5 / 6 - 2 / (3 * h));
  return a / (a + b * Math.exp(Math.min(2 * w, 700)));
}

/** Logarithms of x^a y^b / B(a, b), of I_x(a, b) and of 1 - I_x(a, b), y = 1 - x. */
function logTails(x: number, y: number, a: number, b: number, normalizer: number) {
  const prefix = logPrefix(x, y, a, b, normalizer);
  if (x * (a + b + 2) < a + 1) {
    const lower = Math.min(prefix + Math.log(continuedFraction(x, y, a, b)), 0);
    return { prefix, lower, upper: logComplement(lower) };
  }
  const upper = Math.min(prefix + Math.log(continuedFraction(y, x, b, a)), 0);
  return { prefix, lower: logComplement(upper), upper };
}

/** log(1 - e^l) for l <= 0. */
function logComplement(l: number): number {
  return l > -0.5 ? Math.log(-Math.expm1(l)) : Math.log1p(-Math.exp(l));
}

/** log of 1 / (B(a, b) (a/(a+b))^a (b/(a+b))^b): what the deviance form of the prefix leaves. */
function logNormalizer(a: number, b: number): number {
  const sum = a + b;
  return (
    0.5 * Math.log(a * (b / sum)) - HALF_LOG_TWO_PI - stirlingError(a) - stirlingError(b) + stirlingError(sum)
  );
}

/**
 * log of x^a y^b / B(a, b), as its value at the mean and the deviance from there, so that nothing large
 * cancels.
 */
function logPrefix(x: number, y: number, a: number, b: number, normalizer: number): number {
  // How far x is from the mean: (a + b) x - a, from the smaller of x and y, which carries the accuracy.
  const shift = x <= y ? (a + b) * x - a : b - (a + b) * y;
  const [first, second] = [shift / a, -shift / b];
  if (Math.abs(first) < 0.4 && Math.abs(second) < 0.4) {
    return normalizer + a * logMinusLinear(first) + b * logMinusLinear(second);
  }
  const logX = first < -0.5 ? Math.log(x) + Math.log((a + b) / a) : Math.log1p(first);
  const logY = second < -0.5 ? Math.log(y) + Math.log((a + b) / b) : Math.log1p(second);
  return normalizer + a * logX + b * logY;
}

/**
 * log(1 + e) - e without cancellation, |e| < 1/2: 2 atanh(r) with r = e / (2 + e), its linear part taken out.
 */
function logMinusLinear(e: number): number {
  const r = e / (2 + e);
  const square = r * r;
  let sum = 0;
  let power = 1;
  for (let k = 3; k < 60; k += 2) {
    const term = power / k;
    sum += term;
    if (term < 1e-17 * sum) break;
    power *= square;
  }
  return r * (2 * square * sum - e);
}

/**
 * I_x(a, b) divided by x^a y^b / B(a, b), for x below about the mean (Didonato and Morris 1992, formula 9).
 */
function continuedFraction(x: number, y: number, a: number, b: number): number {
  const offset = (x <= y ? a - (a + b) * x : (a + b) * y - b) + 1;
  // Modified Lentz: `numerator` and `denominator` are ratios of successive convergents' parts.
  let fraction = (a / (a + 1)) * offset;
  let numerator = fraction;
  let denominator = 0;
  for (let n = 1; n < 100_000; n++) {
    const s = 1 / (a + 2 * n - 1);
    const w = n * (b - n) * x * s;
    const alpha = (a + n - 1) * (a + b + n - 1) * w * x * s;
    const beta = n + w + ((a + n) / (a + 2 * n + 1)) * (offset + n * (1 + y));
    denominator = 1 / (beta + alpha * denominator);
    numerator = beta + alpha / numerator;
    const ratio = numerator * denominator;
    fraction *= ratio;
    if (Math.abs(ratio - 1) < 2e-16) break;
  }
  return 1 / fraction;
}

/**
 * log Gamma(x) - ((x - 1/2) log x - x + log(2 pi) / 2): Stirling's correction, of the order of 1 / (12 x).
 */
function stirlingError(x: number): number {
  if (x < 10) {
    // Upwards by Gamma(x + 1) = x Gamma(x).
    let product = 1;
    let shifted = x;
    while (shifted < 10) product *= shifted++;
    return (
      (shifted - 0.5) * Math.log(shifted) -
      shifted +
      stirlingError(shifted) -
      Math.log(product) -
      ((x - 0.5) * Math.log(x) - x)
    );
  }
  const i = 1 / x;
  const s = i * i;
  return (
    i *
    (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s * (1 / 1188 - s * (691 / 360360 - s / 156))))))
  );
}
