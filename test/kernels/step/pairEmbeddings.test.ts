/** Kernel `pairEmbeddings` against float64: odd sizes, very long, short and empty embeddings, and planted numbers that are none. */

import { describe, expect, it } from "vitest";
import { FINITE } from "../../../src/kernels/population.ts";
import { pairEmbeddingsGrid, pairEmbeddingsKernel } from "../../../src/kernels/step/pairEmbeddings.ts";
import { normalizedRows } from "../../../src/model/metrics/pairs.ts";
import { expectClose, TOLERANCES } from "../../tolerances.ts";
import { readClocks, runKernel, writeClocks } from "../harness.ts";
import { joined, pairBatch, pairState, SIZES } from "../pairs.ts";

async function run(R: number, B: number, H: number, logits: Float32Array, steps: number[] = []) {
  const state = await pairState(R, B, H);
  if (steps.length > 0)
    writeClocks(
      state,
      steps.map((step) => ({ step })),
    );
  const results = await runKernel(
    pairEmbeddingsKernel,
    {},
    pairEmbeddingsGrid(B, R),
    [{ write: logits.slice() }, { write: new Float32Array(2 * R * B * H) }],
    state,
  );
  expect(new Float32Array(results[0])).toEqual(logits);
  const clocks = await readClocks(state);
  state.destroy();
  return {
    embeddings: new Float32Array(results[1]),
    frozen: clocks.map(({ nonFiniteStep }) => nonFiniteStep),
  };
}

describe("pairEmbeddings", () => {
  it.each(SIZES)("R %i, B %i, H %i", async (R, B, H) => {
    const runs = Array.from({ length: R }, (_, r) => pairBatch(r, B, H, 1));
    const { embeddings, frozen } = await run(R, B, H, joined(runs.map(({ logits }) => logits)));
    const expected = joined(runs.flatMap(({ halves }) => halves.map(({ rows }) => rows)));
    expectClose(TOLERANCES.sum, embeddings, expected);
    expect(frozen).toEqual(new Array(R).fill(FINITE));
  });

  it("long and short embeddings have length 1, empty ones stay empty", async () => {
    const rows = [1e25, 1e-20, 0, 1e-11, 3e-13].flatMap((size) => [3 * size, -4 * size, size, 0]);
    const logits = Float32Array.from(rows);
    const { embeddings } = await run(1, 5, 2, logits);
    const halves = [0, 1].map((half) => normalizedRows(logits, 5, 4, half).rows);
    expectClose(TOLERANCES.sum, embeddings, joined(halves));
  });

  it("a logit that is not finite freezes its run, now, and no other", async () => {
    const [R, B, H] = [4, 65, 3];
    const runs = Array.from({ length: R }, (_, r) => pairBatch(r, B, H, 1).logits);
    runs[1][2 * B * H - 1] = Number.NaN;
    runs[3][0] = Number.NEGATIVE_INFINITY;
    const { frozen } = await run(R, B, H, joined(runs), [5, 6, 7, 8]);
    expect(frozen).toEqual([FINITE, 6, FINITE, 8]);
  });
});
