/**
 * Kernel `batchNorm2dForward` against float64: what readers make of the numbers, running statistics, means far from 0, frozen
 * runs, NaN.
 */

import { describe, expect, it } from "vitest";
import {
  batchNorm2dForwardGrid,
  batchNorm2dForwardKernel,
} from "../../../src/kernels/layers/batchNorm2dForward.ts";
import { expectClose, TOLERANCES } from "../../tolerances.ts";
import { runKernel } from "../harness.ts";
import { NORM_CASES, normalizedNumbers, normName, TestNorm } from "../norms.ts";

async function run(test: TestNorm, frozen: readonly number[] = [], THREADS = 64) {
  const { R, shape } = test.of;
  const written = await runKernel(
    batchNorm2dForwardKernel,
    { overrides: { THREADS } },
    batchNorm2dForwardGrid(shape[0], R),
    [
      { uniform: test.uniform },
      { read: test.stored },
      { read: test.parameters },
      { write: test.state.slice() },
      { write: new Float32Array(4 * R * shape[0]).fill(Number.NaN) },
      { write: test.clocks(frozen) },
    ],
  );
  return { state: new Float32Array(written[3]), normalizations: new Float32Array(written[4]) };
}

/** The reference's state, but for the count, which moves in the backward pass. */
function expectedState(test: TestNorm): number[] {
  const tracked = test.operation.state.num_batches_tracked.offset;
  return Array.from({ length: test.of.R }, (_, r) =>
    [...test.reference(r).state].map((value, i) => (i === tracked ? 3 : value)),
  ).flat();
}

describe("batchNorm2dForward", () => {
  const cases = NORM_CASES.flatMap((of) =>
    [4, 64].map((threads) => [`${normName(of)}, ${threads} threads`, of, threads] as const),
  );
  it.each(cases)("%s", async (_, of, threads) => {
    const test = new TestNorm(of);
    const { state, normalizations } = await run(test, [], threads);
    const expected = Array.from({ length: of.R }, (_, r) => [...test.reference(r).outputs]).flat();
    expectClose(TOLERANCES.normalization, normalizedNumbers(test, normalizations), expected);
    expectClose(TOLERANCES.normalization, state, expectedState(test));
  });

  it("mean 1000 at deviation 1 loses nothing", async () => {
    const test = new TestNorm(NORM_CASES[1], 1000, 1);
    const { normalizations } = await run(test);
    const expected = Array.from({ length: 3 }, (_, r) => [...test.reference(r).outputs]).flat();
    const [C, map] = [3, 35];
    for (let r = 0; r < 3; r++) {
      for (let c = 0; c < C; c++) {
        const numbers = Array.from({ length: 5 }, (_, b) =>
          Array.from(test.stored.subarray(((r * 5 + b) * C + c) * map, ((r * 5 + b) * C + c + 1) * map)),
        ).flat();
        const mean = numbers.reduce((a, b) => a + b) / numbers.length;
        const variance = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / numbers.length;
        const [actual, , , inverse] = normalizations.subarray(4 * (r * C + c));
        expect(Math.abs(actual / mean - 1)).toBeLessThan(1e-6);
        expect(Math.abs((inverse ** -2 - 1e-5) / variance - 1)).toBeLessThan(1e-4);
      }
    }
    // A number near 1000 has 2^-14 as its last place.
    expect(
      Math.max(...normalizedNumbers(test, normalizations).map((y, i) => Math.abs(y - expected[i]))),
    ).toBeLessThan(2e-4);
  });

  it("equal numbers have no variance", async () => {
    const test = new TestNorm(NORM_CASES[1], 0.1, 0);
    const { normalizations } = await run(test);
    for (let i = 0; i < normalizations.length; i += 4) {
      expect(normalizations[i]).toBe(Math.fround(0.1));
      expect(normalizations[i + 3] * Math.sqrt(1e-5)).toBeCloseTo(1, 6);
    }
  });

  it("leaves the running statistics of frozen runs alone, and of channels that are not finite", async () => {
    const test = new TestNorm(NORM_CASES[1]);
    test.stored[0] = Number.NaN;
    const { state, normalizations } = await run(test, [2]);
    const { stateStride } = test.strides;
    const { running_mean } = test.operation.state;
    expect(Number.isNaN(normalizations[0])).toBe(true);
    expect(state[running_mean.offset]).toBe(test.state[running_mean.offset]);
    expect(state[running_mean.offset + 1]).not.toBe(test.state[running_mean.offset + 1]);
    expect([...state.subarray(2 * stateStride)]).toEqual([...test.state.subarray(2 * stateStride)]);
  });
});
