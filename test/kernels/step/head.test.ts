/** Kernel `head` against the kernels that it stands for, and against float64; and what it does about non-finite numbers. */

import { describe, expect, it } from "vitest";
import { regressionDataset } from "../../../src/data/dataset.ts";
import type { Specialization } from "../../../src/gpu/kernel.ts";
import {
  linearForwardGrid,
  linearForwardKernel,
  linearForwardSpecialization,
} from "../../../src/kernels/layers/linearForward.ts";
import { FINITE } from "../../../src/kernels/population.ts";
import { advanceGrid, advanceKernel, advanceSpecialization } from "../../../src/kernels/step/advance.ts";
import { headGrid, headHasLogits, headKernel, isHead } from "../../../src/kernels/step/head.ts";
import { lossGrid, lossKernel } from "../../../src/kernels/step/loss.ts";
import { erm } from "../../../src/mixing/mixing.ts";
import { LOSSES, type Loss } from "../../../src/model/loss.ts";
import { linear } from "../../../src/model/nets.ts";
import { adam } from "../../../src/model/optimizer.ts";
import { LOSS_FUNCTIONS } from "../../../src/reference/loss.ts";
import type { PopulationState } from "../../../src/training/gpu/state.ts";
import { selected } from "../../selected.ts";
import { expectClose, TOLERANCES } from "../../tolerances.ts";
import { type RunClock, randomNumbers, readClocks, runKernel, testState, writeClocks } from "../harness.ts";
import { type LayerCase, layerName, TestLayer, UNSLICED_SHAPES } from "../layers.ts";

/** One number, and about the tiles of 64 rows and 32 inputs; one output, and as many as a head may have. */
const CASES: readonly LayerCase[] = [
  { R: 1, B: 1, inputs: 1, outputs: 1, bias: true },
  { R: 3, B: 63, inputs: 33, outputs: 2, bias: true },
  { R: 2, B: 65, inputs: 31, outputs: 16, bias: false },
  { R: 2, B: 256, inputs: 64, outputs: 3, bias: true },
  { R: 5, B: 64, inputs: 2, outputs: 10, bias: true },
];

/** A layer, what its batch is measured by, and runs with clocks. */
class Batch {
  readonly layer: TestLayer;
  readonly targets: Float32Array<ArrayBuffer>;
  readonly sampleLosses: Float32Array<ArrayBuffer>;
  readonly clocks: Partial<RunClock>[];

  constructor(readonly sizes: LayerCase) {
    const { R, B, outputs } = sizes;
    this.layer = new TestLayer(sizes);
    this.targets = randomNumbers(31, R * B * outputs).map((value) => 0.5 + 0.5 * value);
    // Weights in [0, 2), and losses from before.
    this.sampleLosses = randomNumbers(32, 2 * R * B).map((value) => 1 + value);
    this.clocks = Array.from({ length: R }, (_, r) => ({
      ...{ step: 3 + r, lossSum: 0.5 * r, lossCount: r },
      ...{ correction1: 0.25, correction2: 0.125 },
    }));
  }

  state(): Promise<PopulationState> {
    const { R, B, outputs } = this.sizes;
    const data = regressionDataset({
      points: new Float32Array(B),
      targets: new Float32Array(B * outputs),
      dimensions: 1,
      outputs,
    });
    const runs = Array.from({ length: R }, (_, seed) => ({ seed, mixing: erm() }));
    return testState({ data, model: linear(1, outputs), optimizer: adam(), steps: 100, runs });
  }

  /** Clocks, losses and deltas after the kernel `head`; `logits` are those that lie there already, if they do. */
  async fused(state: PopulationState, loss: Loss, logits?: Float32Array<ArrayBuffer>) {
    const { R, B, outputs } = this.sizes;
    const { layer, targets, sampleLosses } = this;
    writeClocks(state, this.clocks);
    const specialization: Specialization = {
      overrides: { LOSS: LOSSES.indexOf(loss), LOGITS: logits ? 0 : 1 },
      prelude: { OUTPUTS: outputs },
    };
    const written = await runKernel(
      headKernel,
      specialization,
      headGrid(R),
      [
        { read: targets },
        { write: sampleLosses },
        { write: logits ?? new Float32Array(R * B * outputs).fill(-7) },
        { uniform: layer.uniform() },
        { read: layer.inputs },
        { read: layer.parameters },
      ],
      state,
    );
    const losses = new Float32Array(written[1]);
    return { clocks: await readClocks(state), losses, deltas: new Float32Array(written[2]) };
  }

  /** The same by the kernels that it stands for. */
  async apart(state: PopulationState, loss: Loss) {
    const { R, B, outputs } = this.sizes;
    const { layer, targets, sampleLosses } = this;
    writeClocks(state, this.clocks);
    const [, shape] = UNSLICED_SHAPES[UNSLICED_SHAPES.length - 1];
    const { overrides, ...rest } = linearForwardSpecialization(layer.layout, layer.rows(), shape);
    const forward = await runKernel(
      linearForwardKernel,
      { overrides: { ...overrides, HIDDEN: 0 }, ...rest },
      linearForwardGrid(layer.layout, B, R, shape),
      [
        { uniform: layer.uniform() },
        { read: layer.inputs },
        { read: layer.parameters },
        { write: new Float32Array(R * B * outputs) },
        { write: new Float32Array(4) },
      ],
    );
    const logits = new Float32Array(forward[3]);
    const written = await runKernel(
      lossKernel,
      { overrides: { LOSS: LOSSES.indexOf(loss) } },
      lossGrid(B, R),
      [{ read: targets }, { write: sampleLosses }, { write: logits }],
      state,
    );
    const losses = new Float32Array(written[1]);
    const sums = "workgroup";
    await runKernel(
      advanceKernel,
      advanceSpecialization(sums),
      advanceGrid(R, sums),
      [{ read: losses }],
      state,
    );
    return { clocks: await readClocks(state), losses, deltas: new Float32Array(written[2]), logits };
  }
}

describe.each(LOSSES)("head: %s", (loss) => {
  for (const sizes of selected(CASES, LOSSES.indexOf(loss))) {
    it(`as in float64, ${layerName(sizes)}`, async () => {
      const batch = new Batch(sizes);
      const state = await batch.state();
      const { B, outputs } = sizes;
      const actual = await batch.fused(state, loss);
      state.destroy();
      const { sums, magnitudes } = batch.layer.forward();
      const targets = Float64Array.from(batch.targets);
      const { value, delta } = LOSS_FUNCTIONS[loss];
      const weight = (row: number) => batch.sampleLosses[2 * row];
      const losses = actual.losses.filter((_, i) => i % 2 === 1);
      // What an error of logits, and their own sizes, make of a row's loss.
      const largest = (row: number) =>
        magnitudes.subarray(row * outputs, (row + 1) * outputs).reduce((a, b) => Math.max(a, b), 1) ** 2;
      const expected = Float64Array.from(losses, (_, row) => value(sums, targets, row, outputs));
      expectClose(TOLERANCES.loss, losses, expected, (row) => expected[row] + largest(row), "losses");
      const deltas = new Float64Array(sums.length);
      for (let row = 0; row < losses.length; row++) {
        delta(sums, targets, row, outputs, deltas);
        for (let c = 0; c < outputs; c++) deltas[row * outputs + c] *= weight(row) / B;
      }
      const size = (i: number) => (weight(Math.floor(i / outputs)) * (1 + magnitudes[i])) / B;
      expectClose(TOLERANCES.delta, actual.deltas, deltas, size, "deltas");
      const means = batch.clocks.map(({ lossSum }, r) => {
        let sum = 0;
        for (let row = r * B; row < (r + 1) * B; row++) sum += weight(row) * losses[row];
        return lossSum! + sum / B;
      });
      const sum = actual.clocks.map(({ lossSum }) => lossSum);
      expectClose(TOLERANCES.mean, sum, means, (r) => 1 + means[r], "account");
      expect(actual.clocks.map(({ step }) => step)).toEqual(batch.clocks.map(({ step }) => step! + 1));
    });
  }
});

describe("head: the same bits as the kernels that it stands for", () => {
  for (const [i, sizes] of selected(CASES).entries()) {
    const loss = LOSSES[i % LOSSES.length];
    it(`${loss}, ${layerName(sizes)}: where it finds its logits`, async () => {
      const batch = new Batch(sizes);
      const state = await batch.state();
      const { logits, ...apart } = await batch.apart(state, loss);
      expect(await batch.fused(state, loss, logits)).toEqual(apart);
      state.destroy();
    });
  }
});

it("moves nothing but the clock of a run that is frozen, or whose logits are not finite, and marks that one", async () => {
  const batch = new Batch({ R: 3, B: 70, inputs: 5, outputs: 2, bias: true });
  batch.clocks[0].nonFiniteStep = 2;
  // One sample behind the first tile of rows.
  batch.layer.inputs[(2 * 70 + 66) * 5 + 3] = Number.POSITIVE_INFINITY;
  const state = await batch.state();
  const { clocks } = await batch.fused(state, LOSSES[0]);
  const [frozen, healthy, failing] = batch.clocks;
  expect(clocks[0]).toEqual({ ...frozen, step: frozen.step! + 1 });
  expect(clocks[1].nonFiniteStep).toBe(FINITE);
  expect(clocks[1].lossCount).toBe(healthy.lossCount! + 1);
  expect(clocks[2]).toEqual({ ...failing, nonFiniteStep: failing.step, step: failing.step! + 1 });
  state.destroy();
});

it("is for few rows and outputs, with logits where these are few", () => {
  expect(isHead(256, 16)).toBe(true);
  expect(isHead(257, 16)).toBe(false);
  expect(isHead(256, 17)).toBe(false);
  expect(headHasLogits(32, 512, 2)).toBe(true);
  expect(headHasLogits(128, 512, 10)).toBe(false);
});
