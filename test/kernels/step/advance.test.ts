/** Kernel `advance`: what closing a step does to a run's clock and account. */

import { describe, expect, it } from "vitest";
import { regressionDataset } from "../../../src/data/dataset.ts";
import { FINITE } from "../../../src/kernels/population.ts";
import {
  advanceGrid,
  advanceKernel,
  advanceSpecialization,
  type BatchSums,
} from "../../../src/kernels/step/advance.ts";
import { SAMPLE_LOSS_BYTES } from "../../../src/kernels/step/loss.ts";
import { VARIANTS } from "../../../src/kernels/variants.ts";
import { erm } from "../../../src/mixing/mixing.ts";
import { linear } from "../../../src/model/nets.ts";
import { adam } from "../../../src/model/optimizer.ts";
import type { PopulationState } from "../../../src/training/gpu/state.ts";
import { expectClose, TOLERANCES } from "../../tolerances.ts";
import { type RunClock, randomNumbers, readClocks, runKernel, testState, writeClocks } from "../harness.ts";

const BETAS = [
  { beta1: 0.9, beta2: 0.999 },
  { beta1: 0, beta2: 0.5 },
  { beta1: 0.99, beta2: 0.9999 },
];

/** Three runs of B samples with different betas. */
function advanceState(B: number): Promise<PopulationState> {
  const data = regressionDataset({
    points: new Float32Array(B),
    targets: new Float32Array(B),
    dimensions: 1,
    outputs: 1,
  });
  const runs = BETAS.map((betas, seed) => ({ seed, mixing: erm(), optimizer: adam(betas) }));
  return testState({ data, model: linear(1, 1), optimizer: adam(), steps: 10, runs });
}

async function advance(state: PopulationState, sampleLosses: Float32Array, sums: BatchSums): Promise<void> {
  const specialization = advanceSpecialization(sums);
  const grid = advanceGrid(BETAS.length, sums);
  await runKernel(advanceKernel, specialization, grid, [{ read: sampleLosses }], state);
}

/** Weight and loss of every sample, `[R, B]`: losses from 0 to 2, weights from 0 to 2. */
function someLosses(B: number): Float32Array {
  return randomNumbers(51, (BETAS.length * B * SAMPLE_LOSS_BYTES) / 4).map((value) => 1 + value);
}

function meanLoss(sampleLosses: Float32Array, r: number, B: number): number {
  let sum = 0;
  for (let b = r * B; b < (r + 1) * B; b++) sum += sampleLosses[2 * b] * sampleLosses[2 * b + 1];
  return sum / B;
}

describe.each(VARIANTS.sums)("advance, sums by a %s", (sums) => {
  for (const B of [1, 63, 64, 65, 257, 5000]) {
    it(`adds the weighted mean loss of ${B} samples to each run's account`, async () => {
      const state = await advanceState(B);
      const sampleLosses = someLosses(B);
      writeClocks(state, [
        { step: 3, lossSum: 0.5, lossCount: 3 },
        {},
        { step: 7, lossSum: 0.25, lossCount: 1 },
      ]);
      await advance(state, sampleLosses, sums);
      const clocks = await readClocks(state);
      expect(clocks.map(({ step }) => step)).toEqual([4, 1, 8]);
      expect(clocks.map(({ lossCount }) => lossCount)).toEqual([4, 1, 2]);
      expect(clocks.map(({ nonFiniteStep }) => nonFiniteStep)).toEqual([FINITE, FINITE, FINITE]);
      const means = [0.5, 0, 0.25].map((sum, r) => sum + meanLoss(sampleLosses, r, B));
      const actual = clocks.map(({ lossSum }) => lossSum);
      expectClose(TOLERANCES.mean, actual, means, (r) => means[r], `mean of ${B}`);

      // The same numbers give the same bits: the order of the sum is fixed.
      writeClocks(state, [
        { step: 3, lossSum: 0.5, lossCount: 3 },
        {},
        { step: 7, lossSum: 0.25, lossCount: 1 },
      ]);
      await advance(state, sampleLosses, sums);
      expect((await readClocks(state)).map(({ lossSum }) => lossSum)).toEqual(actual);
      state.destroy();
    });
  }

  it("keeps bias corrections at 1 - beta^t of each run's own betas", async () => {
    const state = await advanceState(1);
    const sampleLosses = someLosses(1);
    writeClocks(state, [{}, {}, {}]);
    for (let t = 1; t <= 50; t++) await advance(state, sampleLosses, sums);
    const clocks = await readClocks(state);
    const actual = clocks.flatMap(({ correction1, correction2 }) => [correction1, correction2]);
    const expected = BETAS.flatMap(({ beta1, beta2 }) => [1 - beta1 ** 50, 1 - beta2 ** 50]);
    expectClose(TOLERANCES.correction, actual, expected, (i) => expected[i], "corrections");
    state.destroy();
  });

  it("moves nothing but the clock of a frozen run, whatever its losses are", async () => {
    const state = await advanceState(65);
    const sampleLosses = someLosses(65);
    sampleLosses[2 * 65 + 1] = Number.NaN;
    const account = { correction1: 0.25, correction2: 0.125, lossSum: 0.5, lossCount: 3 };
    // Run 0 will freeze with the next step: this one still counts. Run 1 is frozen by this step.
    const before = [
      { step: 3, nonFiniteStep: 4, ...account },
      { step: 3, nonFiniteStep: 3, ...account },
      { step: 3, nonFiniteStep: FINITE, ...account },
    ];
    writeClocks(state, before);
    await advance(state, sampleLosses, sums);
    const clocks = await readClocks(state);
    expect(clocks[1]).toEqual({ ...before[1], step: 4 });
    for (const r of [0, 2]) {
      expect(clocks[r].nonFiniteStep).toBe(before[r].nonFiniteStep);
      expect(clocks[r].lossCount).toBe(4);
      expectClose(
        TOLERANCES.mean,
        [clocks[r].lossSum - 0.5],
        [meanLoss(sampleLosses, r, 65)],
        undefined,
        "loss",
      );
    }
    state.destroy();
  });
});

it("the same bits, whoever sums", async () => {
  for (const B of [1, 64, 1000]) {
    const state = await advanceState(B);
    const clocks: RunClock[][] = [];
    for (const sums of VARIANTS.sums) {
      writeClocks(state, [{}, {}, {}]);
      await advance(state, someLosses(B), sums);
      clocks.push(await readClocks(state));
    }
    expect(clocks[1]).toEqual(clocks[0]);
    state.destroy();
  }
});
