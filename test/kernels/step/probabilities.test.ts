/** Kernel `probabilities` against float64, part by part. */

import { describe, expect, it } from "vitest";
import { regressionDataset } from "../../../src/data/dataset.ts";
import { METRICS_PER_RUN } from "../../../src/kernels/population.ts";
import { probabilitiesGrid, probabilitiesKernel } from "../../../src/kernels/step/probabilities.ts";
import { LOSSES } from "../../../src/model/loss.ts";
import { LOSS_FUNCTIONS } from "../../../src/reference/loss.ts";
import { expectClose, TOLERANCES } from "../../tolerances.ts";
import { evaluationState, evaluationUniforms, partOf, RUNS, someLogits, UNTOUCHED } from "../evaluations.ts";
import { runKernel, writeClocks } from "../harness.ts";

describe.each(LOSSES)("probabilities: %s", (loss) => {
  for (const [outputs, probes, rows] of [
    [2, 1, 1],
    [3, 65, 63],
    [10, 257, 1000],
  ] as const) {
    it(`${outputs} outputs at ${probes} points in parts of ${rows}`, async () => {
      const data = regressionDataset({
        points: [0],
        targets: new Float32Array(outputs).fill(1 / outputs),
        dimensions: 1,
        outputs,
      });
      const state = await evaluationState(loss, outputs, data, probes);
      writeClocks(state, [{ step: 8 }, { step: 8 }, { step: 8 }]);
      const logits = someLogits(probes, outputs);
      // The last point of the last run: far out, where exponentials under- and overflow.
      logits.set([2e4, -2e4, 0].slice(0, outputs), logits.length - outputs);
      const stride = RUNS * (METRICS_PER_RUN + probes * outputs);
      let metrics = new Uint32Array(3 * stride).fill(UNTOUCHED);
      for (let first = 0; first < probes; first += rows) {
        const count = Math.min(rows, probes - first);
        const { 3: written } = await runKernel(
          probabilitiesKernel,
          { overrides: { LOSS: LOSSES.indexOf(loss) } },
          probabilitiesGrid(count, RUNS),
          [
            ...evaluationUniforms(0, first, count),
            { write: partOf(logits, probes, first, count) },
            { write: metrics },
          ],
          state,
        );
        metrics = new Uint32Array(written);
      }
      const z = Float64Array.from(logits);
      const expected = new Float64Array(z.length);
      for (let row = 0; row < z.length / outputs; row++) {
        LOSS_FUNCTIONS[loss].probabilities(z, row, outputs, expected);
      }
      const start = stride + RUNS * METRICS_PER_RUN;
      const actual = new Float32Array(metrics.buffer).subarray(start, 2 * stride);
      // Squared error: the outputs themselves, unchanged.
      const scale = (i: number) => (loss === "squared-error" ? Math.abs(expected[i]) : 1);
      expectClose(TOLERANCES.probability, actual, expected, scale, "probabilities");
      const inside = (i: number) => i >= start && i < 2 * stride;
      expect(metrics.every((word, i) => inside(i) || word === UNTOUCHED)).toBe(true);
      state.destroy();
    });
  }
});
