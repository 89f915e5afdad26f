/** Kernel `linearBackwardWeight` against float64 and against finite differences of the forward pass. */

import { describe, expect, it } from "vitest";
import type { LayerInputs } from "../../../src/kernels/layers/layer.ts";
import {
  linearBackwardWeightGrid,
  linearBackwardWeightKernel,
  linearBackwardWeightSpecialization,
} from "../../../src/kernels/layers/linearBackwardWeight.ts";
import type { ProductShape } from "../../../src/kernels/layers/product.ts";
import { selected } from "../../selected.ts";
import { expectClose, TOLERANCES } from "../../tolerances.ts";
import { runKernel } from "../harness.ts";
import {
  AWKWARD_SIZES,
  LAYER_CASES,
  type LayerCase,
  layerName,
  PRODUCT_SHAPES,
  TestLayer,
  UNSLICED_SHAPES,
} from "../layers.ts";

/** What is no parameter of the layer must keep this. */
const UNTOUCHED = -7;

/** Gradients `[R, parameterStride]`. */
async function backward(
  layer: TestLayer,
  shape: ProductShape = PRODUCT_SHAPES[0][1],
  rows: Partial<LayerInputs> = {},
): Promise<Float32Array> {
  const { R } = layer.sizes;
  const grid = linearBackwardWeightGrid(layer.layout, layer.sizes.B, R, shape);
  const specialization = linearBackwardWeightSpecialization(layer.layout, layer.rows(rows), shape);
  const { 3: written } = await runKernel(linearBackwardWeightKernel, specialization, grid, [
    { uniform: layer.uniform(rows) },
    { read: layer.deltas },
    { read: layer.inputs },
    { write: new Float32Array(R * layer.parameterStride).fill(UNTOUCHED) },
  ]);
  return new Float32Array(written);
}

/** Puts weights `[R, outputs, inputs]` and biases `[R, outputs]` in place among untouched numbers. */
function placed(layer: TestLayer, weights: Float64Array, biases: Float64Array, rest: number) {
  const { R, inputs, outputs, bias } = layer.sizes;
  const all = new Float64Array(R * layer.parameterStride).fill(rest);
  for (let r = 0; r < R; r++) {
    const run = r * layer.parameterStride;
    const count = inputs * outputs;
    all.set(weights.subarray(r * count, (r + 1) * count), run + layer.layout.weightOffset);
    if (bias) all.set(biases.subarray(r * outputs, (r + 1) * outputs), run + layer.layout.biasOffset);
  }
  return all;
}

const CASES: readonly LayerCase[] = [
  ...LAYER_CASES,
  { R: 2, B: 257, inputs: 31, outputs: 2, bias: true },
  // 32 inputs fill a workgroup: the bias needs another.
  { R: 1, B: 3, inputs: 32, outputs: 33, bias: true },
  ...AWKWARD_SIZES.map(([outputs, inputs, B], i) => ({ R: 2, B, inputs, outputs, bias: i % 4 !== 3 })),
];

describe("linearBackwardWeight: variants", () => {
  for (const sizes of selected(CASES)) {
    it(`the same bits in all that aren't sliced: ${layerName(sizes)}`, async () => {
      const layer = new TestLayer(sizes);
      const [first, ...others] = await Promise.all(
        UNSLICED_SHAPES.map(([, shape]) => backward(layer, shape)),
      );
      for (const other of others) expect(other).toEqual(first);
    });
  }
});

describe.each(PRODUCT_SHAPES.map(([name, shape], i) => [name, shape, i] as const))(
  "linearBackwardWeight: gradients of weights and biases, and nothing else, %s",
  (_, shape, turn) => {
    for (const sizes of selected(CASES, turn)) {
      it(layerName(sizes), async () => {
        const layer = new TestLayer(sizes);
        const { B, inputs, outputs } = sizes;
        const weights = layer.sums(
          outputs,
          inputs,
          B,
          (r, o, i, b) => layer.delta(r, b, o) * layer.input(r, b, i),
        );
        const biases = layer.sums(outputs, 1, B, (r, o, _, b) => layer.delta(r, b, o));
        const expected = placed(layer, weights.sums, biases.sums, UNTOUCHED);
        const magnitudes = placed(layer, weights.magnitudes, biases.magnitudes, 0);
        const actual = await backward(layer, shape);
        expectClose(TOLERANCES.sum, actual, expected, (i) => magnitudes[i], "gradients");
      });
    }

    it("reads its inputs where the layer says", async () => {
      const sizes: LayerCase = { R: 2, B: 9, inputs: 3, outputs: 2, bias: false };
      const layer = new TestLayer(sizes);
      // Both runs read the second run's rows.
      const actual = await backward(layer, shape, { inputOffset: 27, inputRunStride: 0 });
      const { sums, magnitudes } = layer.sums(
        2,
        3,
        9,
        (r, o, i, b) => layer.delta(r, b, o) * layer.input(1, b, i),
      );
      const expected = placed(layer, sums, new Float64Array(0), UNTOUCHED);
      const scale = placed(layer, magnitudes, new Float64Array(0), 0);
      expectClose(TOLERANCES.sum, actual, expected, (i) => scale[i], "gradients");
    });

    it("finite differences of loss = sum delta . (W x + b), parameter by parameter", async () => {
      const layer = new TestLayer({ R: 2, B: 9, inputs: 5, outputs: 3, bias: true });
      const actual = await backward(layer);
      const { deltas, parameters, parameterStride } = layer;
      const loss = (r: number) => {
        const { sums } = layer.forward();
        let sum = 0;
        for (let i = r * 27; i < (r + 1) * 27; i++) sum += deltas[i] * sums[i];
        return sum;
      };
      const checked = Array.from(actual.keys()).filter((p) => actual[p] !== UNTOUCHED);
      const differences = checked.map((p) => {
        const r = Math.floor(p / parameterStride);
        const value = parameters[p];
        // The loss is linear, so any width will do.
        parameters[p] = value + 1;
        const [above, width] = [loss(r), parameters[p] - value];
        parameters[p] = value;
        return (above - loss(r)) / width;
      });
      expect(checked.length).toBe(2 * (15 + 3));
      const gradients = checked.map((p) => actual[p]);
      // At most 9 samples of a delta below 1 times an input below 2.
      expectClose(TOLERANCES.sum, gradients, differences, () => 9 * 2, "gradients");
    });
  },
);
