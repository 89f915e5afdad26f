/** Kernel `linearForward` against float64: sums at odd sizes, every activation, places in its buffers. */

import { describe, expect, it } from "vitest";
import type { LayerInputs } from "../../../src/kernels/layers/layer.ts";
import {
  linearForwardGrid,
  linearForwardKernel,
  linearForwardSpecialization,
} from "../../../src/kernels/layers/linearForward.ts";
import type { ProductShape } from "../../../src/kernels/layers/product.ts";
import { ACTIVATIONS } from "../../../src/model/layers/activation.ts";
import { activationFunctions } from "../../../src/reference/activation.ts";
import { selected } from "../../selected.ts";
import { expectClose, TOLERANCES } from "../../tolerances.ts";
import { runKernel } from "../harness.ts";
import {
  AWKWARD_SIZES,
  LAYER_CASES,
  layerName,
  PRODUCT_SHAPES,
  TestLayer,
  UNSLICED_SHAPES,
} from "../layers.ts";

/** Pre-activations and activations; `overrides` as the executors give them. */
async function forward(
  layer: TestLayer,
  overrides: Record<string, number>,
  shape: ProductShape = PRODUCT_SHAPES[0][1],
  rows: Partial<LayerInputs> = {},
) {
  const { R, B, outputs } = layer.sizes;
  const own = linearForwardSpecialization(layer.layout, layer.rows(rows), shape);
  const specialization = { ...own, overrides: { ...overrides, ...own.overrides } };
  const grid = linearForwardGrid(layer.layout, B, R, shape);
  const results = await runKernel(linearForwardKernel, specialization, grid, [
    { uniform: layer.uniform(rows) },
    { read: layer.inputs },
    { read: layer.parameters },
    { write: new Float32Array(R * B * outputs).fill(-7) },
    { write: new Float32Array(R * B * outputs).fill(-7) },
  ]);
  return { preActivations: new Float32Array(results[3]), activations: new Float32Array(results[4]) };
}

const AWKWARD_CASES = AWKWARD_SIZES.map(([B, outputs, inputs], i) => ({
  R: 2,
  B,
  inputs,
  outputs,
  bias: i % 2 === 0,
}));

describe.each(PRODUCT_SHAPES.map(([name, shape], i) => [name, shape, i] as const))(
  "linearForward: the last layer, %s",
  (_, shape, turn) => {
    for (const sizes of selected([...LAYER_CASES, ...AWKWARD_CASES], turn)) {
      it(layerName(sizes), async () => {
        const layer = new TestLayer(sizes);
        const { preActivations, activations } = await forward(layer, { HIDDEN: 0 }, shape);
        const { sums, magnitudes } = layer.forward();
        expectClose(TOLERANCES.sum, preActivations, sums, (i) => magnitudes[i], "logits");
        // It has no activations: whatever is bound there stays.
        expect(activations.every((value) => value === -7)).toBe(true);
      });
    }

    it("reads the rows of all runs from one place when told to", async () => {
      const layer = new TestLayer({ R: 3, B: 9, inputs: 4, outputs: 5, bias: true });
      // Everything is read as if from run 1.
      const rows = { inputOffset: 36, inputRunStride: 0 };
      const { preActivations } = await forward(layer, { HIDDEN: 0 }, shape, rows);
      const { sums, magnitudes } = layer.sums(9, 5, 5, (r, b, o, k) =>
        k < 4 ? layer.input(1, b, k) * layer.weight(r, o, k) : layer.bias(r, o),
      );
      expectClose(TOLERANCES.sum, preActivations, sums, (i) => magnitudes[i], "logits");
    });

    it("computes a run alone, bit for bit, as among others", async () => {
      const sizes = { R: 3, B: 33, inputs: 65, outputs: 5, bias: true };
      const together = new TestLayer(sizes);
      const { preActivations } = await forward(together, { HIDDEN: 0 }, shape);
      const alone = new TestLayer({ ...sizes, R: 1 });
      const stride = together.parameterStride;
      alone.parameters.set(together.parameters.subarray(2 * stride, 3 * stride));
      alone.inputs.set(together.inputs.subarray(2 * 33 * 65));
      expect((await forward(alone, { HIDDEN: 0 }, shape)).preActivations).toEqual(
        preActivations.subarray(2 * 33 * 5),
      );
    });
  },
);

describe("linearForward: variants", () => {
  for (const sizes of selected([...LAYER_CASES, ...AWKWARD_CASES])) {
    it(`the same bits in all that aren't sliced: ${layerName(sizes)}`, async () => {
      const layer = new TestLayer(sizes);
      const [first, ...others] = await Promise.all(
        UNSLICED_SHAPES.map(([, shape]) => forward(layer, { HIDDEN: 0 }, shape)),
      );
      for (const other of others) expect(other).toEqual(first);
    });
  }
});

describe("linearForward: a hidden layer", () => {
  for (const activation of ACTIVATIONS) {
    it(activation, async () => {
      const settings = { activation, negativeSlope: 0.03, degree: 2.5, threshold: 0.7 };
      const layer = new TestLayer({ R: 3, B: 33, inputs: 5, outputs: 31, bias: true });
      const { preActivations, activations } = await forward(layer, {
        HIDDEN: 1,
        ACTIVATION: ACTIVATIONS.indexOf(activation),
        NEGATIVE_SLOPE: settings.negativeSlope,
        DEGREE: settings.degree,
        THRESHOLD: settings.threshold,
      });
      const { sums, magnitudes } = layer.forward();
      expectClose(TOLERANCES.sum, preActivations, sums, (i) => magnitudes[i], "z");
      const { value, slope } = activationFunctions(settings);
      // The slope, where it may be large, carries the error of the sum along.
      const scale = (i: number) => magnitudes[i] * Math.max(1, Math.abs(slope(sums[i])));
      expectClose(TOLERANCES.activation, activations, sums.map(value), scale, activation);
    });
  }
});
