/** Kernel `maxPool2dBackward` against float64 and finite differences, at odd sizes. */

import { describe, expect, it } from "vitest";
import { maxPool2dBackwardKernel } from "../../../src/kernels/layers/maxPool2dBackward.ts";
import { maxPool2dForwardKernel } from "../../../src/kernels/layers/maxPool2dForward.ts";
import { expectClose, TOLERANCES } from "../../tolerances.ts";
import { randomNumbers } from "../harness.ts";
import { POOL_CASES, poolName, TestPool } from "../pools.ts";

describe("maxPool2dBackward", () => {
  it.each(POOL_CASES.map((of) => [poolName(of), of] as const))("%s", async (_, of) => {
    const test = new TestPool(of, "max");
    expectClose(TOLERANCES.sum, await test.backward(maxPool2dBackwardKernel), test.reference().previous);
  });

  it("is the gradient of finite differences of sum delta . output", async () => {
    const test = new TestPool(POOL_CASES[2], "max");
    // All different: no ties, where the largest would change sides.
    test.inputs.set(test.inputs.map((x, i) => x + i / 64));
    const gradient = await test.backward(maxPool2dBackwardKernel);
    const loss = async () =>
      (await test.forward(maxPool2dForwardKernel)).reduce((sum, y, i) => sum + y * test.deltas[i], 0);
    for (const i of [0, 5, 17, 40, test.inputs.length - 1]) {
      const x = test.inputs[i];
      // Exact in 32 bits, and smaller than what two inputs differ by.
      const h = 2 ** -8;
      test.inputs[i] = x + h;
      const above = await loss();
      test.inputs[i] = x - h;
      const below = await loss();
      test.inputs[i] = x;
      expect((above - below) / (2 * h)).toBeCloseTo(gradient[i], 3);
    }
  });

  it("adds to what is there", async () => {
    const test = new TestPool(POOL_CASES[1], "max");
    const before = randomNumbers(3, test.inputs.length);
    const plainly = await test.backward(maxPool2dBackwardKernel);
    const added = await test.backward(maxPool2dBackwardKernel, before.slice());
    expect([...added]).toEqual(Array.from(plainly, (delta, i) => Math.fround(delta + before[i])));
  });
});
