/** Activations: known values, and slopes against finite differences. */

import { describe, expect, it } from "vitest";
import { ACTIVATIONS, type Activation } from "../../src/model/layers/activation.ts";
import { activationFunctions } from "../../src/reference/activation.ts";

const functionsOf = (activation: Activation, negativeSlope = 0.01) =>
  activationFunctions({ activation, negativeSlope });

describe("activations", () => {
  it("have PyTorch's values", () => {
    expect(functionsOf("relu").value(-2)).toBe(0);
    expect(functionsOf("relu").value(3)).toBe(3);
    expect(functionsOf("leaky-relu").value(-2)).toBe(-0.02);
    expect(functionsOf("leaky-relu", 0.2).value(-2)).toBe(-0.4);
    expect(functionsOf("identity").value(-7)).toBe(-7);
    expect(functionsOf("tanh").value(0.5)).toBe(Math.tanh(0.5));
    // 30-digit values (mpmath) of z Phi(z) and of the tanh form.
    const gelu = [
      [-6, -5.9195258702261885e-9, -8.439646700762297e-11],
      [-1, -0.15865525393145705, -0.1588080093917233],
      [0.5, 0.34573123063700656, 0.34571400982514394],
      [2, 1.9544997361036416, 1.954597694087775],
    ];
    for (const [z, exact, approximate] of gelu) {
      expect(Math.abs(functionsOf("gelu").value(z) / exact - 1)).toBeLessThan(1e-14);
      // 1 + tanh cancels for negative z: absolute accuracy.
      expect(Math.abs(functionsOf("gelu-tanh").value(z) - approximate)).toBeLessThan(1e-15);
    }
  });

  it("take the left derivative at the kink", () => {
    expect(functionsOf("relu").slope(0)).toBe(0);
    expect(functionsOf("leaky-relu").slope(0)).toBe(0.01);
  });

  it("let a NaN through", () => {
    for (const activation of ACTIVATIONS)
      expect(functionsOf(activation).value(Number.NaN), activation).toBeNaN();
  });

  it.each(ACTIVATIONS)("%s has the slope of its finite differences", (activation) => {
    const { value, slope } = functionsOf(activation);
    for (const z of [-8, -3.1, -0.7, -1e-3, 2e-3, 0.4, 1, 2.9, 9]) {
      const h = 1e-5;
      expect(Math.abs((value(z + h) - value(z - h)) / (2 * h) - slope(z)), `z = ${z}`).toBeLessThan(1e-9);
    }
  });
});
