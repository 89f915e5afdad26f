/**
 * What methods are made of, trained: subsets, label kernels, lambdas of labels, all pairs, weights, self-distilled labels, frozen
 * layers, phases. Both backends against each other on either executor, and a run's bits in company, in pieces and on a subset.
 */

import { describe, expect, it } from "vitest";
import {
  adam,
  beta,
  classDataset,
  constantLambda,
  conv2d,
  type Dataset,
  dense,
  erm,
  flatten,
  labelKernel,
  mixup,
  mlp,
  openDevice,
  type RunConfig,
  range,
  regMixup,
  regressionDataset,
  resume,
  sequential,
  sgd,
  type TrainConfig,
  tanh,
  train,
  uniform,
} from "../../src/index.ts";
import { randomNumbers, testDevice } from "../kernels/harness.ts";
import { expectAgreement, fingerprint } from "./agreement.ts";

const N = 41;
const CLASSES = classDataset({
  points: randomNumbers(3, N * 2),
  labels: range(N).map((n) => n % 3),
  dimensions: 2,
});
const NUMBERS = regressionDataset({
  points: randomNumbers(4, N * 2),
  targets: randomNumbers(5, N),
  dimensions: 2,
  outputs: 1,
});
/** Few units run resident, on smooth activations: a kink would part the nets. */
const SMALL = mlp([2, 9, 3], { activation: "tanh" });
const DEEP = mlp([2, 9, 7, 3], { activation: "tanh" });
const SMALL_NUMBERS = mlp([2, 9, 1], { activation: "tanh" });
const DEEP_NUMBERS = mlp([2, 9, 7, 1], { activation: "tanh" });

const odd = range(20).map((n) => 2 * n + 1);
const back = range(20).map((n) => 40 - 2 * n);
const weights = [...randomNumbers(6, N)].map((weight) => Math.abs(weight));
const law = beta(0.7);
const perSample = { granularity: "sample" } as const;

/** Runs for a batch of 7, by piece. */
const CLASS_RUNS: Readonly<Record<string, RunConfig[]>> = {
  subsets: [
    { seed: 1, mixing: mixup(law), train: odd },
    { seed: 1, mixing: mixup(law, { pairing: "same-class" }), train: back },
    { seed: 2, mixing: mixup(law, { pairing: "other-class" }), train: range(11) },
    { seed: 2, mixing: mixup(law, { pairing: "permutation" }) },
  ],
  "lambdas of labels": [
    { seed: 1, mixing: mixup(uniform(0.5, 1), { ...perSample, labelLambda: uniform(0.5, 1) }) },
    { seed: 1, mixing: mixup(uniform(0.5, 1), { labelLambda: constantLambda(0.75) }) },
    { seed: 1, mixing: mixup(law) },
  ],
  smoothing: [
    { seed: 1, mixing: mixup(law), labelSmoothing: 0.98 },
    { seed: 1, mixing: erm(), labelSmoothing: 1 },
    { seed: 1, mixing: erm() },
  ],
  weights: [
    { seed: 1, mixing: mixup(law), weights },
    { seed: 1, mixing: erm(), weights: weights.slice(0, 20), train: odd },
    { seed: 1, mixing: mixup(law) },
  ],
  "frozen layers": [
    { seed: 1, mixing: mixup(law), frozen: ["layers.0"] },
    { seed: 1, mixing: mixup(law), frozen: ["layers.1"] },
    { seed: 1, mixing: mixup(law) },
  ],
  "self-distilled labels": [
    { seed: 1, mixing: mixup(law, perSample), selfDistillation: 0.3 },
    { seed: 1, mixing: mixup(law), selfDistillation: 1, labelSmoothing: 0.2 },
    { seed: 1, mixing: mixup(law) },
  ],
  phases: [
    {
      seed: 1,
      mixing: mixup(law),
      phases: [
        { from: 3, mixing: erm(), learningRate: 1e-3 },
        { from: 7, train: odd, labelSmoothing: 0.1, mixing: mixup(beta(2), { pairing: "other" }) },
      ],
    },
    { seed: 1, mixing: erm(), phases: [{ from: 5, mixing: mixup(law, { labelLambda: uniform() }) }] },
    { seed: 1, mixing: mixup(law) },
  ],
  "phases of what the resident kernel does not know": [
    {
      seed: 1,
      mixing: mixup(law),
      phases: [
        { from: 2, frozen: ["layers.0"], weights },
        { from: 6, frozen: [], selfDistillation: 0.5 },
        { from: 9, selfDistillation: 0 },
      ],
    },
    { seed: 1, mixing: mixup(law) },
  ],
};

function config(runs: RunConfig[], more: Partial<TrainConfig> = {}): TrainConfig {
  return {
    data: CLASSES,
    model: SMALL,
    optimizer: adam({ learningRate: 0.02 }),
    steps: 12,
    batch: 7,
    evaluateEvery: 5,
    probePoints: CLASSES.points.subarray(0, 6),
    runs,
    ...more,
  };
}

async function expectParity(asked: TrainConfig) {
  const expected = await train(await openDevice({ backend: "cpu" }), asked).result;
  const actual = await train(await testDevice(), asked).result;
  expectAgreement(actual, expected);
  return actual;
}

describe("12 steps, GPU against reference", () => {
  for (const [name, model] of [
    ["a small net", SMALL],
    ["a deep net", DEEP],
  ] as const) {
    it.each(Object.entries(CLASS_RUNS))(`${name}: %s`, async (piece, runs) => {
      // A net that teaches itself has gradients near 0, of which Adam makes steps as large as of any.
      const isOwn = piece === "self-distilled labels";
      await expectParity(config(runs, { model, ...(isOwn && { optimizer: sgd({ learningRate: 0.5 }) }) }));
    });

    it(`${name}: full batches of subsets, and all pairs`, async () => {
      const subsets = [odd, back].map((train, seed) => ({ seed, mixing: mixup(law), train }));
      await expectParity(config(subsets, { model, batch: "full" }));
      const pairs = mixup(constantLambda(0.5), { pairing: "all-pairs" });
      const few = [1, 2].map((seed) => ({ seed, mixing: pairs, train: odd.slice(seed, seed + 6) }));
      await expectParity(config(few, { model, batch: "full" }));
    });
  }

  it.each([
    ["a small net", SMALL_NUMBERS],
    ["a deep net", DEEP_NUMBERS],
  ] as const)("%s: label kernels", async (_, model) => {
    const near = (bandwidth: number) => mixup(beta(2), { pairing: labelKernel({ bandwidth }) });
    const runs: RunConfig[] = [
      { seed: 1, mixing: near(0.1) },
      { seed: 1, mixing: near(0.1), train: odd },
      { seed: 1, mixing: mixup(beta(2)), phases: [{ from: 4, mixing: near(0.3), train: back }] },
    ];
    await expectParity(config(runs, { data: NUMBERS, model }));
  });

  it("an unmixed batch with weights, and images with self-distilled labels", async () => {
    await expectParity(
      config([
        { seed: 1, mixing: regMixup(law, { eta: 0.5 }), weights },
        { seed: 2, mixing: regMixup(law, { eta: 0.5 }) },
      ]),
    );
    const data = classDataset({
      points: randomNumbers(7, 12 * 16),
      labels: range(12).map((n) => n % 3),
      dimensions: 16,
      shape: [1, 4, 4],
    });
    const model = sequential([1, 4, 4], [conv2d(3, { padding: 1 }), tanh(), flatten(), dense(3)]);
    const runs = [0.4, 0].map((selfDistillation) => ({ seed: 1, mixing: mixup(law), selfDistillation }));
    await expectParity(config(runs, { data, model, probePoints: data.points.subarray(0, 32) }));
  });
});

describe("a run's bits", () => {
  const all = Object.values(CLASS_RUNS).flat();

  it("are those of the run alone, whatever its neighbours ask for, and whatever executor they need", async () => {
    const device = await testDevice();
    const together = await train(device, config(all)).result;
    for (const [r, run] of all.entries()) {
      const alone = await train(device, config([run])).result;
      expect(fingerprint(together, r), `run ${r}`).toEqual(fingerprint(alone, 0));
    }
  });

  it("are the same however many steps a submit takes, and stopped and resumed", async () => {
    const device = await testDevice();
    const straight = await train(device, config(all)).result;
    const slow = await train(device, config(all), { stepsPerSubmit: 1 }).result;
    const stopped = train(device, config(all), { stopAfter: 5 });
    await stopped.result;
    const resumed = await resume(device, await stopped.checkpoint()).result;
    all.forEach((_, r) => {
      expect(fingerprint(slow, r)).toEqual(fingerprint(straight, r));
      expect(fingerprint(resumed, r)).toEqual(fingerprint(straight, r));
    });
  });

  it.each([
    ["small", SMALL, CLASSES],
    ["deep", DEEP, CLASSES],
  ] as const)("on a subset are those on a data set of its points alone: a %s net", async (_, model, data) => {
    const device = await testDevice();
    const own = classDataset({
      points: back.flatMap((n) => [...data.points.subarray(2 * n, 2 * n + 2)]),
      labels: back.map((n) => data.labels![n]),
      dimensions: 2,
    });
    for (const pairing of ["uniform", "other", "permutation", "same-class", "other-class"] as const) {
      for (const batch of ["full", 6] as const) {
        const mixing = mixup(law, { pairing });
        const on = (asked: Dataset, run: Partial<RunConfig>) =>
          train(
            device,
            config([{ seed: 5, mixing, ...run }], { data: asked, model, batch, evaluationData: data }),
          ).result;
        const subset = await on(data, { train: back });
        const alone = await on(own, {});
        expect(fingerprint(subset, 0), `${pairing}, ${batch}`).toEqual(fingerprint(alone, 0));
      }
    }
  });

  it("with a share of 0 of its own predictions, or weights of 1, are those without", async () => {
    const device = await testDevice();
    const plain = { seed: 1, mixing: mixup(law) };
    const result = await train(
      device,
      config([plain, { ...plain, selfDistillation: 0 }, { ...plain, frozen: [] }], { model: DEEP }),
    ).result;
    const weighted = await train(
      device,
      config([{ ...plain, weights: range(N).map(() => 1) }], { model: DEEP }),
    ).result;
    expect(fingerprint(result, 1)).toEqual(fingerprint(result, 0));
    expect(fingerprint(result, 2)).toEqual(fingerprint(result, 0));
    expect(fingerprint(weighted, 0)).toEqual(fingerprint(result, 0));
  });
});
