/** Kernel `evaluate` against float64: errors, losses, training losses, part by part. */

import { describe, expect, it } from "vitest";
import { classDataset, type Dataset } from "../../../src/data/dataset.ts";
import { FINITE, METRICS_PER_RUN } from "../../../src/kernels/population.ts";
import { evaluateGrid, evaluateKernel } from "../../../src/kernels/step/evaluate.ts";
import { LOSSES, type Loss } from "../../../src/model/loss.ts";
import { PURPOSE, threefry } from "../../../src/numeric/threefry.ts";
import { modelTargets } from "../../../src/population/fits.ts";
import { LOSS_FUNCTIONS, largestOutput } from "../../../src/reference/loss.ts";
import { expectClose, TOLERANCES } from "../../tolerances.ts";
import { evaluationState, evaluationUniforms, partOf, RUNS, someLogits, UNTOUCHED } from "../evaluations.ts";
import { readClocks, runKernel, writeClocks } from "../harness.ts";

function labelled(size: number, classes: number): Dataset {
  const labels = Array.from({ length: size }, (_, n) =>
    n < 2 ? n : threefry(3, PURPOSE.data, 0, n) % classes,
  );
  return classDataset({ points: new Float32Array(size), labels, dimensions: 1, classes });
}

/** Points misclassified and mean loss of run r. */
function reference(loss: Loss, outputs: number, data: Dataset, logits: Float32Array, r: number) {
  const z = Float64Array.from(logits.subarray(r * data.size * outputs, (r + 1) * data.size * outputs));
  const targets = Float64Array.from(modelTargets(loss, outputs, data));
  let [wrong, sum] = [0, 0];
  for (let row = 0; row < data.size; row++) {
    sum += LOSS_FUNCTIONS[loss].value(z, targets, row, outputs);
    const predicted = outputs === 1 ? Number(z[row] > 0) : largestOutput(z, row, outputs);
    if (predicted !== data.labels![row]) wrong++;
  }
  return { wrong, loss: sum / data.size };
}

describe("evaluate", () => {
  for (const [loss, classes, outputs, size, rows] of [
    ["softmax-cross-entropy", 10, 10, 300, 257],
    ["softmax-cross-entropy", 2, 2, 65, 1000],
    ["logistic", 2, 1, 131, 63],
    ["squared-error", 3, 3, 2, 1],
  ] as const) {
    it(`${loss}, ${classes} classes, ${outputs} outputs, ${size} points in parts of ${rows}`, async () => {
      const data = labelled(size, classes);
      const state = await evaluationState(loss, outputs, data, 1);
      const logits = someLogits(size, outputs);
      const stride = RUNS * (METRICS_PER_RUN + outputs);
      expect(state.plan.metricsStride).toBe(stride);
      const clocks = [
        { step: 8, lossSum: 3, lossCount: 4 },
        { step: 8, nonFiniteStep: 5, lossSum: 0.5, lossCount: 1 },
        // Frozen before anything was counted.
        { step: 8, nonFiniteStep: 0 },
      ];
      writeClocks(state, clocks);
      // Room for three evaluations, of which the second (after step 8) is the submit's second.
      let metrics = new Uint32Array(3 * stride).fill(UNTOUCHED);
      for (let first = 0; first < size; first += rows) {
        const count = Math.min(rows, size - first);
        const { 3: written } = await runKernel(
          evaluateKernel,
          { overrides: { LOSS: LOSSES.indexOf(loss) } },
          evaluateGrid(RUNS),
          [
            ...evaluationUniforms(0, first, count),
            { write: partOf(logits, size, first, count) },
            { write: metrics },
          ],
          state,
        );
        metrics = new Uint32Array(written);
      }
      const reals = new Float32Array(metrics.buffer);
      for (let r = 0; r < RUNS; r++) {
        const at = stride + r * METRICS_PER_RUN;
        const expected = reference(loss, outputs, data, logits, r);
        expect(metrics[at], `errors of run ${r}`).toBe(expected.wrong);
        expectClose(
          TOLERANCES.mean,
          [reals[at + 1]],
          [expected.loss],
          () => expected.loss,
          `loss of run ${r}`,
        );
        expect(reals[at + 2]).toBe([0.75, 0.5, 0][r]);
        expect(metrics[at + 3]).toBe([FINITE, 5, 0][r]);
      }
      // Nothing else is written: neither other evaluations nor the probabilities.
      const entry = (i: number) => i >= stride && i < stride + RUNS * METRICS_PER_RUN;
      expect(metrics.every((word, i) => entry(i) || word === UNTOUCHED)).toBe(true);
      // The account starts anew; clocks stand.
      expect(await readClocks(state)).toEqual(
        clocks.map(({ step, nonFiniteStep = FINITE }) => {
          return { step, nonFiniteStep, correction1: 0, correction2: 0, lossSum: 0, lossCount: 0 };
        }),
      );
      state.destroy();
    });
  }

  it("finds the entry of the last evaluation, which comes off the rhythm", async () => {
    const data = labelled(3, 2);
    const state = await evaluationState("softmax-cross-entropy", 2, data, 0);
    writeClocks(state, [{ step: 10 }, { step: 10 }, { step: 10 }]);
    const metrics = new Uint32Array(2 * RUNS * METRICS_PER_RUN).fill(UNTOUCHED);
    // Evaluations 0, 1, 2 come after steps 4, 8, 10; the submit began with evaluation 1.
    const { 3: written } = await runKernel(
      evaluateKernel,
      { overrides: { LOSS: 0 } },
      evaluateGrid(RUNS),
      [...evaluationUniforms(1, 0, 3), { write: new Float32Array(RUNS * 3 * 2) }, { write: metrics }],
      state,
    );
    const words = new Uint32Array(written);
    expect(words.subarray(0, RUNS * METRICS_PER_RUN).every((word) => word === UNTOUCHED)).toBe(true);
    // Equal logits: the first class wins.
    const wrong = data.labels!.filter((label) => label !== 0).length;
    for (let r = 0; r < RUNS; r++) expect(words[(RUNS + r) * METRICS_PER_RUN]).toBe(wrong);
    state.destroy();
  });
});
