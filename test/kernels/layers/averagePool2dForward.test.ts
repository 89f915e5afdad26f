/** Kernel `averagePool2dForward` against float64 at odd sizes. */

import { describe, expect, it } from "vitest";
import { averagePool2dForwardKernel } from "../../../src/kernels/layers/averagePool2dForward.ts";
import { expectClose, TOLERANCES } from "../../tolerances.ts";
import { POOL_CASES, poolName, TestPool } from "../pools.ts";

describe("averagePool2dForward", () => {
  it.each(POOL_CASES.map((of) => [poolName(of), of] as const))("%s", async (_, of) => {
    const test = new TestPool(of, "average");
    expectClose(TOLERANCES.sum, await test.forward(averagePool2dForwardKernel), test.reference().outputs);
  });

  it("a NaN wins", async () => {
    const test = new TestPool(POOL_CASES[1], "average");
    test.inputs[8] = Number.NaN;
    expect((await test.forward(averagePool2dForwardKernel)).filter(Number.isNaN)).toHaveLength(1);
  });
});
