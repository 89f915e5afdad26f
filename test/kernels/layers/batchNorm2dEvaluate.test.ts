/** Kernel `batchNorm2dEvaluate` against float64: numbers brought through by running statistics. */

import { describe, it } from "vitest";
import {
  batchNorm2dEvaluateGrid,
  batchNorm2dEvaluateKernel,
} from "../../../src/kernels/layers/batchNorm2dEvaluate.ts";
import { expectClose, TOLERANCES } from "../../tolerances.ts";
import { runKernel } from "../harness.ts";
import { NORM_CASES, normalizedNumbers, normName, TestNorm } from "../norms.ts";

describe("batchNorm2dEvaluate", () => {
  it.each(NORM_CASES.map((of) => [normName(of), of] as const))("%s", async (_, of) => {
    const test = new TestNorm(of);
    const { R, shape } = of;
    const { 3: written } = await runKernel(
      batchNorm2dEvaluateKernel,
      {},
      batchNorm2dEvaluateGrid(shape[0], R),
      [
        { uniform: test.uniform },
        { read: test.parameters },
        { read: test.state },
        { write: new Float32Array(4 * R * shape[0]).fill(Number.NaN) },
      ],
    );
    const expected = Array.from({ length: R }, (_, r) => [...test.reference(r, false).outputs]).flat();
    expectClose(TOLERANCES.normalization, normalizedNumbers(test, new Float32Array(written)), expected);
  });
});
