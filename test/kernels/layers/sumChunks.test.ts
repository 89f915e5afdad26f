/** Kernel `sumChunks`: in order, at the layer's place, or on top of what is there. */

import { describe, expect, it } from "vitest";
import { packChunks, sumChunksGrid, sumChunksKernel } from "../../../src/kernels/layers/sumChunks.ts";
import { randomNumbers, runKernel } from "../harness.ts";

const [R, OFFSET] = [3, 5];

async function run(
  numbers: number,
  chunks: number,
  parts: Float32Array<ArrayBuffer>,
  before: Float32Array<ArrayBuffer>,
  adds: boolean,
) {
  const { 2: written } = await runKernel(sumChunksKernel, {}, sumChunksGrid(numbers, R), [
    { uniform: packChunks(numbers, chunks, before.length / R, OFFSET, adds) },
    { read: parts },
    { write: before },
  ]);
  return new Float32Array(written);
}

describe("sumChunks", () => {
  for (const [numbers, chunks] of [
    [1, 1],
    [63, 4],
    [257, 3],
  ]) {
    for (const adds of [false, true]) {
      it(`${numbers} numbers in ${chunks} chunks${adds ? ", added" : ""}`, async () => {
        const parts = randomNumbers(1, R * chunks * numbers);
        const stride = OFFSET + numbers + 2;
        const before = randomNumbers(2, R * stride);
        const expected = before.slice();
        for (let r = 0; r < R; r++) {
          for (let i = 0; i < numbers; i++) {
            const at = r * stride + OFFSET + i;
            let sum = adds ? expected[at] : 0;
            for (let c = 0; c < chunks; c++) sum = Math.fround(sum + parts[(r * chunks + c) * numbers + i]);
            expected[at] = sum;
          }
        }
        expect([...(await run(numbers, chunks, parts, before, adds))]).toEqual([...expected]);
      });
    }
  }
});
