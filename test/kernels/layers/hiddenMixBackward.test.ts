/** Kernel `hiddenMixBackward` against float64: both ways of two passes, all readers of a row in one. */

import { describe, it } from "vitest";
import { elementsGrid } from "../../../src/kernels/layers/elementwise.ts";
import { packHiddenMix } from "../../../src/kernels/layers/hiddenMix.ts";
import { hiddenMixBackwardKernel } from "../../../src/kernels/layers/hiddenMixBackward.ts";
import { expectClose, TOLERANCES } from "../../tolerances.ts";
import { randomNumbers, runKernel } from "../harness.ts";
import { B, deltas, PLACE, packedSamples, R, references, SIZE } from "../hiddenMixes.ts";

async function run(
  overrides: Record<string, number>,
  before = new Float32Array(R * B * SIZE).fill(Number.NaN),
): Promise<Float32Array> {
  const { 3: written } = await runKernel(hiddenMixBackwardKernel, { overrides }, elementsGrid(SIZE, B, R), [
    { uniform: packHiddenMix(B, SIZE, PLACE) },
    { read: packedSamples() },
    { read: deltas },
    { write: before },
  ]);
  return new Float32Array(written);
}

describe("hiddenMixBackward", () => {
  it("one pass", async () => {
    expectClose(TOLERANCES.blend, await run({ ONE_PASS: 1 }), references(true, "firsts"), () => 2);
  });

  it("two passes: firsts", async () => {
    expectClose(TOLERANCES.blend, await run({ ONE_PASS: 0 }), references(false, "firsts"));
  });

  it("two passes: partners, added to what is there", async () => {
    const before = randomNumbers(5, R * B * SIZE);
    const expected = references(false, "partners").map((delta, i) => delta + before[i]);
    const added = await run({ ONE_PASS: 0, PARTNERS: 1, ADDS: 1 }, before.slice());
    expectClose(TOLERANCES.blend, added, expected, () => 2);
  });
});
