/** Kernel `distill` against float64: predictions of firsts and of partners among the targets. */

import { describe, expect, it } from "vitest";
import { regressionDataset } from "../../../src/data/dataset.ts";
import { distillGrid, distillKernel } from "../../../src/kernels/step/distill.ts";
import { packSamples } from "../../../src/kernels/step/sample.ts";
import { constantLambda, uniform } from "../../../src/mixing/laws.ts";
import { mixup } from "../../../src/mixing/mixing.ts";
import { LOSSES, type Loss } from "../../../src/model/loss.ts";
import { linear } from "../../../src/model/nets.ts";
import { sgd } from "../../../src/model/optimizer.ts";
import { LOSS_FUNCTIONS } from "../../../src/reference/loss.ts";
import { expectClose, TOLERANCES } from "../../tolerances.ts";
import { randomNumbers, runKernel, testState } from "../harness.ts";

const SHARES = [0.3, 0, 1];

/** Targets of both passes over random logits, by the kernel and in float64. */
async function distilled(B: number, C: number, loss: Loss) {
  const mixing = mixup(uniform(), { labelLambda: constantLambda(0.5) });
  const runs = SHARES.map((selfDistillation, seed) => ({ seed, mixing, selfDistillation }));
  const data = regressionDataset({
    points: new Float32Array(B),
    targets: Array.from({ length: B * C }, () => 1 / C),
    dimensions: 1,
    outputs: C,
  });
  const state = await testState({ data, model: linear(1, C), loss, optimizer: sgd(), steps: 10, runs });
  const rows = SHARES.length * B;
  const lambdas = randomNumbers(5, rows).map(Math.abs);
  const samples = packSamples(
    Array.from(lambdas, (labelLambda) => ({ first: 0, partner: 0, featureLambda: 0.1, labelLambda })),
  );
  const targets = randomNumbers(6, rows * C).map(Math.abs);
  const logits = [7, 8].map((seed) => randomNumbers(seed, rows * C, 20));
  let written = targets.slice();
  for (const [pass, own] of logits.entries()) {
    const overrides = { LOSS: LOSSES.indexOf(loss), PARTNERS: pass };
    const results = await runKernel(
      distillKernel,
      { overrides },
      distillGrid(B, SHARES.length),
      [{ read: new Uint8Array(samples) }, { write: written }, { write: own.slice() }],
      state,
    );
    written = new Float32Array(results[1]);
    // Read, never written.
    expect(new Float32Array(results[2])).toEqual(own);
  }
  state.destroy();
  const probabilities = logits.map((own) => {
    const all = new Float64Array(own.length);
    const z = Float64Array.from(own);
    for (let row = 0; row < rows; row++) LOSS_FUNCTIONS[loss].probabilities(z, row, C, all);
    return all;
  });
  const expected = Float64Array.from(targets, (target, i) => {
    const row = Math.floor(i / C);
    const share = SHARES[Math.floor(row / B)];
    const [first, partner] = probabilities.map((all) => all[i]);
    return (1 - share) * target + share * (lambdas[row] * first + (1 - lambdas[row]) * partner);
  });
  return { written, targets, expected };
}

describe("distill", () => {
  for (const [B, C, loss] of [
    [1, 2, "softmax-cross-entropy"],
    [63, 5, "softmax-cross-entropy"],
    [65, 3, "logistic"],
    [257, 10, "softmax-cross-entropy"],
  ] as const) {
    it(`${B} samples, ${C} classes, ${loss}`, async () => {
      const { written, targets, expected } = await distilled(B, C, loss);
      expectClose(TOLERANCES.loss, written, expected);
      // Without a share of its own predictions a run keeps its targets' bits.
      expect(written.subarray(B * C, 2 * B * C)).toEqual(targets.subarray(B * C, 2 * B * C));
    });
  }
});
