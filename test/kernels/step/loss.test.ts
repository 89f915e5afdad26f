/** Kernel `loss` against float64 and finite differences, and what it does about non-finite numbers. */

import { describe, expect, it } from "vitest";
import { regressionDataset } from "../../../src/data/dataset.ts";
import { FINITE } from "../../../src/kernels/population.ts";
import { lossGrid, lossKernel } from "../../../src/kernels/step/loss.ts";
import { erm } from "../../../src/mixing/mixing.ts";
import { LOSSES, type Loss } from "../../../src/model/loss.ts";
import { linear } from "../../../src/model/nets.ts";
import { sgd } from "../../../src/model/optimizer.ts";
import { LOSS_FUNCTIONS } from "../../../src/reference/loss.ts";
import type { PopulationState } from "../../../src/training/gpu/state.ts";
import { expectClose, TOLERANCES } from "../../tolerances.ts";
import { randomNumbers, readClocks, runKernel, testState, writeClocks } from "../harness.ts";

/** A state with R runs, B samples and C outputs; its data are not used. */
function lossState(R: number, B: number, C: number): Promise<PopulationState> {
  const data = regressionDataset({
    points: new Float32Array(B),
    targets: new Float32Array(B * C),
    dimensions: 1,
    outputs: C,
  });
  const runs = Array.from({ length: R }, (_, seed) => ({ seed, mixing: erm() }));
  return testState({ data, model: linear(1, C), optimizer: sgd(), steps: 100, runs });
}

/** One dispatch: losses and deltas. `weights` default to 1. */
async function run(
  state: PopulationState,
  loss: Loss,
  logits: Float32Array,
  targets: Float32Array,
  weights = new Float32Array(state.population.runs.length * state.population.batchSize).fill(1),
) {
  const { runs, batchSize } = state.population;
  const sampleLosses = new Float32Array(2 * weights.length).fill(-7);
  weights.forEach((weight, i) => {
    sampleLosses[2 * i] = weight;
  });
  const results = await runKernel(
    lossKernel,
    { overrides: { LOSS: LOSSES.indexOf(loss) } },
    lossGrid(batchSize, runs.length),
    [{ read: targets }, { write: sampleLosses }, { write: logits }],
    state,
  );
  const written = new Float32Array(results[1]);
  // The weights are read, never written.
  expect(written.filter((_, i) => i % 2 === 0)).toEqual(weights);
  return { losses: written.filter((_, i) => i % 2 === 1), deltas: new Float32Array(results[2]) };
}

/** Soft targets: rows of positive numbers that sum to 1, or (by the logistic and squared losses) need not. */
function softTargets(rows: number, C: number): Float32Array {
  const raw = randomNumbers(22, rows * C).map((value) => 0.5 * (value + 1));
  return raw.map((value, i) => {
    const first = i - (i % C);
    const sum = raw.subarray(first, first + C).reduce((a, b) => a + b, 0);
    return C === 1 ? value : value / sum;
  });
}

/** The same in float64. `weights` as above; deltas are of the batch's mean. */
function reference(
  loss: Loss,
  C: number,
  B: number,
  logits: Float32Array,
  targets: Float32Array,
  weights?: Float32Array,
) {
  const [z, y] = [Float64Array.from(logits), Float64Array.from(targets)];
  const { value, delta } = LOSS_FUNCTIONS[loss];
  const rows = z.length / C;
  const losses = Float64Array.from({ length: rows }, (_, row) => value(z, y, row, C));
  const deltas = new Float64Array(z.length);
  for (let row = 0; row < rows; row++) delta(z, y, row, C, deltas);
  return { losses, deltas: deltas.map((d, i) => (d * (weights?.[Math.floor(i / C)] ?? 1)) / B) };
}

describe.each(LOSSES)("loss: %s", (loss) => {
  for (const [R, B, C] of [
    [1, 1, 1],
    [3, 65, 2],
    [2, 257, 10],
    [2, 63, 3],
  ] as const) {
    it(`R ${R}, B ${B}, C ${C}: soft targets and weights`, async () => {
      const state = await lossState(R, B, C);
      const logits = randomNumbers(21, R * B * C, 20);
      const targets = softTargets(R * B, C);
      const weights = randomNumbers(23, R * B).map((value) => 1 + value);
      const actual = await run(state, loss, logits, targets, weights);
      const expected = reference(loss, C, B, logits, targets, weights);
      expectClose(TOLERANCES.loss, actual.losses, expected.losses, (i) => expected.losses[i], "losses");
      // A delta is a difference of probability and target, or of output and target.
      const size = (i: number) => (loss === "squared-error" ? Math.abs(logits[i]) + targets[i] : 1) / B;
      expectClose(TOLERANCES.delta, actual.deltas, expected.deltas, size, "deltas");
      expect((await readClocks(state)).every(({ nonFiniteStep }) => nonFiniteStep === FINITE)).toBe(true);
      state.destroy();
    });
  }

  it("deltas are the finite differences of the mean loss", async () => {
    const [B, C] = [9, 3];
    const state = await lossState(1, B, C);
    const logits = randomNumbers(24, B * C, 4);
    const targets = softTargets(B, C);
    const { deltas } = await run(state, loss, logits, targets);
    const [z, y] = [Float64Array.from(logits), Float64Array.from(targets)];
    const differences = z.map((_, i) => {
      const at = (h: number) => {
        const moved = z.slice();
        moved[i] += h;
        return LOSS_FUNCTIONS[loss].value(moved, y, Math.floor(i / C), C);
      };
      const width = 1e-3;
      return (8 * (at(width / 2) - at(-width / 2)) - (at(width) - at(-width))) / (6 * width) / B;
    });
    const size = (i: number) => (loss === "squared-error" ? Math.abs(logits[i]) + targets[i] : 1) / B;
    expectClose(TOLERANCES.delta, deltas, differences, size, "deltas");
    state.destroy();
  });

  it("logits of 1e4, all equal, and far apart: finite, as in float64", async () => {
    const rows = [
      [1e4, -1e4, 0],
      [-1e4, -1e4, -1e4],
      [1e4, 1e4, 1e4],
      [0, 0, 0],
      [-1e4, 1e4, 1e4],
      [1e-30, -1e-30, 0],
      [88, -88, 103],
      [1e30, 1e30, 1e30].map((value) => (loss === "squared-error" ? 1e15 : value)),
    ];
    const targetRows = [
      [1, 0, 0],
      [0, 1, 0],
      [0.25, 0.25, 0.5],
    ];
    const B = rows.length * targetRows.length;
    const state = await lossState(1, B, 3);
    const logits = Float32Array.from(targetRows.flatMap(() => rows.flat()));
    const targets = Float32Array.from(targetRows.flatMap((targetRow) => rows.flatMap(() => targetRow)));
    const actual = await run(state, loss, logits, targets);
    const expected = reference(loss, 3, B, logits, targets);
    expectClose(TOLERANCES.loss, actual.losses, expected.losses, (i) => expected.losses[i], "losses");
    const size = (i: number) => (loss === "squared-error" ? Math.abs(logits[i]) + targets[i] : 1) / B;
    expectClose(TOLERANCES.delta, actual.deltas, expected.deltas, size, "deltas");
    expect((await readClocks(state))[0].nonFiniteStep).toBe(FINITE);
    state.destroy();
  });

  it("one logit that is not finite freezes its run, now, and no other", async () => {
    const [R, B, C] = [6, 65, 3];
    const state = await lossState(R, B, C);
    const planted = [
      undefined,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      undefined,
      Number.NEGATIVE_INFINITY,
      Number.NaN,
    ];
    const logits = randomNumbers(25, R * B * C, 3);
    const targets = softTargets(R * B, C);
    const clean = await run(state, loss, logits, targets);
    writeClocks(
      state,
      planted.map((_, r) => ({ step: 10 + r, nonFiniteStep: r === 5 ? 2 : FINITE })),
    );
    const dirty = logits.slice();
    planted.forEach((value, r) => {
      // The last number of the last sample: past a full workgroup.
      if (value !== undefined) dirty[(r + 1) * B * C - 1] = value;
    });
    const { losses, deltas } = await run(state, loss, dirty, targets);
    const clocks = await readClocks(state);
    // The last run was frozen long before: that stays.
    expect(clocks.map(({ nonFiniteStep }) => nonFiniteStep)).toEqual([FINITE, 11, 12, FINITE, 14, 2]);
    for (const r of [0, 3]) {
      expect(losses.subarray(r * B, (r + 1) * B)).toEqual(clean.losses.subarray(r * B, (r + 1) * B));
      expect(deltas.subarray(r * B * C, (r + 1) * B * C)).toEqual(
        clean.deltas.subarray(r * B * C, (r + 1) * B * C),
      );
    }
    state.destroy();
  });
});

describe("loss", () => {
  it("that overflows from finite logits freezes its run", async () => {
    const state = await lossState(2, 1, 1);
    writeClocks(state, [{ step: 4 }, { step: 4 }]);
    await run(state, "squared-error", Float32Array.of(1e18, 1e20), Float32Array.of(0, 0));
    expect((await readClocks(state)).map(({ nonFiniteStep }) => nonFiniteStep)).toEqual([FINITE, 4]);
    state.destroy();
  });

  it("of two equal largest logits shares the probability between them", async () => {
    const state = await lossState(1, 1, 3);
    const { losses, deltas } = await run(
      state,
      "softmax-cross-entropy",
      Float32Array.of(-200, 3, 3),
      Float32Array.of(0, 0.5, 0.5),
    );
    expectClose(TOLERANCES.loss, losses, [Math.LN2], () => Math.LN2, "loss");
    expectClose(TOLERANCES.delta, deltas, [0, 0, 0], undefined, "deltas");
    state.destroy();
  });
});
