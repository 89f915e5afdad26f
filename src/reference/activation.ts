/**
 * Activations and their derivatives in float64. Twin of `shaders/parts/activation.wgsl`.
 */

import type { Activation, Model } from "../model/model.ts";
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

/** The activation of a net. */
export function activationFunctions({ activation, negativeSlope }: Model): ActivationFunctions {
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
  };
  return functions[activation];
}

function normalCdf(z: number): number {
  return 0.5 * erfc(-z * Math.SQRT1_2);
}

function geluInner(z: number): number {
  return GELU_SCALE * z * (1 + GELU_CUBIC * z * z);
}
