/** Kernel `batchNorm2dBackward` against float64 and finite differences; the count of batches; gradients of two passes. */

import { describe, expect, it } from "vitest";
import {
  batchNorm2dBackwardGrid,
  batchNorm2dBackwardKernel,
} from "../../../src/kernels/layers/batchNorm2dBackward.ts";
import { expectClose, TOLERANCES } from "../../tolerances.ts";
import { randomNumbers, runKernel } from "../harness.ts";
import { NORM_CASES, normName, TestNorm } from "../norms.ts";

async function run(
  test: TestNorm,
  before?: Float32Array<ArrayBuffer>,
  frozen: readonly number[] = [],
  THREADS = 64,
  clock = { step: 5, isClosed: false },
) {
  const { R, B, shape } = test.of;
  const map = shape[1] * shape[2];
  const { weight, bias } = test.operation.parameters;
  const normalizations = new Float32Array(4 * R * shape[0]);
  for (let r = 0; r < R; r++) {
    for (let c = 0; c < shape[0]; c++) {
      const numbers = Array.from({ length: B }, (_, b) =>
        Array.from(
          test.stored.subarray(((r * B + b) * shape[0] + c) * map, ((r * B + b) * shape[0] + c + 1) * map),
        ),
      ).flat();
      const mean = numbers.reduce((a, b) => a + b) / numbers.length;
      const variance = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / numbers.length;
      const inverse = 1 / Math.sqrt(variance + (test.of.options?.epsilon ?? 1e-5));
      const run = r * test.strides.parameterStride;
      normalizations.set(
        [
          mean,
          test.parameters[run + weight.offset + c] * inverse,
          test.parameters[run + bias.offset + c],
          inverse,
        ],
        4 * (r * shape[0] + c),
      );
    }
  }
  const written = await runKernel(
    batchNorm2dBackwardKernel,
    { overrides: { THREADS, ADDS: before === undefined ? 0 : 1, IS_CLOSED: clock.isClosed ? 1 : 0 } },
    batchNorm2dBackwardGrid(shape[0], R),
    [
      { uniform: test.uniform },
      { read: test.stored },
      { read: normalizations },
      { write: test.deltas.slice() },
      { write: before ?? new Float32Array(R * test.strides.parameterStride) },
      { write: test.state.slice() },
      { write: test.clocks(frozen, clock.step) },
    ],
  );
  return {
    previous: new Float32Array(written[3]),
    gradients: new Float32Array(written[4]),
    state: new Float32Array(written[5]),
  };
}

describe("batchNorm2dBackward", () => {
  const cases = NORM_CASES.flatMap((of) =>
    [4, 64].map((threads) => [`${normName(of)}, ${threads} threads`, of, threads] as const),
  );
  it.each(cases)("%s", async (_, of, threads) => {
    const test = new TestNorm(of);
    const { previous, gradients } = await run(test, undefined, [], threads);
    const all = (what: "previous" | "gradients") =>
      Array.from({ length: of.R }, (_, r) => [...test.reference(r)[what]]).flat();
    const m = of.B * of.shape[1] * of.shape[2];
    // Where a channel has hardly any numbers its deviation may be tiny, and 1 / deviation large.
    const scale = of.B === 2 ? 300 : 10;
    expectClose(TOLERANCES.normalization, previous, all("previous"), () => scale);
    expectClose(TOLERANCES.normalization, gradients, all("gradients"), () => Math.max(1, Math.sqrt(m)));
  });

  it("the reference is the gradient of finite differences of sum delta . output", () => {
    const test = new TestNorm(NORM_CASES[1]);
    const { previous } = test.reference(0);
    const loss = () => test.reference(0).outputs.reduce((sum, y, i) => sum + y * test.deltas[i], 0);
    for (const i of [0, 33, 36, 200, 524]) {
      const x = test.stored[i];
      const h = 2 ** -10;
      test.stored[i] = Math.fround(x + h);
      const above = { x: test.stored[i], loss: loss() };
      test.stored[i] = Math.fround(x - h);
      const below = { x: test.stored[i], loss: loss() };
      test.stored[i] = x;
      expect((above.loss - below.loss) / (above.x - below.x)).toBeCloseTo(previous[i], 5);
    }
  });

  it("counts the batch of runs that are not frozen", async () => {
    const test = new TestNorm(NORM_CASES[1]);
    const { state } = await run(test, undefined, [1]);
    const { offset } = test.operation.state.num_batches_tracked;
    const counts = [0, 1, 2].map((r) => state[r * test.strides.stateStride + offset]);
    expect(counts).toEqual([4, 3, 4]);
  });

  it.each([
    [2, false, 4],
    [3, false, 3],
    // The clock has moved on, from 2 or from 3.
    [3, true, 4],
    [4, true, 3],
  ])("counts the very step that a run fails at, 2: clock %i, moved on %s", async (step, isClosed, count) => {
    const test = new TestNorm(NORM_CASES[1]);
    const { state } = await run(test, undefined, [1], 64, { step, isClosed });
    expect(state[test.strides.stateStride + test.operation.state.num_batches_tracked.offset]).toBe(count);
  });

  it("adds to gradients of another pass", async () => {
    const test = new TestNorm(NORM_CASES[1]);
    const before = randomNumbers(6, 3 * test.strides.parameterStride);
    const { gradients } = await run(test);
    const added = await run(test, before.slice());
    const { size } = test.operation.parameters.weight;
    for (let r = 0; r < 3; r++) {
      for (let i = r * test.strides.parameterStride; i < r * test.strides.parameterStride + 2 * size; i++)
        expect(added.gradients[i]).toBe(Math.fround(gradients[i] + before[i]));
    }
  });

  it("a NaN among the deltas comes through, in its channel alone", async () => {
    const test = new TestNorm(NORM_CASES[1]);
    test.deltas[0] = Number.NaN;
    const { previous } = await run(test);
    expect(Number.isNaN(previous[1])).toBe(true);
    expect(Number.isNaN(previous[35])).toBe(false);
  });
});
