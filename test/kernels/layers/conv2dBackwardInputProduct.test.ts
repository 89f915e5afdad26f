/**
 * Kernel `conv2dBackwardInputProduct` against float64, in every shape of its tiles: odd sizes, strides, paddings, groups; finite
 * differences of the forward pass; and what `conv2dBackwardInput` does besides.
 */

import { describe, expect, it } from "vitest";
import {
  conv2dBackwardInputProductGrid,
  conv2dBackwardInputProductKernel,
  conv2dBackwardInputProductSpecialization,
} from "../../../src/kernels/layers/conv2dBackwardInputProduct.ts";
import { packConvolution } from "../../../src/kernels/layers/convolution.ts";
import { type ProductShape, SMALL_WORKGROUP_TILES } from "../../../src/kernels/layers/product.ts";
import { expectClose, TOLERANCES } from "../../tolerances.ts";
import {
  CONVOLUTION_CASES,
  convolutionName,
  PRODUCT_CASES,
  plain,
  TestConvolution,
} from "../convolutions.ts";
import { randomNumbers, runKernel } from "../harness.ts";

async function run(
  test: TestConvolution,
  shape: ProductShape = SMALL_WORKGROUP_TILES,
  overrides: Record<string, number> = {},
  normalizations = new Float32Array(4),
  previous = new Float32Array(test.inputs.length).fill(Number.NaN),
): Promise<Float32Array> {
  const { R, B } = test.of;
  const { layout, parameterStride } = test;
  const rows = { batchSize: B, inputOffset: 0, inputRunStride: test.inputs.length / R, chunk: 1 };
  const { 5: written } = await runKernel(
    conv2dBackwardInputProductKernel,
    plain(conv2dBackwardInputProductSpecialization(layout, shape), overrides),
    conv2dBackwardInputProductGrid(layout, B, R, shape),
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

describe("conv2dBackwardInputProduct", () => {
  for (const [name, shape, of] of PRODUCT_CASES) {
    it(`${name}: ${convolutionName(of)}`, async () => {
      const test = new TestConvolution(of);
      const actual = await run(test, shape);
      const size = test.inputs.length / of.R;
      for (let r = 0; r < of.R; r++) {
        const scale = test.reference(r, Math.abs).previous;
        const own = actual.subarray(r * size, (r + 1) * size);
        const expected = test.reference(r).previous;
        expectClose(TOLERANCES.sum, own, expected, (i) => Math.max(scale[i], 1e-30), `run ${r}`);
      }
    });
  }

  it("finite differences of loss = sum delta z, pixel by pixel", async () => {
    const test = new TestConvolution(CONVOLUTION_CASES[3]);
    const actual = await run(test);
    const size = test.inputs.length / test.of.R;
    const loss = () => {
      const { outputs } = test.reference(0);
      return outputs.reduce((sum, z, i) => sum + test.deltas[i] * z, 0);
    };
    const checked = [...new Array(40).keys()].map((i) => (i * 131) % size);
    const differences = checked.map((i) => {
      const value = test.inputs[i];
      // The loss is linear, so any width will do.
      test.inputs[i] = value + 1;
      const [above, width] = [loss(), test.inputs[i] - value];
      test.inputs[i] = value;
      return (above - loss()) / width;
    });
    expect(new Set(checked).size).toBe(40);
    const scale = test.reference(0, Math.abs).previous;
    const own = checked.map((i) => actual[i]);
    expectClose(TOLERANCES.sum, own, differences, (i) => Math.max(scale[checked[i]], 1e-30), "deltas");
  });

  it("ReLU behind BatchNorm: deltas pass where the normalized number is above 0; and are added to what is there", async () => {
    const test = new TestConvolution(CONVOLUTION_CASES[1]);
    const [channels, height, width] = test.layout.input;
    const plainly = await run(test);
    const normalizations = randomNumbers(5, 4 * test.of.R * channels);
    const before = randomNumbers(6, test.inputs.length);
    const overrides = { NORMALIZED: 1, SLOPE_BELOW: 0.25, ADDS: 1 };
    const bent = await run(test, SMALL_WORKGROUP_TILES, overrides, normalizations, before.slice());
    let below = 0;
    bent.forEach((delta, i) => {
      const r = Math.floor(i / (test.inputs.length / test.of.R));
      const at = 4 * (r * channels + (Math.floor(i / (height * width)) % channels));
      const [mean, scale, shift] = normalizations.subarray(at);
      const y = (test.inputs[i] - mean) * scale + shift;
      // At the kink itself rounding decides.
      if (Math.abs(y) < 1e-6) return;
      if (y <= 0) below++;
      // A quarter is exact, so one rounding: of the sum.
      expect(delta).toBe(Math.fround(plainly[i] * (y > 0 ? 1 : 0.25) + before[i]));
    });
    expect(below).toBeGreaterThan(20);
  });

  it("a NaN among the deltas comes through, to those pixels alone that it belongs to", async () => {
    const test = new TestConvolution(CONVOLUTION_CASES[1]);
    const plainly = await run(test);
    const [outputs, rows, columns] = test.layout.output;
    test.deltas[outputs * rows * columns + 2 * columns + 3] = Number.NaN;
    const planted = await run(test);
    expect(planted.filter(Number.isNaN).length).toBe(9 * test.layout.input[0]);
    expect([...planted].every((delta, i) => Number.isNaN(delta) || delta === plainly[i])).toBe(true);
  });
});
