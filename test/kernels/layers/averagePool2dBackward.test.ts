/** Kernel `averagePool2dBackward` against float64 and finite differences, at odd sizes. */

import { describe, expect, it } from "vitest";
import { averagePool2dBackwardKernel } from "../../../src/kernels/layers/averagePool2dBackward.ts";
import { averagePool2dForwardKernel } from "../../../src/kernels/layers/averagePool2dForward.ts";
import { expectClose, TOLERANCES } from "../../tolerances.ts";
import { randomNumbers } from "../harness.ts";
import { POOL_CASES, poolName, TestPool } from "../pools.ts";

describe("averagePool2dBackward", () => {
  it.each(POOL_CASES.map((of) => [poolName(of), of] as const))("%s", async (_, of) => {
    const test = new TestPool(of, "average");
    expectClose(TOLERANCES.sum, await test.backward(averagePool2dBackwardKernel), test.reference().previous);
  });

  it("is the gradient of finite differences of sum delta . output", async () => {
    const test = new TestPool(POOL_CASES[2], "average");
    // All different: no ties, where the largest would change sides.
    test.inputs.set(test.inputs.map((x, i) => x + i / 64));
    const gradient = await test.backward(averagePool2dBackwardKernel);
    const loss = async () =>
      (await test.forward(averagePool2dForwardKernel)).reduce((sum, y, i) => sum + y * test.deltas[i], 0);
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
    const test = new TestPool(POOL_CASES[1], "average");
    const before = randomNumbers(3, test.inputs.length);
    const plainly = await test.backward(averagePool2dBackwardKernel);
    const added = await test.backward(averagePool2dBackwardKernel, before.slice());
    expect([...added]).toEqual(Array.from(plainly, (delta, i) => Math.fround(delta + before[i])));
  });
});
