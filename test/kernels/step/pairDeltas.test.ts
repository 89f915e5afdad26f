/** Kernel `pairDeltas` against the formulas in float64, with weights, with and without a share of the complementary loss. */

import { describe, it } from "vitest";
import { pairDeltasGrid, pairDeltasKernel } from "../../../src/kernels/step/pairDeltas.ts";
import { PAIR_SUMS, pairOverrides } from "../../../src/kernels/step/pairSums.ts";
import { contrastive } from "../../../src/model/loss.ts";
import { expectClose, TOLERANCES } from "../../tolerances.ts";
import { randomNumbers, runKernel } from "../harness.ts";
import { joined, pairBatch, pairState, SIZES, sampleLosses } from "../pairs.ts";

/** Derivatives by cosines as the loss's definition has them, and the sums of slopes. */
function expectedOf(
  { cosines, sums }: ReturnType<typeof pairBatch>,
  weights: ArrayLike<number>,
  temperature: number,
  gamma: number,
) {
  const B = weights.length;
  const S = (i: number, j: number) => cosines[i * B + j] / temperature;
  const p = (i: number, j: number) => Math.exp(S(i, j) - sums.rows[i]);
  const q = (i: number, j: number) => Math.exp(S(i, j) - sums.columns[j]);
  const a = (i: number, j: number) =>
    i === j || p(i, j) >= 0.999 ? 0 : (Math.exp(S(i, j) - sums.otherRows[i]) * p(i, j)) / (1 - p(i, j));
  const slopes = Array.from({ length: B }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < B; j++) sum += a(i, j);
    return sum;
  });
  const deltas = Float64Array.from({ length: B * B }, (_, at) => {
    const [i, j] = [Math.floor(at / B), at % B];
    const own = Number(i === j);
    const matching = (weights[i] * (p(i, j) - own) + weights[j] * (q(i, j) - own)) / 2;
    return (matching + gamma * weights[i] * (a(i, j) - p(i, j) * slopes[i])) / (B * temperature);
  });
  return { deltas, slopes };
}

describe("pairDeltas", () => {
  for (const [R, B, H] of SIZES)
    for (const [temperature, gamma] of [
      [0.1, 0],
      [0.5, 0.7],
    ])
      it(`R ${R}, B ${B}, H ${H}, temperature ${temperature}, complementary ${gamma}`, async () => {
        const runs = Array.from({ length: R }, (_, r) => pairBatch(r, B, H, temperature));
        const weights = randomNumbers(9, R * B).map((value) => 1 + value);
        const expected = runs.map((batch, r) =>
          expectedOf(batch, weights.subarray(r * B, (r + 1) * B), temperature, gamma),
        );
        const given = runs.flatMap(({ sums }, r) =>
          Array.from({ length: B }, (_, b) => [
            Math.max(sums.otherRows[b], -3.4028234e38),
            sums.rows[b],
            Math.exp(sums.otherRows[b] - sums.rows[b]),
            sums.columns[b],
            Math.exp(sums.otherColumns[b] - sums.columns[b]),
            expected[r].slopes[b],
          ]).flat(),
        );
        const state = await pairState(R, B, H);
        const results = await runKernel(
          pairDeltasKernel,
          { overrides: pairOverrides(contrastive({ temperature, complementary: gamma })) },
          pairDeltasGrid(B, R),
          [
            { write: joined(runs.map(({ cosines }) => cosines)) },
            { read: Float32Array.from(given.slice(0, R * B * PAIR_SUMS)) },
            { read: sampleLosses(weights) },
          ],
          state,
        );
        state.destroy();
        const scale = () => 2 / (B * temperature ** 2);
        const wanted = expected.flatMap(({ deltas }) => Array.from(deltas));
        expectClose(TOLERANCES.pairs, new Float32Array(results[0]), wanted, scale);
      });
});
