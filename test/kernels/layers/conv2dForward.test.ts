/** Kernel `conv2dForward` against float64: odd sizes, strides, paddings, groups; and how its inputs come in. */

import { describe, expect, it } from "vitest";
import {
  conv2dForwardGrid,
  conv2dForwardKernel,
  conv2dForwardSpecialization,
} from "../../../src/kernels/layers/conv2dForward.ts";
import { LARGE_TILES, packConvolution, SMALL_TILES } from "../../../src/kernels/layers/convolution.ts";
import { selected } from "../../selected.ts";
import { expectClose, TOLERANCES } from "../../tolerances.ts";
import { CONVOLUTION_CASES, convolutionName, plain, TestConvolution } from "../convolutions.ts";
import { runKernel } from "../harness.ts";

const VARIANTS = [
  ["large tiles", LARGE_TILES],
  ["small tiles", SMALL_TILES],
] as const;

for (const [name, tiles] of VARIANTS) {
  describe(`conv2dForward, ${name}`, () => {
    for (const of of selected(CONVOLUTION_CASES, 2)) {
      it(convolutionName(of), async () => {
        const test = new TestConvolution(of);
        const { R, B } = of;
        const { layout, parameterStride } = test;
        const rows = { batchSize: B, inputOffset: 0, inputRunStride: test.inputs.length / R, chunk: 1 };
        const { 5: written } = await runKernel(
          conv2dForwardKernel,
          plain(conv2dForwardSpecialization(layout, tiles)),
          conv2dForwardGrid(layout, B, R, tiles),
          [
            { uniform: packConvolution(layout, parameterStride, rows) },
            { read: test.inputs },
            { read: new Float32Array(4) },
            { read: new Float32Array(4) },
            { read: test.parameters },
            { write: new Float32Array(R * B * test.outputSize).fill(Number.NaN) },
          ],
        );
        const actual = new Float32Array(written);
        for (let r = 0; r < R; r++) {
          const own = actual.subarray(r * B * test.outputSize, (r + 1) * B * test.outputSize);
          const scale = test.reference(r, Math.abs).outputs;
          expectClose(TOLERANCES.sum, own, test.reference(r).outputs, (i) => scale[i], `run ${r}`);
        }
        expect(actual.every(Number.isFinite)).toBe(true);
      });
    }
  });
}
