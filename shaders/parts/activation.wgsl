// Activations and their derivatives, four units at a time. Codes are indices in ACTIVATIONS of src/model/layers/activation.ts.
import package::parts::numeric::elementary::{exponential, hyperbolicTangent, errorFunction};

override ACTIVATION: u32 = 1u;
override NEGATIVE_SLOPE: f32 = 0.01;
// Of the polynomial ReLU.
override DEGREE: f32 = 3.0;
override THRESHOLD: f32 = 1.0;

// The activation at pre-activation z.
fn activate(z: vec4f) -> vec4f {
  switch (ACTIVATION) {
    // Not max: the software adapter looks for NaNs there, with 43 instructions. Twice z is exact.
    case 1u: { return 0.5 * (z + abs(z)); }
    case 2u: { return select(NEGATIVE_SLOPE * z, z, z > vec4f(0.0)); }
    case 3u: { return hyperbolicTangent(z); }
    case 4u: { return z * normalDistribution(z); }
    case 5u: { return 0.5 * z * (1.0 + hyperbolicTangent(geluInner(z))); }
    case 6u: { return z * z; }
    case 7u: {
      let t = clamp(z / THRESHOLD, vec4f(0.0), vec4f(1.0));
      return THRESHOLD * (t * smoothedSlope(t) / DEGREE + max(z / THRESHOLD - 1.0, vec4f(0.0)));
    }
    default: { return z; }
  }
}

// The activation of one number.
fn activateNumber(z: f32) -> f32 {
  if (ACTIVATION == 0u) { return z; }
  if (ACTIVATION == 1u) { return 0.5 * (z + abs(z)); }
  return activate(vec4f(z)).x;
}

// A derivative by the activation at pre-activation z as one by z.
fn throughActivationNumber(derivative: f32, z: f32) -> f32 {
  if (ACTIVATION == 0u) { return derivative; }
  if (ACTIVATION == 1u) { return select(0.0, derivative, z > 0.0); }
  return throughActivation(vec4f(derivative), vec4f(z)).x;
}

// t^(DEGREE - 1) for t in [0, 1]; whole degrees without a logarithm, which would cost two digits.
fn smoothedSlope(t: vec4f) -> vec4f {
  let whole = floor(DEGREE - 1.0);
  var power = vec4f(1.0);
  for (var i = 0.0; i < whole; i += 1.0) { power *= t; }
  if (whole < DEGREE - 1.0) { power *= select(vec4f(0.0), exp2((DEGREE - 1.0 - whole) * log2(t)), t > vec4f(0.0)); }
  return power;
}

// A derivative by the activation at pre-activation z as one by z.
fn throughActivation(derivative: vec4f, z: vec4f) -> vec4f {
  if (ACTIVATION == 1u) { return select(vec4f(0.0), derivative, z > vec4f(0.0)); }
  return derivative * activationSlope(z);
}

// Its derivative at pre-activation z.
fn activationSlope(z: vec4f) -> vec4f {
  switch (ACTIVATION) {
    case 1u: { return select(vec4f(0.0), vec4f(1.0), z > vec4f(0.0)); }
    case 2u: { return select(vec4f(NEGATIVE_SLOPE), vec4f(1.0), z > vec4f(0.0)); }
    case 3u: {
      let t = hyperbolicTangent(z);
      return 1.0 - t * t;
    }
    case 4u: { return normalDistribution(z) + z * 0.3989422804 * exponential(-0.5 * z * z); }
    case 5u: {
      let t = hyperbolicTangent(geluInner(z));
      return 0.5 * (1.0 + t) + 0.5 * z * (1.0 - t * t) * 0.7978845608 * (1.0 + 0.134145 * z * z);
    }
    case 6u: { return 2.0 * z; }
    case 7u: {
      let slope = smoothedSlope(clamp(z / THRESHOLD, vec4f(0.0), vec4f(1.0)));
      return select(vec4f(0.0), slope, z > vec4f(0.0));
    }
    default: { return vec4f(1.0); }
  }
}

fn normalDistribution(z: vec4f) -> vec4f {
  return 0.5 * (1.0 + errorFunction(z * 0.7071067812));
}

fn geluInner(z: vec4f) -> vec4f {
  return 0.7978845608 * z * (1.0 + 0.044715 * z * z);
}
