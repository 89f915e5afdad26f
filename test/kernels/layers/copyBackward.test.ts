/** Kernel `copyBackward`: the slope of every activation, behind BatchNorm, by finite differences; adding to what is there. */

import { describe, expect, it } from "vitest";
import { copyBackwardKernel } from "../../../src/kernels/layers/copyBackward.ts";
import { elementsGrid, packElements } from "../../../src/kernels/layers/elementwise.ts";
import { ACTIVATIONS, type Activation } from "../../../src/model/layers/activation.ts";
import { activationFunctions } from "../../../src/reference/activation.ts";
import { expectClose, TOLERANCES } from "../../tolerances.ts";
import { randomNumbers, runKernel } from "../harness.ts";
import { incomingOverrides } from "../stages.ts";

const SHAPE = [3, 5, 7];
const [R, B, SIZE] = [3, 5, 105];
const inputs = randomNumbers(1, R * B * SIZE, 3);
const deltas = randomNumbers(4, R * B * SIZE);
const normalizations = randomNumbers(2, 4 * R * SHAPE[0], 2);

async function run(
  overrides: Record<string, number>,
  before = new Float32Array(R * B * SIZE).fill(Number.NaN),
): Promise<Float32Array> {
  const { 4: written } = await runKernel(copyBackwardKernel, { overrides }, elementsGrid(SIZE, B, R), [
    { uniform: packElements(SHAPE, B, 0, B * SIZE) },
    { read: inputs },
    { read: normalizations },
    { read: deltas },
    { write: before },
  ]);
  return new Float32Array(written);
}

describe("copyBackward", () => {
  it.each(ACTIVATIONS)("%s", async (activation: Activation) => {
    const { value, slope } = activationFunctions({
      activation,
      negativeSlope: 0.1,
      degree: 2.5,
      threshold: 0.7,
    });
    const h = 1e-6;
    inputs.forEach((x) => {
      // Not across a kink.
      if (Math.min(Math.abs(x), Math.abs(x - 0.7)) > 1e-3)
        expect((value(x + h) - value(x - h)) / (2 * h)).toBeCloseTo(slope(x), 6);
    });
    const actual = await run({ ...incomingOverrides(activation), DEGREE: 2.5, THRESHOLD: 0.7 });
    const expected = Array.from(deltas, (delta, i) => delta * slope(inputs[i]));
    expectClose(TOLERANCES.slope, actual, expected, (i) => 1 + Math.abs(inputs[i]));
  });

  it("looks at the normalized number", async () => {
    const actual = await run(incomingOverrides("relu", true));
    inputs.forEach((x, i) => {
      const at = 4 * (Math.floor(i / (B * SIZE)) * SHAPE[0] + (Math.floor(i / 35) % SHAPE[0]));
      const y = (x - normalizations[at]) * normalizations[at + 1] + normalizations[at + 2];
      if (Math.abs(y) > 1e-5) expect(actual[i]).toBe(y > 0 ? deltas[i] : 0);
    });
  });

  it("adds to what is there", async () => {
    const before = randomNumbers(3, inputs.length);
    const added = await run({ ...incomingOverrides(), ADDS: 1 }, before.slice());
    expect([...added]).toEqual(Array.from(deltas, (delta, i) => Math.fround(delta + before[i])));
  });
});
