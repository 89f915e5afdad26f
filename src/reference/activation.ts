/**
 * Activations and their derivatives in float64. Twin of `shaders/parts/activation.wgsl`.
 */

import { type Activation, type ActivationLayer, NEGATIVE_SLOPE } from "../model/layers/activation.ts";
import { erfc } from "../numeric/erf.ts";

/** An activation as two functions of the pre-activation z. */
export interface ActivationFunctions {
  value(z: number): number;
  /** d value / d z. At a kink (ReLU at 0) the left derivative, as in PyTorch. */
  slope(z: number): number;
}

/** sqrt(2 / pi) and the cubic term of GELU's tanh approximation. */
const GELU_SCALE = Math.sqrt(2 / Math.PI);
const GELU_CUBIC = 0.044715;

/** An activation's functions, with its settings. */
export function activationFunctions({
  activation,
  negativeSlope = NEGATIVE_SLOPE,
  degree = 1,
  threshold = 1,
}: Omit<ActivationLayer, "kind">): ActivationFunctions {
  const functions: Record<Activation, ActivationFunctions> = {
    identity: { value: (z) => z, slope: () => 1 },
    relu: { value: (z) => Math.max(z, 0), slope: (z) => (z > 0 ? 1 : 0) },
    "leaky-relu": {
      value: (z) => (z > 0 ? z : negativeSlope * z),
      slope: (z) => (z > 0 ? 1 : negativeSlope),
    },
    tanh: { value: Math.tanh, slope: (z) => 1 - Math.tanh(z) ** 2 },
    gelu: {
      value: (z) => z * normalCdf(z),
      slope: (z) => normalCdf(z) + z * Math.exp(-0.5 * z * z) * Math.sqrt(0.5 / Math.PI),
    },
    "gelu-tanh": {
      value: (z) => 0.5 * z * (1 + Math.tanh(geluInner(z))),
      slope: (z) => {
        const t = Math.tanh(geluInner(z));
        return 0.5 * (1 + t) + 0.5 * z * (1 - t * t) * GELU_SCALE * (1 + 3 * GELU_CUBIC * z * z);
      },
    },
    square: { value: (z) => z * z, slope: (z) => 2 * z },
    // z^a / (a rho^(a-1)) as rho (z / rho)^a / a: nothing overflows on the way.
    "polynomial-relu": {
      value: (z) => {
        if (z <= 0) return 0;
        return z <= threshold
          ? (threshold * (z / threshold) ** degree) / degree
          : z - (1 - 1 / degree) * threshold;
      },
      slope: (z) => (z <= 0 ? 0 : Math.min(z / threshold, 1) ** (degree - 1)),
    },
  };
  return functions[activation];
}

function normalCdf(z: number): number {
  return 0.5 * erfc(-z * Math.SQRT1_2);
}

function geluInner(z: number): number {
  return GELU_SCALE * z * (1 + GELU_CUBIC * z * z);
}
