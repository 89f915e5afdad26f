/**
 * Kernel `conv2dBackwardWeightProduct` against float64, in every shape of its tiles and in several chunks: odd sizes, strides, paddings,
 * groups; and finite differences of the forward pass.
 */

import { describe, expect, it } from "vitest";
import {
  conv2dBackwardWeightProductGrid,
  conv2dBackwardWeightProductKernel,
  conv2dBackwardWeightProductSpecialization,
  placeChunk,
  placesOf,
} from "../../../src/kernels/layers/conv2dBackwardWeightProduct.ts";
import { packConvolution } from "../../../src/kernels/layers/convolution.ts";
import { type ProductShape, SMALL_WORKGROUP_TILES } from "../../../src/kernels/layers/product.ts";
import { expectClose, TOLERANCES } from "../../tolerances.ts";
import {
  CONVOLUTION_CASES,
  convolutionName,
  LONG_CASE,
  PRODUCT_CASES,
  plain,
  TestConvolution,
} from "../convolutions.ts";
import { runKernel } from "../harness.ts";

/** Places of a chunk here: few, so that these small batches have several, the last of them shorter. */
const CHUNK = 48;

/** Chunks `[R, chunks, weight and bias]`. */
async function run(
  test: TestConvolution,
  shape: ProductShape = SMALL_WORKGROUP_TILES,
  chunk = CHUNK,
): Promise<Float32Array> {
  const { R, B } = test.of;
  const { layout, parameterStride } = test;
  const chunked = placesOf(layout, B);
  const rows = { batchSize: B, inputOffset: 0, inputRunStride: test.inputs.length / R, chunk, chunked };
  const { 5: written } = await runKernel(
    conv2dBackwardWeightProductKernel,
    plain(conv2dBackwardWeightProductSpecialization(layout, shape)),
    conv2dBackwardWeightProductGrid(layout, B, R, shape, chunk),
    [
      { uniform: packConvolution(layout, parameterStride, rows) },
      { read: test.inputs },
      { read: new Float32Array(4) },
      { read: new Float32Array(4) },
      { read: test.deltas },
      { write: new Float32Array(R * Math.ceil(chunked / chunk) * layout.size).fill(Number.NaN) },
    ],
  );
  return new Float32Array(written);
}

/** Run r's gradients: its chunks added up. */
function added(test: TestConvolution, written: Float32Array, r: number): Float64Array {
  const { size } = test.layout;
  const chunks = written.length / test.of.R / size;
  const sums = new Float64Array(size);
  for (let c = 0; c < chunks; c++)
    for (let i = 0; i < size; i++) sums[i] += written[(r * chunks + c) * size + i];
  return sums;
}

describe("conv2dBackwardWeightProduct", () => {
  for (const [name, shape, of] of PRODUCT_CASES) {
    it(`${name}: ${convolutionName(of)}`, async () => {
      const test = new TestConvolution(of);
      const written = await run(test, shape);
      for (let r = 0; r < of.R; r++) {
        const scale = test.reference(r, Math.abs).gradients;
        const expected = test.reference(r).gradients;
        const limit = (i: number) => Math.max(scale[i], 1e-30);
        expectClose(TOLERANCES.sum, added(test, written, r), expected, limit, `run ${r}`);
      }
    });
  }

  it("one chunk, as long as the planner would have it", async () => {
    const test = new TestConvolution(CONVOLUTION_CASES[1]);
    const chunk = placeChunk(test.layout, test.of.B);
    const written = await run(test, SMALL_WORKGROUP_TILES, chunk);
    expect(written.length).toBe(test.of.R * test.layout.size);
    const scale = test.reference(0, Math.abs).gradients;
    const own = added(test, written, 0);
    expectClose(TOLERANCES.sum, own, test.reference(0).gradients, (i) => scale[i], "gradients");
  });

  it("finite differences of loss = sum delta z, weight by weight and bias by bias", async () => {
    const test = new TestConvolution(CONVOLUTION_CASES[4]);
    const actual = added(test, await run(test), 0);
    const loss = () => {
      const { outputs } = test.reference(0);
      return outputs.reduce((sum, z, i) => sum + test.deltas[i] * z, 0);
    };
    const { size, weightOffset } = test.layout;
    // Weights here and there, and the last biases.
    const checked = [...new Array(40).keys()].map((i) => (i < 35 ? (i * 113) % size : size - 1 - (i - 35)));
    const differences = checked.map((i) => {
      const at = weightOffset + i;
      const value = test.parameters[at];
      // The loss is linear, so any width will do.
      test.parameters[at] = value + 1;
      const [above, width] = [loss(), test.parameters[at] - value];
      test.parameters[at] = value;
      return (above - loss()) / width;
    });
    const scale = test.reference(0, Math.abs).gradients;
    const own = checked.map((i) => actual[i]);
    expectClose(TOLERANCES.sum, own, differences, (i) => Math.max(scale[checked[i]], 1e-30), "gradients");
  });

  it("a run's bits are the same alone and among others", async () => {
    const together = await run(new TestConvolution(LONG_CASE));
    const alone = await run(new TestConvolution({ ...LONG_CASE, R: 1 }));
    expect([...together.subarray(0, alone.length)]).toEqual([...alone]);
  });

  it("a NaN among the inputs comes through, to its channel's weights alone", async () => {
    const test = new TestConvolution(CONVOLUTION_CASES[1]);
    const [, height, width] = test.layout.input;
    test.inputs[height * width + 2 * width + 3] = Number.NaN;
    const planted = added(test, await run(test), 0);
    const hit = [...planted.keys()].filter((i) => Number.isNaN(planted[i]));
    expect(hit.length).toBe(9 * test.layout.output[0]);
    for (const i of hit) expect(Math.floor(i / 9) % test.layout.input[0]).toBe(1);
  });
});
