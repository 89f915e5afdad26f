/** Kernel `pairEmbeddingsBackward` against float64, with embeddings that are empty or shorter than the shortest divisor. */

import { describe, expect, it } from "vitest";
import {
  pairEmbeddingsBackwardGrid,
  pairEmbeddingsBackwardKernel,
} from "../../../src/kernels/step/pairEmbeddingsBackward.ts";
import { normalizedRows, SHORTEST } from "../../../src/model/metrics/pairs.ts";
import { worstError } from "../../tolerances.ts";
import { randomNumbers, runKernel } from "../harness.ts";
import { pairState, SIZES } from "../pairs.ts";

async function check(R: number, B: number, H: number, logits: Float32Array) {
  const deltas = [11, 12].map((seed) => randomNumbers(seed, R * B * H));
  const state = await pairState(R, B, H);
  const results = await runKernel(
    pairEmbeddingsBackwardKernel,
    {},
    pairEmbeddingsBackwardGrid(B, R),
    [{ write: logits.slice() }, { read: deltas[0] }, { read: deltas[1] }],
    state,
  );
  state.destroy();
  const divisors = new Float64Array(logits.length);
  const expected = new Float64Array(logits.length);
  [0, 1].forEach((half) => {
    const { rows, lengths } = normalizedRows(logits, R * B, 2 * H, half);
    lengths.forEach((length, n) => {
      let along = 0;
      for (let h = 0; h < H; h++) along += rows[n * H + h] * deltas[half][n * H + h];
      for (let h = 0; h < H; h++) {
        const at = n * 2 * H + half * H + h;
        const off = length > SHORTEST ? rows[n * H + h] * along : 0;
        divisors[at] = Math.max(length, SHORTEST);
        expected[at] = (deltas[half][n * H + h] - off) / divisors[at];
      }
    });
  });
  const { error } = worstError(new Float32Array(results[0]), expected, (i) => H / divisors[i]);
  expect(error).toBeLessThan(1e-6);
}

describe("pairEmbeddingsBackward", () => {
  it.each(SIZES)("R %i, B %i, H %i", (R, B, H) => check(R, B, H, randomNumbers(1, 2 * R * B * H, 3)));

  it("of long, short and empty embeddings", () =>
    check(
      1,
      4,
      2,
      Float32Array.from([1e15, 1e-9, 0, 3e-13].flatMap((size) => [3 * size, -4 * size, size, 0])),
    ));
});
