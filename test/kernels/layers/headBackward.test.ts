/** Kernel `headBackward` against float64: gradients, and deltas of what it reads; what it leaves alone. */

import { describe, expect, it } from "vitest";
import { headBackwardGrid, headBackwardKernel } from "../../../src/kernels/layers/headBackward.ts";
import { ACTIVATIONS, type Activation } from "../../../src/model/layers/activation.ts";
import { activationFunctions } from "../../../src/reference/activation.ts";
import { selected } from "../../selected.ts";
import { expectClose, TOLERANCES } from "../../tolerances.ts";
import { randomNumbers, runKernel } from "../harness.ts";
import { type LayerCase, layerName, TestLayer } from "../layers.ts";

const NEGATIVE_SLOPE = 0.03;

/** One number; about workgroups of 64 units and tiles of 64 rows; one output, and as many as a head may have. */
const CASES: readonly LayerCase[] = [
  { R: 1, B: 1, inputs: 1, outputs: 1, bias: true },
  { R: 3, B: 63, inputs: 65, outputs: 2, bias: true },
  { R: 2, B: 65, inputs: 63, outputs: 16, bias: false },
  { R: 2, B: 256, inputs: 64, outputs: 3, bias: true },
  { R: 5, B: 64, inputs: 130, outputs: 10, bias: true },
];

/** What was in the gradients before, where other layers have theirs. */
const BEFORE = -7;

/** Gradients `[R, parameterStride]` and `previous`, which are the pre-activations before it. */
async function backward(layer: TestLayer, activation: Activation, passesOn = true) {
  const { R, B, inputs, outputs } = layer.sizes;
  const preActivations = randomNumbers(14, R * B * inputs, 2);
  const written = await runKernel(
    headBackwardKernel,
    {
      overrides: {
        ACTIVATION: ACTIVATIONS.indexOf(activation),
        NEGATIVE_SLOPE,
        DEGREE: 2.5,
        THRESHOLD: 0.7,
        PASSES_ON: passesOn ? 1 : 0,
      },
      prelude: { OUTPUTS: outputs },
    },
    headBackwardGrid(inputs, R),
    [
      { uniform: layer.uniform() },
      { read: layer.deltas },
      { read: layer.inputs },
      { read: layer.parameters },
      { write: preActivations },
      { write: new Float32Array(layer.parameters.length).fill(BEFORE) },
    ],
  );
  return { preActivations, previous: new Float32Array(written[4]), gradients: new Float32Array(written[5]) };
}

function expectGradients(layer: TestLayer, gradients: Float32Array): void {
  const { R, B, inputs, outputs, bias } = layer.sizes;
  const { weightOffset, biasOffset } = layer.layout;
  const weights = layer.sums(outputs, inputs, B, (r, o, i, b) => layer.delta(r, b, o) * layer.input(r, b, i));
  const biases = layer.sums(outputs, 1, B, (r, o, _, b) => layer.delta(r, b, o));
  for (let r = 0; r < R; r++) {
    const own = gradients.slice(r * layer.parameterStride, (r + 1) * layer.parameterStride);
    const at = r * outputs * inputs;
    expectClose(
      TOLERANCES.sum,
      own.slice(weightOffset, weightOffset + outputs * inputs),
      weights.sums.slice(at, at + outputs * inputs),
      (i) => weights.magnitudes[at + i],
      "weights",
    );
    if (bias)
      expectClose(
        TOLERANCES.sum,
        own.slice(biasOffset, biasOffset + outputs),
        biases.sums.slice(r * outputs, (r + 1) * outputs),
        (o) => biases.magnitudes[r * outputs + o],
        "biases",
      );
    const mine = weightOffset + outputs * inputs + (bias ? outputs : 0);
    const others = [...own.slice(0, weightOffset), ...own.slice(mine)];
    expect(others.every((value) => value === BEFORE)).toBe(true);
  }
}

describe("headBackward", () => {
  for (const sizes of selected(CASES)) {
    it(`gradients and deltas, ${layerName(sizes)}`, async () => {
      const layer = new TestLayer(sizes);
      const { B, inputs, outputs } = sizes;
      const { preActivations, previous, gradients } = await backward(layer, "leaky-relu");
      expectGradients(layer, gradients);
      const { slope } = activationFunctions({ activation: "leaky-relu", negativeSlope: NEGATIVE_SLOPE });
      const { sums, magnitudes } = layer.sums(
        B,
        inputs,
        outputs,
        (r, b, i, o) =>
          layer.delta(r, b, o) * layer.weight(r, o, i) * slope(preActivations[(r * B + b) * inputs + i]),
      );
      expectClose(TOLERANCES.sum, previous, sums, (i) => magnitudes[i], "deltas");
    });
  }

  it.each(ACTIVATIONS)("the slope of %s, by finite differences", async (activation) => {
    const [B, inputs, outputs] = [9, 35, 3];
    const layer = new TestLayer({ R: 2, B, inputs, outputs, bias: true });
    const { preActivations, previous } = await backward(layer, activation);
    const functions = { activation, negativeSlope: NEGATIVE_SLOPE, degree: 2.5, threshold: 0.7 };
    const { value } = activationFunctions(functions);
    const width = 1e-4;
    // A kink within the interval would not be a derivative.
    expect(preActivations.every((z) => Math.abs(z) > width)).toBe(true);
    const slope = (z: number) =>
      (8 * (value(z + width / 2) - value(z - width / 2)) - (value(z + width) - value(z - width))) /
      (6 * width);
    const term = (r: number, b: number, i: number, o: number) => layer.delta(r, b, o) * layer.weight(r, o, i);
    const parts = layer.sums(B, inputs, outputs, term);
    const expected = parts.sums.map((sum, i) => sum * slope(preActivations[i]));
    const size = (i: number) => parts.magnitudes[i] * Math.max(1, Math.abs(slope(preActivations[i])));
    expectClose(TOLERANCES.slope, previous, expected, size, activation);
  });

  it("gradients alone, where what it reads learns nothing", async () => {
    const layer = new TestLayer(CASES[1]);
    const { preActivations, previous, gradients } = await backward(layer, "relu", false);
    expectGradients(layer, gradients);
    expect(previous).toEqual(preActivations);
  });
});
