// exp, log1p, tanh and erf to about 1e-7: WGSL's own are allowed more error than a loss or a gradient can bear
// (measured: log is off by 1.7e-4, relative, near 1). Limits by `select`: in min, max and clamp the software adapter looks
// for NaNs, with three times as many instructions.

fn exponential(x: vec4f) -> vec4f {
  let raised = select(x, vec4f(-87.0), x < vec4f(-87.0));
  let clamped = select(raised, vec4f(88.0), raised > vec4f(88.0));
  let n = round(clamped * 1.44269504);
  // ln 2 in two parts, the first with few bits, so that n times it is exact.
  let r = (clamped - n * 0.693359375) + n * 2.12194440e-4;
  let p = 1.0 + r * (1.0 + r * (0.5 + r * (0.16666667 + r * (0.041666668 + r * (0.0083333338 + r * (0.0013888889 + r * 1.984127e-4))))));
  let power = bitcast<vec4f>((vec4i(n) + 127) << vec4u(23u));
  return select(p * power, vec4f(0.0), x < vec4f(-87.0));
}

fn exponentialScalar(x: f32) -> f32 {
  return exponential(vec4f(x)).x;
}

// log(1 + x) for x >= 0.
fn log1p(x: f32) -> f32 {
  // 1 + x = m 2^e with m in [sqrt(1/2), sqrt(2)); for small x, m - 1 is x itself and keeps all its digits.
  let y = 1.0 + x;
  let e = (bitcast<i32>(y) - 0x3f3504f3) >> 23u;
  let m = bitcast<f32>(bitcast<i32>(y) - (e << 23u));
  let d = select(m - 1.0, x, e == 0);
  let s = d / (2.0 + d);
  let q = s * s;
  let series = 2.0 * s * (1.0 + q * (0.33333334 + q * (0.2 + q * (0.14285715 + q * (0.11111111 + q * 0.09090909)))));
  return f32(e) * 0.69314718 + series;
}

fn hyperbolicTangent(x: vec4f) -> vec4f {
  // Below 1 a continued fraction (Lambert), above it the exponential: both keep relative accuracy where they are used.
  let s = select(x * x, vec4f(1.0), x * x > vec4f(1.0));
  let near = x * (135135.0 + s * (17325.0 + s * (378.0 + s))) / (135135.0 + s * (62370.0 + s * (3150.0 + s * 28.0)));
  let far = sign(x) * (1.0 - 2.0 / (exponential(2.0 * abs(x)) + 1.0));
  return select(far, near, abs(x) < vec4f(1.0));
}

fn errorFunction(x: vec4f) -> vec4f {
  // Below 1 the Taylor series, above it Abramowitz and Stegun 7.1.26 (absolute error 1.5e-7).
  let s = select(x * x, vec4f(1.0), x * x > vec4f(1.0));
  let series = 1.0 - s * (0.33333334 - s * (0.1 - s * (0.023809524 - s * (0.0046296297 - s * (7.5757576e-4 - s * (1.0683761e-4 -
    s * (1.3227513e-5 - s * (1.4589169e-6 - s * 1.4503853e-7))))))));
  let near = 1.1283792 * x * series;
  let t = 1.0 / (1.0 + 0.3275911 * abs(x));
  let tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  let far = sign(x) * (1.0 - tail * exponential(-x * x));
  return select(far, near, abs(x) < vec4f(1.0));
}
