/** Kernel `conv2dForwardProduct` against float64, in every shape of its tiles: odd sizes, strides, paddings, groups. */

import { describe, expect, it } from "vitest";
import {
  conv2dForwardProductGrid,
  conv2dForwardProductKernel,
  conv2dForwardProductSpecialization,
} from "../../../src/kernels/layers/conv2dForwardProduct.ts";
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
import { randomNumbers, runKernel } from "../harness.ts";

async function run(
  test: TestConvolution,
  shape: ProductShape,
  overrides: Record<string, number> = {},
  normalizations = new Float32Array(4),
): Promise<Float32Array> {
  const { R, B } = test.of;
  const { layout, parameterStride } = test;
  const rows = { batchSize: B, inputOffset: 0, inputRunStride: test.inputs.length / R, chunk: 1 };
  const { 5: written } = await runKernel(
    conv2dForwardProductKernel,
    plain(conv2dForwardProductSpecialization(layout, parameterStride, shape), overrides),
    conv2dForwardProductGrid(layout, B, R, shape),
    [
      { uniform: packConvolution(layout, parameterStride, rows) },
      { read: test.inputs },
      { read: normalizations },
      { read: new Float32Array(4) },
      { read: test.parameters },
      { write: new Float32Array(R * B * test.outputSize).fill(Number.NaN) },
    ],
  );
  return new Float32Array(written);
}

describe("conv2dForwardProduct", () => {
  for (const [name, shape, of] of PRODUCT_CASES) {
    it(`${name}: ${convolutionName(of)}`, async () => {
      const test = new TestConvolution(of);
      const { R, B } = of;
      const actual = await run(test, shape);
      for (let r = 0; r < R; r++) {
        const own = actual.subarray(r * B * test.outputSize, (r + 1) * B * test.outputSize);
        const scale = test.reference(r, Math.abs).outputs;
        expectClose(TOLERANCES.sum, own, test.reference(r).outputs, (i) => scale[i], `run ${r}`);
      }
      expect(actual.every(Number.isFinite)).toBe(true);
    });
  }

  it("BatchNorm and ReLU of the stage before on the way in, and zeros in the padding all the same", async () => {
    const of = { ...CONVOLUTION_CASES[1], options: { kernel: 3, padding: 1, bias: false } };
    const test = new TestConvolution(of);
    const { R } = of;
    const [channels, height, width] = test.layout.input;
    const normalizations = randomNumbers(5, 4 * R * channels);
    const actual = await run(
      test,
      SMALL_WORKGROUP_TILES,
      { NORMALIZED: 1, SLOPE_BELOW: 0.25 },
      normalizations,
    );
    // What comes in, stored as it is.
    test.inputs.forEach((stored, i) => {
      const channel = Math.floor(i / (height * width)) % channels;
      const run = Math.floor((i / test.inputs.length) * R);
      const [mean, scale, shift] = normalizations.subarray(4 * (run * channels + channel));
      const y = (stored - mean) * scale + shift;
      test.inputs[i] = y > 0 ? y : 0.25 * y;
    });
    const size = actual.length / R;
    for (let r = 0; r < R; r++) {
      const scale = test.reference(r, Math.abs).outputs;
      const own = actual.subarray(r * size, (r + 1) * size);
      expectClose(TOLERANCES.sum, own, test.reference(r).outputs, (i) => scale[i], `run ${r}`);
    }
  });

  it("a NaN among the inputs comes through, to those outputs alone that it belongs to", async () => {
    const test = new TestConvolution(CONVOLUTION_CASES[1]);
    const plainly = await run(test, SMALL_WORKGROUP_TILES);
    // The middle of a map of the second image of the first run.
    const [channels, height, width] = test.layout.input;
    test.inputs[channels * height * width + 2 * width + 3] = Number.NaN;
    const planted = await run(test, SMALL_WORKGROUP_TILES);
    const hit = [...planted.keys()].filter((i) => Number.isNaN(planted[i]));
    // 3 x 3 places of all outputs of one image.
    expect(hit.length).toBe(9 * test.layout.output[0]);
    for (const i of hit) expect(Math.floor(i / test.outputSize)).toBe(1);
    expect([...planted].every((z, i) => Number.isNaN(z) || z === plainly[i])).toBe(true);
  });

  it("a run's bits are the same alone and among others", async () => {
    const together = await run(new TestConvolution(LONG_CASE), SMALL_WORKGROUP_TILES);
    const alone = await run(new TestConvolution({ ...LONG_CASE, R: 1 }), SMALL_WORKGROUP_TILES);
    expect([...together.subarray(0, alone.length)]).toEqual([...alone]);
  });
});
