/** Kernel `linearBackwardInput` against float64 and against finite differences of the forward pass. */

import { describe, expect, it } from "vitest";
import {
  linearBackwardInputGrid,
  linearBackwardInputKernel,
  linearBackwardInputSpecialization,
} from "../../../src/kernels/layers/linearBackwardInput.ts";
import type { ProductShape } from "../../../src/kernels/layers/product.ts";
import { ACTIVATIONS, type Activation } from "../../../src/model/layers/activation.ts";
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

const NEGATIVE_SLOPE = 0.03;

/** Here a layer's inputs play the pre-activations z of the hidden layer below. */
async function backward(
  layer: TestLayer,
  activation: Activation,
  shape: ProductShape = PRODUCT_SHAPES[0][1],
): Promise<Float32Array> {
  const { R, B } = layer.sizes;
  const { overrides, ...rest } = linearBackwardInputSpecialization(layer.layout, layer.rows(), shape);
  const specialization = {
    overrides: {
      ...overrides,
      ACTIVATION: ACTIVATIONS.indexOf(activation),
      NEGATIVE_SLOPE,
      DEGREE: 2.5,
      THRESHOLD: 0.7,
    },
    ...rest,
  };
  const grid = linearBackwardInputGrid(layer.layout, B, R, shape);
  const { 3: written } = await runKernel(linearBackwardInputKernel, specialization, grid, [
    { uniform: layer.uniform() },
    { read: layer.deltas },
    { read: layer.parameters },
    { write: layer.inputs },
  ]);
  return new Float32Array(written);
}

function functionsOf(activation: Activation) {
  return activationFunctions({ activation, negativeSlope: NEGATIVE_SLOPE, degree: 2.5, threshold: 0.7 });
}

const CASES = [
  ...LAYER_CASES,
  ...AWKWARD_SIZES.map(([B, inputs, outputs]) => ({ R: 2, B, inputs, outputs, bias: true })),
];

describe.each(PRODUCT_SHAPES.map(([name, shape], i) => [name, shape, i] as const))(
  "linearBackwardInput, %s",
  (_, shape, turn) => {
    for (const sizes of selected(CASES, turn)) {
      it(layerName(sizes), async () => {
        const layer = new TestLayer(sizes);
        const { B, inputs, outputs } = sizes;
        const { slope } = functionsOf("leaky-relu");
        const { sums, magnitudes } = layer.sums(
          B,
          inputs,
          outputs,
          (r, b, i, o) => layer.delta(r, b, o) * layer.weight(r, o, i) * slope(layer.input(r, b, i)),
        );
        const actual = await backward(layer, "leaky-relu", shape);
        expectClose(TOLERANCES.sum, actual, sums, (i) => magnitudes[i], "deltas");
      });
    }
  },
);

describe("linearBackwardInput: variants", () => {
  for (const sizes of selected(CASES)) {
    it(`the same bits in all that aren't sliced: ${layerName(sizes)}`, async () => {
      const layer = new TestLayer(sizes);
      const [first, ...others] = await Promise.all(
        UNSLICED_SHAPES.map(([, shape]) => backward(layer, "leaky-relu", shape)),
      );
      for (const other of others) expect(other).toEqual(first);
    });
  }
});

describe("linearBackwardInput: finite differences of loss = sum delta . W activation(z)", () => {
  for (const activation of ACTIVATIONS) {
    it(activation, async () => {
      const layer = new TestLayer({ R: 2, B: 9, inputs: 35, outputs: 3, bias: true });
      const actual = await backward(layer, activation);
      const { value } = functionsOf(activation);
      const width = 1e-4;
      // A kink within the interval would not be a derivative: no z may be that near to 0.
      expect(layer.inputs.every((z) => Math.abs(z) > width)).toBe(true);
      // The sum's terms that depend on one z, at z + h; four points give an error of order h^4.
      const term = (r: number, b: number, i: number, o: number, h: number) =>
        layer.delta(r, b, o) * layer.weight(r, o, i) * value(layer.input(r, b, i) + h);
      const { sums, magnitudes } = layer.sums(9, 35, 3, (r, b, i, o) => {
        const at = (h: number) => term(r, b, i, o, h);
        return (8 * (at(width / 2) - at(-width / 2)) - (at(width) - at(-width))) / (6 * width);
      });
      // A slope near 0 may be the difference of larger parts.
      const parts = layer.sums(
        9,
        35,
        3,
        (r, b, i, o) => layer.delta(r, b, o) * layer.weight(r, o, i),
      ).magnitudes;
      expectClose(TOLERANCES.slope, actual, sums, (i) => Math.max(magnitudes[i], parts[i]), activation);
    });
  }
});
