/**
 * Methods beside plain Mixup, trained: CutMix, Mixup or CutMix, Manifold Mixup in one and two passes, RegMixup, label smoothing,
 * steps left unmixed, and last batches kept or dropped. Both backends against each other, and a run's bits.
 */

import { describe, expect, it } from "vitest";
import {
  batchNorm2d,
  beta,
  classDataset,
  conv2d,
  cropAndFlip,
  cutMix,
  dense,
  erm,
  flatten,
  globalAveragePool,
  grid,
  type LastBatch,
  type Mixing,
  manifoldMixup,
  mixup,
  mixupOrCutMix,
  mlp,
  openDevice,
  range,
  regMixup,
  relu,
  residual,
  resume,
  sequential,
  sgd,
  type TrainConfig,
  tanh,
  train,
} from "../../src/index.ts";
import { randomNumbers, testDevice } from "../kernels/harness.ts";
import { expectAgreement, fingerprint } from "./agreement.ts";

const SHAPE = [2, 7, 6] as const;
const DATA = classDataset({
  points: randomNumbers(7, 22 * 84),
  labels: Array.from({ length: 22 }, (_, n) => n % 3),
  dimensions: 84,
  shape: SHAPE,
  classes: 3,
});

/** Smooth: a number on the kink of ReLU falls to another side in 32 bits than in 64, and the nets part. */
const IMAGES = sequential(
  [...SHAPE],
  [
    conv2d(4, { name: "stem", padding: 1 }),
    tanh(),
    residual([conv2d(4, { padding: 1, bias: false }), batchNorm2d(), tanh(), conv2d(4, { padding: 1 })], {
      name: "block",
      activation: tanh(),
    }),
    conv2d(6, { stride: 2, padding: 1, bias: false }),
    batchNorm2d({ name: "norm" }),
    tanh(),
    globalAveragePool(),
    dense(3, { name: "head" }),
  ],
);
/** The first layer reads points that are stored. */
const POINTS = sequential([...SHAPE], [flatten(), dense(9, { name: "hidden" }), relu(), dense(3)]);

const perSample = { granularity: "sample" } as const;
const law = beta(0.7);

const METHODS: Readonly<Record<string, Mixing[]>> = {
  "CutMix, and Mixup or CutMix, beside Mixup and ERM": [
    cutMix(),
    cutMix(law, { ...perSample, pairing: "permutation" }),
    mixupOrCutMix(beta(0.4), beta(2), perSample),
    mixupOrCutMix(law, beta(1), { switchProbability: 0.8 }),
    mixup(law),
    erm(),
  ],
  "Manifold Mixup in one pass": [
    manifoldMixup(law, ["input", "1", "block", "norm"]),
    manifoldMixup(beta(2), ["input", "1", "block", "norm"], perSample),
  ],
  "Manifold Mixup in one pass, not at the input": [manifoldMixup(law, ["block"])],
  "Manifold Mixup in two passes": [
    manifoldMixup(law, ["input", "block", "norm"], { passes: "two" }),
    manifoldMixup(law, ["input", "block", "norm"], { passes: "two", ...perSample }),
  ],
  "the partners through the whole net first": [
    manifoldMixup(law, ["input", "block"], { passes: "partner-first", pairing: "other" }),
    manifoldMixup(beta(2), ["input", "block"], { passes: "partner-first", probability: 0.5 }),
  ],
  "the partners first, mixed at the input": [manifoldMixup(law, ["input"], { passes: "partner-first" })],
  RegMixup: [
    regMixup(beta(10)),
    regMixup(law, { eta: 0.4, ...perSample }),
    regMixup(law, { pairing: "permutation", geometry: { kind: "cutmix", probability: 0.5 } }),
  ],
  "steps left unmixed": [mixup(law, { probability: 0.5 }), mixup(law, { probability: 0.5, ...perSample })],
};

function config(mixing: readonly Mixing[], more: Partial<TrainConfig> = {}): TrainConfig {
  return {
    data: DATA,
    model: IMAGES,
    optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }),
    steps: 12,
    batch: 8,
    evaluateEvery: 5,
    probePoints: DATA.points.subarray(0, 84 * 3),
    runs: grid({ seed: range(2), mixing }),
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
  it.each(Object.entries(METHODS))("%s", async (_, mixings) => {
    await expectParity(config(mixings));
  });

  it("where the first layer is a dense one", async () => {
    const places = ["input", "hidden"];
    await expectParity(config([cutMix(), mixup(law)], { model: POINTS }));
    await expectParity(config([manifoldMixup(law, places)], { model: POINTS }));
    await expectParity(config([manifoldMixup(law, places, { passes: "two" })], { model: POINTS }));
    await expectParity(config([regMixup(law)], { model: POINTS, lastBatch: "keep" }));
  });

  it.each(["keep", "drop"] as LastBatch[])("last batch %s", async (lastBatch) => {
    await expectParity(config([mixup(law, { pairing: "permutation" }), cutMix(), erm()], { lastBatch }));
    await expectParity(config([regMixup(law, { eta: 0.3 })], { lastBatch }));
    await expectParity(config([manifoldMixup(law, ["block"], { passes: "two" })], { lastBatch }));
  });

  it("images cropped and flipped", async () => {
    const augmentation = cropAndFlip({ padding: 2, mean: [0.3, -2], deviation: [1, 3] });
    for (const model of [IMAGES, POINTS]) {
      await expectParity(config([mixup(law), cutMix(law, perSample), erm()], { model, augmentation }));
      await expectParity(config([regMixup(law)], { model, augmentation, lastBatch: "keep" }));
    }
    const passes = { passes: "two" } as const;
    await expectParity(config([manifoldMixup(law, ["input", "block"], passes)], { augmentation }));
    const plain = await train(await testDevice(), config([erm()])).result;
    const cropped = await expectParity(config([erm()], { augmentation, batch: "full" }));
    expect(cropped.runs[0].loss).not.toBe(plain.runs[0].loss);
  });

  it("labels smoothed, each run's by its own share", async () => {
    const runs = [0, 0.1, 1].map((labelSmoothing) => ({ seed: 3, mixing: mixup(law), labelSmoothing }));
    const result = await expectParity(config([erm()], { runs }));
    expect(result.runs[1].loss).not.toBe(result.runs[0].loss);
  });
});

describe("bit for bit", () => {
  it("alone and among others", async () => {
    const device = await testDevice();
    for (const mixings of Object.values(METHODS)) {
      const asked = config(mixings, { lastBatch: "keep" });
      const among = await train(device, asked).result;
      for (let r = 0; r < asked.runs.length; r += 2) {
        const alone = await train(device, { ...asked, runs: [asked.runs[r]] }).result;
        expect(fingerprint(alone, 0), JSON.stringify(asked.runs[r].mixing)).toEqual(fingerprint(among, r));
      }
    }
  });

  it("a perceptron in the resident executor where batches are of one size, whatever is dropped", async () => {
    const device = await testDevice();
    const asked = config([mixup(law, { probability: 0.7 })], {
      data: classDataset({
        points: randomNumbers(3, 44),
        labels: range(22).map((n) => n % 3),
        dimensions: 2,
      }),
      model: mlp([2, 16, 3]),
      probePoints: [],
      lastBatch: "drop",
    });
    const resident = await expectParity(asked);
    expect(resident.executor).toBe("resident");
    const layered = await train(device, { ...asked, executor: "layered" }).result;
    expectAgreement(layered, resident);
    expect((await train(device, { ...asked, lastBatch: "keep" }).result).executor).toBe("layered");
  });

  it("whatever steps a submit, stopped, stored and resumed", async () => {
    for (const device of [await testDevice(), await openDevice({ backend: "cpu" })]) {
      for (const mixings of [
        [mixupOrCutMix(law, beta(1)), erm()],
        [manifoldMixup(law, ["input", "block"], { passes: "partner-first" })],
        [regMixup(law)],
      ]) {
        const asked = config(mixings, { lastBatch: "keep", augmentation: cropAndFlip({ padding: 1 }) });
        const straight = await train(device, asked).result;
        const slow = await train(device, asked, { stepsPerSubmit: 1 }).result;
        const first = train(device, asked, { stopAfter: 7 });
        await first.result;
        const resumed = await resume(device, await first.checkpoint()).result;
        for (let r = 0; r < asked.runs.length; r++) {
          expect(fingerprint(slow, r)).toEqual(fingerprint(straight, r));
          expect(fingerprint(resumed, r)).toEqual(fingerprint(straight, r));
        }
      }
    }
  });
});
