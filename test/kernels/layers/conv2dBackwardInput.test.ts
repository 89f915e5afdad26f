/**
 * Kernel `conv2dBackwardInput` against float64 at odd sizes, strides, paddings and groups: deltas by finite differences of the
 * reference are its own test; here also the slope of the activation before, BatchNorm, and adding to what another has written.
 */

import { describe, expect, it } from "vitest";
import {
  conv2dBackwardInputGrid,
  conv2dBackwardInputKernel,
  conv2dBackwardInputSpecialization,
} from "../../../src/kernels/layers/conv2dBackwardInput.ts";
import { LARGE_TILES, packConvolution, SMALL_TILES } from "../../../src/kernels/layers/convolution.ts";
import { selected } from "../../selected.ts";
import { expectClose, TOLERANCES } from "../../tolerances.ts";
import { CONVOLUTION_CASES, convolutionName, plain, TestConvolution } from "../convolutions.ts";
import { randomNumbers, runKernel } from "../harness.ts";

async function run(
  test: TestConvolution,
  tiles: typeof LARGE_TILES,
  overrides: Record<string, number> = {},
  normalizations = new Float32Array(4),
  previous = new Float32Array(test.inputs.length).fill(Number.NaN),
): Promise<Float32Array> {
  const { R, B } = test.of;
  const { layout, parameterStride } = test;
  const rows = { batchSize: B, inputOffset: 0, inputRunStride: test.inputs.length / R, chunk: 1 };
  const { 5: written } = await runKernel(
    conv2dBackwardInputKernel,
    plain(conv2dBackwardInputSpecialization(layout, tiles), overrides),
    conv2dBackwardInputGrid(layout, B, R, tiles),
    [
      { uniform: packConvolution(layout, parameterStride, rows) },
      { read: test.inputs },
      { read: normalizations },
      { read: test.deltas },
      { read: test.parameters },
      { write: previous },
    ],
  );
  return new Float32Array(written);
}

for (const [name, tiles] of [
  ["large tiles", LARGE_TILES],
  ["small tiles", SMALL_TILES],
] as const) {
  describe(`conv2dBackwardInput, ${name}`, () => {
    for (const of of selected(CONVOLUTION_CASES, 2)) {
      it(convolutionName(of), async () => {
        const test = new TestConvolution(of);
        const actual = await run(test, tiles);
        const size = test.inputs.length / of.R;
        for (let r = 0; r < of.R; r++) {
          const scale = test.reference(r, Math.abs).previous;
          const own = actual.subarray(r * size, (r + 1) * size);
          expectClose(
            TOLERANCES.sum,
            own,
            test.reference(r).previous,
            (i) => Math.max(scale[i], 1e-30),
            `run ${r}`,
          );
        }
      });
    }
  });
}

describe("conv2dBackwardInput: what the stage before is", () => {
  const test = new TestConvolution(CONVOLUTION_CASES[1]);
  const channels = test.layout.input[0];
  const map = test.layout.input[1] * test.layout.input[2];

  it("ReLU behind BatchNorm: deltas pass where the normalized number is above 0", async () => {
    const plainly = await run(test, LARGE_TILES);
    const normalizations = randomNumbers(5, 4 * test.of.R * channels);
    const bent = await run(test, LARGE_TILES, { NORMALIZED: 1, SLOPE_BELOW: 0.25 }, normalizations);
    let below = 0;
    bent.forEach((delta, i) => {
      const r = Math.floor(i / (test.inputs.length / test.of.R));
      const at = 4 * (r * channels + (Math.floor(i / map) % channels));
      const y = Math.fround(
        Math.fround(Math.fround(test.inputs[i] - normalizations[at]) * normalizations[at + 1]) +
          normalizations[at + 2],
      );
      // At the kink itself rounding decides.
      if (Math.abs(y) < 1e-6) return;
      if (y <= 0) below++;
      expect(delta).toBe(Math.fround(plainly[i] * (y > 0 ? 1 : 0.25)));
    });
    expect(below).toBeGreaterThan(20);
  });

  it("adds to what is there", async () => {
    const plainly = await run(test, LARGE_TILES);
    const before = randomNumbers(6, test.inputs.length);
    const added = await run(test, LARGE_TILES, { ADDS: 1 }, undefined, before.slice());
    expect([...added]).toEqual(Array.from(plainly, (delta, i) => Math.fround(delta + before[i])));
  });

  it("a NaN among the deltas comes through", async () => {
    const planted = new TestConvolution(CONVOLUTION_CASES[1]);
    planted.deltas[7] = Number.NaN;
    expect((await run(planted, LARGE_TILES)).some(Number.isNaN)).toBe(true);
  });
});
