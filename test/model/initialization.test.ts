/** First parameters: PyTorch's law, made of the documented words, exact in 32 bits. */

import { describe, expect, it } from "vitest";
import { initialParameters } from "../../src/model/initialization.ts";
import { parameterLayout } from "../../src/model/layout.ts";
import { mlp } from "../../src/model/nets.ts";
import { perceptron } from "../../src/model/perceptron.ts";
import { PURPOSE, symmetricUnit, threefry } from "../../src/numeric/threefry.ts";
import { chiSquareProbability, SIGNIFICANCE } from "../statistics.ts";

const MODEL = mlp([3, 40, 30, 2]);

describe("initialParameters", () => {
  it("is uniform in +-1/sqrt(fan_in), weights and biases (chi-square over 10 cells, p above 1e-3)", () => {
    const parameters = initialParameters(MODEL, 4);
    const { tensors } = parameterLayout(MODEL);
    const { layers } = perceptron(MODEL)!;
    tensors.forEach(({ name, offset, size }, i) => {
      const bound = Math.fround(1 / Math.sqrt(layers[Math.floor(i / 2)].inputs));
      const values = parameters.subarray(offset, offset + size);
      for (const value of values) expect(Math.abs(value)).toBeLessThanOrEqual(bound);
      if (size < 100) return;
      const counts = new Uint32Array(10);
      for (const value of values) counts[Math.floor((value / bound + 1) * 5)]++;
      expect(
        chiSquareProbability(counts, () => size / 10),
        name,
      ).toBeGreaterThan(SIGNIFICANCE);
    });
  });

  it("makes element e of a tensor from the word (seed, initialization; 2 layer + bias, e)", () => {
    const parameters = initialParameters(MODEL, 4);
    const { layers } = perceptron(MODEL)!;
    layers.forEach(({ inputs, weightOffset, biasOffset }, l) => {
      const bound = Math.fround(1 / Math.sqrt(inputs));
      for (const element of [0, 1]) {
        const value = (tensor: number) =>
          Math.fround(symmetricUnit(threefry(4, PURPOSE.initialization, tensor, element)) * bound);
        expect(parameters[weightOffset + element]).toBe(value(2 * l));
        expect(parameters[biasOffset + element]).toBe(value(2 * l + 1));
      }
    });
  });

  it("depends on the seed, and gives a net without biases the same weights", () => {
    const withBias = initialParameters(mlp([2, 5, 1]), 7);
    expect(initialParameters(mlp([2, 5, 1]), 7)).toEqual(withBias);
    expect(initialParameters(mlp([2, 5, 1]), 8)).not.toEqual(withBias);
    const without = initialParameters(mlp([2, 5, 1], { bias: false }), 7);
    expect([...without]).toEqual([...withBias.subarray(0, 10), ...withBias.subarray(15, 20)]);
  });
});
