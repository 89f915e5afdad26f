/** Kernel `dropout`: the documented words decide, in every run; the share is p; what stays is scaled. */

import { describe, expect, it } from "vitest";
import { alternatingLine, erm, linear, sgd } from "../../../src/index.ts";
import { dropoutKernel, packDropout } from "../../../src/kernels/layers/dropout.ts";
import { elementsGrid } from "../../../src/kernels/layers/elementwise.ts";
import { PURPOSE, threefry } from "../../../src/numeric/threefry.ts";
import { runKernel, testState, writeClocks } from "../harness.ts";

const SEEDS = [3, 0xffffffff];

describe("dropout", () => {
  for (const [count, place, probability, isClosed] of [
    [1, 0, 0.5, 0],
    [257, 3, 0, 0],
    [4099, 5, 0.3, 0],
    [4099, 5, 0.3, 1],
  ]) {
    it(`${count} numbers, p ${probability}${isClosed ? ", the clock moved on" : ""}`, async () => {
      const state = await testState({
        data: alternatingLine({ points: 2, classes: 2 }),
        model: linear(1, 2),
        optimizer: sgd(),
        steps: 100,
        runs: SEEDS.map((seed) => ({ seed, mixing: erm() })),
      });
      writeClocks(
        state,
        SEEDS.map(() => ({ step: 17 + isClosed })),
      );
      const numbers = Float32Array.from({ length: SEEDS.length * count }, (_, i) => 1 + (i % 5));
      const { 1: written } = await runKernel(
        dropoutKernel,
        { overrides: { IS_CLOSED: isClosed } },
        elementsGrid(count, 1, SEEDS.length),
        [{ uniform: packDropout(count, place, probability) }, { write: numbers }],
        state,
      );
      const scale = Math.fround(1 / (1 - probability));
      const expected = SEEDS.flatMap((seed) =>
        Array.from({ length: count }, (_, i) => {
          const word = threefry(seed, PURPOSE.dropout + 256 * place, 17, i);
          return word < Math.round(probability * 2 ** 32) ? 0 : Math.fround((1 + (i % 5)) * scale);
        }),
      );
      const actual = [...new Float32Array(written)];
      // The numbers of run 1 begin where those of run 0 end.
      expected.forEach((value, i) => {
        const number = 1 + (i % 5);
        expect(actual[i]).toBe(value === 0 ? 0 : Math.fround(number * scale));
      });
      if (count > 1000) {
        const share = actual.filter((value) => value === 0).length / actual.length;
        expect(Math.abs(share - probability)).toBeLessThan(4 * Math.sqrt((0.3 * 0.7) / actual.length));
      }
      state.destroy();
    });
  }
});
