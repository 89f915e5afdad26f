/** Kernel `hiddenMixForward` against float64: in one pass and in two; where lambda is 1 the partner is not looked at. */

import { describe, expect, it } from "vitest";
import { elementsGrid } from "../../../src/kernels/layers/elementwise.ts";
import { packHiddenMix } from "../../../src/kernels/layers/hiddenMix.ts";
import { hiddenMixForwardKernel } from "../../../src/kernels/layers/hiddenMixForward.ts";
import { expectClose, TOLERANCES } from "../../tolerances.ts";
import { runKernel } from "../harness.ts";
import { B, firsts, PLACE, packedSamples, partners, places, R, references, SIZE } from "../hiddenMixes.ts";

async function run(onePass: boolean, second: Float32Array<ArrayBuffer>): Promise<Float32Array> {
  const { 4: written } = await runKernel(
    hiddenMixForwardKernel,
    { overrides: { ONE_PASS: onePass ? 1 : 0 } },
    elementsGrid(SIZE, B, R),
    [
      { uniform: packHiddenMix(B, SIZE, PLACE) },
      { read: packedSamples() },
      { read: firsts },
      { read: second },
      { write: new Float32Array(R * B * SIZE).fill(Number.NaN) },
    ],
  );
  return new Float32Array(written);
}

describe("hiddenMixForward", () => {
  it("one pass", async () => {
    expectClose(TOLERANCES.blend, await run(true, firsts), references(true, "outputs"));
  });

  it("two passes", async () => {
    expectClose(TOLERANCES.blend, await run(false, partners), references(false, "outputs"));
  });

  it("infinite partners don't matter where nothing is mixed", async () => {
    const actual = await run(
      false,
      partners.map(() => Number.POSITIVE_INFINITY),
    );
    places.forEach((place, i) => {
      if (place !== PLACE) expect(actual[i * SIZE]).toBe(firsts[i * SIZE]);
    });
  });
});
