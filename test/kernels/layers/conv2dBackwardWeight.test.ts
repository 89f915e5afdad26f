/** Kernel `conv2dBackwardWeight` against float64 at odd sizes, strides, paddings and groups, chunk by chunk. */

import { describe, expect, it } from "vitest";
import {
  conv2dBackwardWeightGrid,
  conv2dBackwardWeightKernel,
  conv2dBackwardWeightSpecialization,
  gradientChunk,
} from "../../../src/kernels/layers/conv2dBackwardWeight.ts";
import { LARGE_TILES, packConvolution, SMALL_TILES } from "../../../src/kernels/layers/convolution.ts";
import { selected } from "../../selected.ts";
import { expectClose, TOLERANCES } from "../../tolerances.ts";
import { CONVOLUTION_CASES, convolutionName, plain, TestConvolution } from "../convolutions.ts";
import { runKernel } from "../harness.ts";

/** Chunks `[R, chunks, weight and bias]`. */
async function run(test: TestConvolution, tiles: typeof LARGE_TILES): Promise<Float32Array> {
  const { R, B } = test.of;
  const { layout, parameterStride } = test;
  const chunk = gradientChunk(layout, B, tiles);
  const chunks = Math.ceil(B / chunk);
  const rows = { batchSize: B, inputOffset: 0, inputRunStride: test.inputs.length / R, chunk };
  const { 5: written } = await runKernel(
    conv2dBackwardWeightKernel,
    plain(conv2dBackwardWeightSpecialization(layout, tiles)),
    conv2dBackwardWeightGrid(layout, B, R, tiles),
    [
      { uniform: packConvolution(layout, parameterStride, rows) },
      { read: test.inputs },
      { read: new Float32Array(4) },
      { read: new Float32Array(4) },
      { read: test.deltas },
      { write: new Float32Array(R * chunks * layout.size).fill(Number.NaN) },
    ],
  );
  return new Float32Array(written);
}

for (const [name, tiles] of [
  ["large tiles", LARGE_TILES],
  ["small tiles", SMALL_TILES],
] as const) {
  describe(`conv2dBackwardWeight, ${name}`, () => {
    for (const of of selected(CONVOLUTION_CASES, 2)) {
      it(convolutionName(of), async () => {
        const test = new TestConvolution(of);
        const { size } = test.layout;
        const written = await run(test, tiles);
        const chunks = written.length / of.R / size;
        for (let r = 0; r < of.R; r++) {
          const actual = new Float64Array(size);
          for (let c = 0; c < chunks; c++)
            for (let i = 0; i < size; i++) actual[i] += written[(r * chunks + c) * size + i];
          const scale = test.reference(r, Math.abs).gradients;
          expectClose(
            TOLERANCES.sum,
            actual,
            test.reference(r).gradients,
            (i) => Math.max(scale[i], 1e-30),
            `run ${r}`,
          );
        }
      });
    }
  });
}

describe("conv2dBackwardWeight", () => {
  it("a run's bits are the same alone and among others", async () => {
    const of = CONVOLUTION_CASES[1];
    const together = await run(new TestConvolution(of), LARGE_TILES);
    const alone = await run(new TestConvolution({ ...of, R: 1 }), LARGE_TILES);
    expect([...together.subarray(0, alone.length)]).toEqual([...alone]);
  });

  it("a NaN among the inputs comes through", async () => {
    const planted = new TestConvolution(CONVOLUTION_CASES[1]);
    planted.inputs[11] = Number.NaN;
    expect((await run(planted, LARGE_TILES)).some(Number.isNaN)).toBe(true);
  });
});
