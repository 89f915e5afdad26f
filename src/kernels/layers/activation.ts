/** Overrides that say which activation a kernel computes: see `shaders/parts/activation.wgsl`. Not a kernel. */

import {
  ACTIVATIONS,
  type Activation,
  type ActivationLayer,
  NEGATIVE_SLOPE,
} from "../../model/layers/activation.ts";

/** Slopes below 0 of activations that are linear on both sides of it, and 1 above. */
const SLOPES_BELOW: Partial<Record<Activation, (negativeSlope: number) => number>> = {
  identity: () => 1,
  relu: () => 0,
  "leaky-relu": (negativeSlope) => negativeSlope,
};

/** Whether an activation is linear on both sides of 0; none is. */
export function isBent(activation: ActivationLayer | undefined): boolean {
  return activation === undefined || activation.activation in SLOPES_BELOW;
}

/** The overrides of an activation; of none, the identity's. */
export function activationOverrides(
  activation: Omit<ActivationLayer, "kind"> | undefined,
): Record<string, number> {
  const { activation: name = "identity", negativeSlope = NEGATIVE_SLOPE } = activation ?? {};
  return {
    ACTIVATION: ACTIVATIONS.indexOf(name),
    NEGATIVE_SLOPE: negativeSlope,
    DEGREE: activation?.degree ?? 1,
    THRESHOLD: activation?.threshold ?? 1,
    SLOPE_BELOW: SLOPES_BELOW[name]?.(negativeSlope) ?? 1,
  };
}
