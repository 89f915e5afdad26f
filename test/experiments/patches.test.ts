/** Nets of patches: scores as the formula has them, what is trained and what is not, and first parameters of a seed. */

import { expect, test } from "vitest";
import { FROZEN, patchNet, patchParameters } from "../../src/experiments/patches.ts";
import { shareOf, wrongPoints } from "../../src/experiments/predictions.ts";
import { openTrainer } from "../../src/experiments/trainer.ts";
import { classDataset, erm, polynomialRelu, range, sgd, square } from "../../src/index.ts";

const P = 3;
const D = 13;
const C = 2;
const M = 2;
const net = { patches: P, dimensions: D, classes: C, filters: M, activation: square() };
const points = range(4 * P * D).map((i) => Math.sin(i * i));
const data = classDataset({
  points,
  labels: [0, 1, 0, 1],
  dimensions: P * D,
  shape: [1, P, D],
  classes: C,
});
const parameters = patchParameters(net, { seed: 5, deviation: 0.5 });

test("scores are sums over a class's filters and all patches", async () => {
  const trainer = await openTrainer("cpu");
  const weights = parameters["filters.weight"].data;
  for (const [activation, of] of [
    [square(), (z: number) => z * z],
    // Rho is above all sums here: z^3 / (3 rho^2) above 0.
    [polynomialRelu({ degree: 3, threshold: 50 }), (z: number) => (z > 0 ? z ** 3 / 7500 : 0)],
  ] as const) {
    const model = patchNet({ ...net, activation });
    const scores = await trainer.predict({
      model,
      parameters: [parameters],
      points: data.points,
      loss: "squared-error",
    });
    const expected = range(4).flatMap((n) =>
      range(C).map((c) => {
        let score = 0;
        for (let p = 0; p < P; p++)
          for (let m = 0; m < M; m++) {
            let z = 0;
            for (let d = 0; d < D; d++) z += weights[(c * M + m) * D + d] * data.points[(n * P + p) * D + d];
            score += of(z);
          }
        return score;
      }),
    );
    expected.forEach((score, i) => {
      expect(scores[i]).toBeCloseTo(score, 6);
    });
  }
});

test("first filters have the deviation, differ by seed, and are a class's own; the sum stays frozen", async () => {
  const wide = { ...net, dimensions: 500 };
  const filters = [...patchParameters(wide, { seed: 1, deviation: 0.1 })["filters.weight"].data];
  const variance = filters.reduce((sum, w) => sum + w * w, 0) / filters.length;
  // 2,000 numbers: a standard error of 3.2 %.
  expect(Math.abs(variance / 0.01 - 1)).toBeLessThan(0.11);
  expect([...patchParameters(wide, { seed: 2, deviation: 0.1 })["filters.weight"].data]).not.toEqual(filters);
  const trainer = await openTrainer("cpu");
  const { runs } = await trainer.train({
    data,
    model: patchNet(net),
    optimizer: sgd({ learningRate: 0.1 }),
    steps: 2,
    runs: [{ seed: 0, mixing: erm(), frozen: FROZEN, parameters }],
  }).result;
  expect(Array.from(runs[0].parameters["sum.weight"].data)).toEqual(
    Array.from(parameters["sum.weight"].data),
  );
  expect(Array.from(runs[0].parameters["filters.weight"].data)).not.toEqual(
    Array.from(parameters["filters.weight"].data),
  );
});

test("which points are wrong; runs that diverged have none", async () => {
  const trainer = {
    predict: async () => Float64Array.of(2, 1, 2, 1, 1, 2, 1, 2, ...range(8).map(() => Number.NaN)),
  };
  const failure = { run: 1, step: 3, message: "" };
  const runs = [{ parameters }, { parameters, failure }];
  const wrong = await wrongPoints(trainer, patchNet(net), runs, data);
  expect(wrong).toEqual([Uint8Array.of(0, 1, 1, 0), null]);
  expect(shareOf(wrong[0])).toBe(0.5);
  expect(shareOf(wrong[0], [0, 3])).toBe(0);
  expect(shareOf(wrong[1])).toBeNull();
});
