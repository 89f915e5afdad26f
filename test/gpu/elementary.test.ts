/**
 * exp, log1p, tanh and erf of `shaders/parts/numeric/elementary.wgsl` against float64 over 65,536 points, through kernels
 * that show them: activations and their slopes with a weight of 1, and the losses of single logits.
 */

import { describe, it } from "vitest";
import { regressionDataset } from "../../src/data/dataset.ts";
import { packLayer } from "../../src/kernels/layers/layer.ts";
import {
  linearBackwardInputGrid,
  linearBackwardInputKernel,
  linearBackwardInputSpecialization,
} from "../../src/kernels/layers/linearBackwardInput.ts";
import {
  linearForwardGrid,
  linearForwardKernel,
  linearForwardSpecialization,
} from "../../src/kernels/layers/linearForward.ts";
import { registerTiles } from "../../src/kernels/layers/product.ts";
import { lossGrid, lossKernel } from "../../src/kernels/step/loss.ts";
import { erm } from "../../src/mixing/mixing.ts";
import { ACTIVATIONS, type Activation } from "../../src/model/layers/activation.ts";
import { LOSSES } from "../../src/model/loss.ts";
import { linear } from "../../src/model/nets.ts";
import { sgd } from "../../src/model/optimizer.ts";
import { activationFunctions } from "../../src/reference/activation.ts";
import { hasSubgroups, runKernel, testState } from "../kernels/harness.ts";
import { expectClose, TOLERANCES } from "../tolerances.ts";

const POINTS = 65536;
const TILES = registerTiles(await hasSubgroups());

/** Half the points evenly over [-bound, bound], half of them in octaves around 0, of both signs. */
function points(bound: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: POINTS }, (_, i) => {
    if (i % 2 === 0) return bound * (i / (POINTS / 2) - 1);
    return (i % 4 === 1 ? 1 : -1) * bound * 2 ** ((-30 * i) / POINTS);
  });
}

/** One layer from 1 input to 1 output with weight 1: the output is the input. */
const LAYER = { inputs: 1, outputs: 1, weightOffset: 0, biasOffset: -1 };
const ROWS = { batchSize: POINTS, inputOffset: 0, inputRunStride: 0 };
const IDENTITY = packLayer(LAYER, 4, ROWS);
const WEIGHT = Float32Array.of(1, 0, 0, 0);

async function activated(activation: Activation, x: Float32Array): Promise<Float32Array> {
  const { overrides, ...rest } = linearForwardSpecialization(LAYER, ROWS, TILES);
  const results = await runKernel(
    linearForwardKernel,
    { overrides: { ...overrides, HIDDEN: 1, ACTIVATION: ACTIVATIONS.indexOf(activation) }, ...rest },
    linearForwardGrid(LAYER, POINTS, 1, TILES),
    [
      { uniform: IDENTITY },
      { read: x },
      { read: WEIGHT },
      { write: new Float32Array(POINTS) },
      { write: new Float32Array(POINTS) },
    ],
  );
  return new Float32Array(results[4]);
}

async function slopes(activation: Activation, x: Float32Array): Promise<Float32Array> {
  const { overrides, ...rest } = linearBackwardInputSpecialization(LAYER, ROWS, TILES);
  const results = await runKernel(
    linearBackwardInputKernel,
    { overrides: { ...overrides, ACTIVATION: ACTIVATIONS.indexOf(activation) }, ...rest },
    linearBackwardInputGrid(LAYER, POINTS, 1, TILES),
    [{ uniform: IDENTITY }, { read: new Float32Array(POINTS).fill(1) }, { read: WEIGHT }, { write: x }],
  );
  return new Float32Array(results[3]);
}

describe("elementary functions over 65,536 points", () => {
  it("tanh, relative, near 0 as far out", async () => {
    const x = points(20);
    const expected = Float64Array.from(x, Math.tanh);
    const actual = await activated("tanh", x);
    expectClose(TOLERANCES.tanh, actual, expected, (i) => Math.abs(expected[i]), "tanh");
  });

  it("erf in gelu(z) = z (1 + erf(z / sqrt 2)) / 2, relative to z", async () => {
    const x = points(12);
    const expected = Float64Array.from(x, activationFunctions({ activation: "gelu" }).value);
    expectClose(TOLERANCES.erf, await activated("gelu", x), expected, (i) => Math.abs(x[i]), "gelu");
  });

  for (const activation of ["tanh", "gelu", "gelu-tanh"] as const) {
    it(`slope of ${activation}`, async () => {
      const x = points(12);
      const { slope } = activationFunctions({ activation });
      const expected = Float64Array.from(x, slope);
      expectClose(TOLERANCES.elementarySlope, await slopes(activation, x), expected, undefined, activation);
    });
  }

  it("log1p(exp(z)) and exp(z) / (1 + exp(z)) down to z = -86, relative", async () => {
    // The logistic loss with target 0: softplus(z); its delta times B: sigmoid(z).
    const x = points(86).map((value) => -Math.abs(value));
    const data = regressionDataset({
      points: x,
      targets: new Float32Array(POINTS),
      dimensions: 1,
      outputs: 1,
    });
    const state = await testState({
      data,
      model: linear(1, 1),
      loss: "logistic",
      optimizer: sgd(),
      steps: 1,
      runs: [{ seed: 0, mixing: erm() }],
    });
    // Weights of B make deltas of single samples.
    const sampleLosses = Float32Array.from({ length: 2 * POINTS }, (_, i) => (i % 2 === 0 ? POINTS : 0));
    const results = await runKernel(
      lossKernel,
      { overrides: { LOSS: LOSSES.indexOf("logistic") } },
      lossGrid(POINTS, 1),
      [{ read: data.targets }, { write: sampleLosses }, { write: x }],
      state,
    );
    state.destroy();
    const softplus = Float64Array.from(x, (z) => Math.log1p(Math.exp(z)));
    const sigmoid = Float64Array.from(x, (z) => Math.exp(z) / (1 + Math.exp(z)));
    const losses = new Float32Array(results[1]).filter((_, i) => i % 2 === 1);
    expectClose(TOLERANCES.elementary, losses, softplus, (i) => softplus[i], "log1p(exp(z))");
    expectClose(TOLERANCES.elementary, new Float32Array(results[2]), sigmoid, (i) => sigmoid[i], "exp(z)");
  });
});
