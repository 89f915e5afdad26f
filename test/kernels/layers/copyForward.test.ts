/** Kernel `copyForward`: every activation, BatchNorm before it, inputs that all runs share, adding to what is there. */

import { describe, expect, it } from "vitest";
import { copyForwardKernel } from "../../../src/kernels/layers/copyForward.ts";
import { elementsGrid, packElements } from "../../../src/kernels/layers/elementwise.ts";
import { ACTIVATIONS, type Activation } from "../../../src/model/layers/activation.ts";
import { activationFunctions } from "../../../src/reference/activation.ts";
import { expectClose, TOLERANCES } from "../../tolerances.ts";
import { randomNumbers, runKernel } from "../harness.ts";
import { incomingOverrides } from "../stages.ts";

const SHAPE = [3, 5, 7];
const [R, B, SIZE] = [3, 5, 105];
const inputs = randomNumbers(1, R * B * SIZE, 3);
const normalizations = randomNumbers(2, 4 * R * SHAPE[0], 2);

async function run(
  overrides: Record<string, number>,
  {
    offset = 0,
    stride = B * SIZE,
    before,
  }: { offset?: number; stride?: number; before?: Float32Array<ArrayBuffer> } = {},
): Promise<Float32Array> {
  const { 3: written } = await runKernel(copyForwardKernel, { overrides }, elementsGrid(SIZE, B, R), [
    { uniform: packElements(SHAPE, B, offset, stride) },
    { read: inputs },
    { read: normalizations },
    { write: before ?? new Float32Array(R * B * SIZE).fill(Number.NaN) },
  ]);
  return new Float32Array(written);
}

describe("copyForward", () => {
  it.each(ACTIVATIONS)("%s", async (activation: Activation) => {
    const { value } = activationFunctions({ activation, negativeSlope: 0.1, degree: 2.5, threshold: 0.7 });
    const actual = await run({ ...incomingOverrides(activation), DEGREE: 2.5, THRESHOLD: 0.7 });
    expectClose(
      TOLERANCES.activation,
      actual,
      Array.from(inputs, value),
      (i) => 1 + Math.abs(inputs[i]) ** 2,
    );
  });

  it("BatchNorm comes first", async () => {
    const actual = await run(incomingOverrides("relu", true));
    const expected = Array.from(inputs, (x, i) => {
      const at = 4 * (Math.floor(i / (B * SIZE)) * SHAPE[0] + (Math.floor(i / 35) % SHAPE[0]));
      return Math.max((x - normalizations[at]) * normalizations[at + 1] + normalizations[at + 2], 0);
    });
    expectClose(TOLERANCES.sum, actual, expected, () => 12);
  });

  it("all runs may read the same numbers, at a place of their own", async () => {
    const actual = await run(incomingOverrides(), { offset: SIZE, stride: 0 });
    const shared = [...inputs.subarray(SIZE, (B + 1) * SIZE)];
    expect([...actual]).toEqual(Array.from({ length: R }, () => shared).flat());
  });

  it("adds to what is there", async () => {
    const before = randomNumbers(3, inputs.length);
    const added = await run({ ...incomingOverrides(), ADDS: 1 }, { before: before.slice() });
    expect([...added]).toEqual(Array.from(inputs, (x, i) => Math.fround(x + before[i])));
  });
});
