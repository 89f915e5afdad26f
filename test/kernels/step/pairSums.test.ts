/** Kernel `pairSums` against float64: sums, losses with and without a share of the complementary one, and what freezes a run. */

import { describe, expect, it } from "vitest";
import { FINITE } from "../../../src/kernels/population.ts";
import {
  PAIR_SUMS,
  pairOverrides,
  pairSumsGrid,
  pairSumsKernel,
} from "../../../src/kernels/step/pairSums.ts";
import { contrastive } from "../../../src/model/loss.ts";
import { contrastiveLoss } from "../../../src/reference/contrastive.ts";
import { expectClose, TOLERANCES } from "../../tolerances.ts";
import { randomNumbers, readClocks, runKernel, writeClocks } from "../harness.ts";
import { joined, pairBatch, pairState, SIZES, sampleLosses } from "../pairs.ts";

async function run(
  [R, B, H]: readonly [number, number, number],
  loss: ReturnType<typeof contrastive>,
  cosines: Float32Array,
) {
  const state = await pairState(R, B, H);
  writeClocks(
    state,
    Array.from({ length: R }, (_, r) => ({ step: 10 + r })),
  );
  const weights = randomNumbers(9, R * B);
  const results = await runKernel(
    pairSumsKernel,
    { overrides: pairOverrides(loss) },
    pairSumsGrid(B, R),
    [{ read: cosines }, { write: new Float32Array(R * B * PAIR_SUMS) }, { write: sampleLosses(weights) }],
    state,
  );
  const clocks = await readClocks(state);
  state.destroy();
  const all = new Float32Array(results[2]);
  // Weights are read, never written.
  expect(all.filter((_, i) => i % 2 === 0)).toEqual(weights);
  return {
    sums: new Float32Array(results[1]),
    losses: all.filter((_, i) => i % 2 === 1),
    frozen: clocks.map(({ nonFiniteStep }) => nonFiniteStep),
  };
}

describe("pairSums", () => {
  for (const size of SIZES)
    for (const [temperature, complementary] of [
      [0.1, 0],
      [0.5, 0.7],
    ])
      it(`R, B, H ${size}, temperature ${temperature}, complementary ${complementary}`, async () => {
        const [R, B, H] = size;
        const loss = contrastive({ temperature, complementary });
        const runs = Array.from({ length: R }, (_, r) => pairBatch(r, B, H, temperature));
        const actual = await run(size, loss, joined(runs.map(({ cosines }) => cosines)));
        runs.forEach(({ logits, sums }, r) => {
          const losses = new Float64Array(B);
          contrastiveLoss(loss).values(Float64Array.from(logits), new Float64Array(0), losses, 2 * H);
          const own = actual.losses.subarray(r * B, (r + 1) * B);
          // A cosine rounded to 6e-8 is that over the temperature as a similarity.
          expectClose(TOLERANCES.pairs, own, losses, (b) => (1 + losses[b]) / temperature, "losses");
          const column = (c: number) =>
            Array.from({ length: B }, (_, b) => actual.sums[(r * B + b) * PAIR_SUMS + c]);
          const lowest = (values: Float64Array) => values.map((value) => Math.max(value, -3.4028234e38));
          const left = (others: Float64Array, all: Float64Array) =>
            others.map((other, b) => Math.exp(other - all[b]));
          [
            lowest(sums.otherRows),
            sums.rows,
            left(sums.otherRows, sums.rows),
            sums.columns,
            left(sums.otherColumns, sums.columns),
          ].forEach((wanted, c) => {
            const scale = (b: number) => Math.max(1, Math.abs(wanted[b])) / temperature;
            expectClose(TOLERANCES.pairs, column(c), wanted, scale, `sums ${c}`);
          });
        });
        expect(actual.frozen).toEqual(new Array(R).fill(FINITE));
      });

  it("a cosine that is no number freezes its run", async () => {
    const runs = [0, 1, 2].map((r) => pairBatch(r, 63, 3, 0.1).cosines);
    runs[1][63 * 63 - 1] = Number.NaN;
    const { frozen } = await run([3, 63, 3], contrastive({ temperature: 0.1 }), joined(runs));
    expect(frozen).toEqual([FINITE, 11, FINITE]);
  });
});
