// Activations and their derivatives, four units at a time. Codes are indices in ACTIVATIONS of src/model/model.ts.
import package::parts::numeric::elementary::{exponential, hyperbolicTangent, errorFunction};

override ACTIVATION: u32 = 1u;
override NEGATIVE_SLOPE: f32 = 0.01;

// The activation at pre-activation z.
fn activate(z: vec4f) -> vec4f {
  switch (ACTIVATION) {
    // Not max: the software adapter looks for NaNs there, with 43 instructions. Twice z is exact.
    case 1u: { return 0.5 * (z + abs(z)); }
    case 2u: { return select(NEGATIVE_SLOPE * z, z, z > vec4f(0.0)); }
    case 3u: { return hyperbolicTangent(z); }
    case 4u: { return z * normalDistribution(z); }
    case 5u: { return 0.5 * z * (1.0 + hyperbolicTangent(geluInner(z))); }
    default: { return z; }
  }
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
    default: { return vec4f(1.0); }
  }
}

fn normalDistribution(z: vec4f) -> vec4f {
  return 0.5 * (1.0 + errorFunction(z * 0.7071067812));
}

fn geluInner(z: vec4f) -> vec4f {
  return 0.7978845608 * z * (1.0 + 0.044715 * z * z);
}
