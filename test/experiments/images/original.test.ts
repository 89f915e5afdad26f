/** The paper's own image runs: as the authors train them, what they cost, and going on where they were stopped. */

import { expect, test } from "vitest";
import type { ImageSplits } from "../../../src/data/imageSplits.ts";
import { imagesChecks } from "../../../src/experiments/images/checks.ts";
import { costInWords, costOf, duration } from "../../../src/experiments/images/cost.ts";
import { imagesExperiment, runImages } from "../../../src/experiments/images/experiment.ts";
import { originalRun, trainOriginal } from "../../../src/experiments/images/original.ts";
import { settingOf, subsetOf } from "../../../src/experiments/images/settings.ts";
import type { Store } from "../../../src/experiments/store.ts";
import { openTrainer, type Trainer } from "../../../src/experiments/trainer.ts";
import { relu } from "../../../src/model/layers/activation.ts";
import { batchNorm2d } from "../../../src/model/layers/batchNorm2d.ts";
import { conv2d } from "../../../src/model/layers/conv2d.ts";
import { dense } from "../../../src/model/layers/dense.ts";
import { flatten } from "../../../src/model/layers/flatten.ts";
import { parameterLayout } from "../../../src/model/layout.ts";
import { sequential } from "../../../src/model/model.ts";
import { decodeSafetensors } from "../../../src/model/safetensors.ts";
import { resolvePopulation } from "../../../src/population/config.ts";
import type { Training } from "../../../src/training/training.ts";
import { configErrorPath } from "../../configError.ts";
import { fakeTrainer } from "../fakeTrainer.ts";

function cifar(count: number): ImageSplits {
  const split = (size: number) => ({
    shape: [3, 32, 32] as const,
    pixels: Uint8Array.from({ length: size * 3072 }, (_, i) => (i * 7919) % 251),
    labels: Uint8Array.from({ length: size }, (_, n) => n % 10),
  });
  const moments = { mean: [0.5, 0.5, 0.5], deviation: [0.2, 0.2, 0.2] };
  return { height: 32, width: 32, classes: 10, train: split(count), test: split(2), moments };
}

const setting = settingOf("resnet18", { fashion: cifar(300) });
const asked = { seeds: 2, laws: [null, 32], epochs: 2, learningRate: 1e-3 };

/** A trainer that neither begins nor evaluates a ResNet-18: of each test image it says class 0. */
function fake(fakes: Parameters<typeof fakeTrainer>[0] = {}): Trainer {
  const trainer = fakeTrainer(fakes);
  const model = sequential([3, 32, 32], [flatten(), dense(10)]);
  return {
    ...trainer,
    train: (config, options) =>
      trainer.train(config.data.shape === undefined ? config : { ...config, model }, options),
    predict: async () => Float32Array.from({ length: 20 }, (_, i) => -(i % 10)),
  };
}

function memoryStore(): Store & { files: Map<string, Uint8Array> } {
  const files = new Map<string, Uint8Array>();
  return {
    files,
    read: async (name) => files.get(name),
    write: async (name, bytes) => void files.set(name, bytes),
  };
}

test("ResNet-18, batches of 128, the last one kept, an evaluation an epoch", () => {
  expect(parameterLayout(setting.model).size).toBe(11_173_962);
  expect(setting).toMatchObject({ images: "CIFAR-10", epochs: 50, batch: 128 });
  const population = resolvePopulation(originalRun(setting, { ...asked, epochs: 50 }, 3, 1024));
  expect(population).toMatchObject({ steps: 150, evaluateEvery: 3, batching: { drawn: 128, last: 44 } });
  expect(population.runs).toMatchObject([
    { seed: 3, mixing: { granularity: "batch", pairing: "uniform", law: { a: 1024, b: 1024 } } },
  ]);
});

test("images of another shape are not for the small runs", () => {
  expect(configErrorPath(() => settingOf("convnet", { fashion: cifar(3) }))).toBe("images");
});

test("every run is kept, and only what is missing is trained again", async () => {
  const store = memoryStore();
  const trained: string[] = [];
  const failing = (after: number): Trainer => {
    const trainer = fake({ error: (seed, alpha, step) => (seed + alpha / 100) / step });
    return {
      ...trainer,
      train(config, options) {
        const [{ seed, mixing }] = config.runs;
        // Two populations of a few steps measure the cost.
        if (config.steps === 6) {
          if (trained.length === after) throw new Error("the lights went out");
          trained.push(`${seed} ${mixing.kind}`);
        }
        return trainer.train(config, options);
      },
    };
  };
  const run = (after: number) => trainOriginal(failing(after), setting, asked, () => {}, undefined, store);
  await expect(run(3)).rejects.toThrow("the lights went out");
  expect(trained).toEqual(["0 erm", "0 mixup", "1 erm"]);
  const groups = await run(10);
  expect(trained.slice(3)).toEqual(["1 mixup"]);
  expect(groups.map(({ alpha, seeds, epochs }) => [alpha, seeds, epochs])).toEqual([
    [null, 2, [1, 2]],
    [32, 2, [1, 2]],
  ]);
  expect(groups[1].runs[1].errorCurve).toEqual([1.32 / 3, 1.32 / 6]);
  expect(groups[1].testError.mean).toBe(0.5);

  // Other epochs are another experiment: nothing of this is taken for it.
  await trainOriginal(fake(), setting, { ...asked, epochs: 3 }, () => {}, undefined, store);
  expect((await run(100))[1].epochs).toEqual([1, 2]);
  expect(trained).toHaveLength(8);
});

test("a checkpoint of the run under way is gone on with; that of another is not", async () => {
  const store = memoryStore();
  const resumed: string[] = [];
  const trainer = fake();
  const key = async (seed: number) => {
    const kept = memoryStore();
    await trainOriginal(fake(), setting, { ...asked, laws: [null], seeds: 2 }, () => {}, undefined, kept);
    return (JSON.parse(new TextDecoder().decode(kept.files.get(`erm-seed-${seed}.json`))) as { key: string })
      .key;
  };
  store.files.set("training.safetensors", Uint8Array.of(1, 2, 3));
  const of = { key: await key(1), value: true };
  store.files.set("training.json", new TextEncoder().encode(JSON.stringify(of)));
  const resuming: Trainer = {
    ...trainer,
    resume(checkpoint, options): Training {
      resumed.push(String(checkpoint));
      return trainer.train(originalRun(setting, asked, 1, null), options);
    },
  };
  await trainOriginal(resuming, setting, { ...asked, laws: [null] }, () => {}, undefined, store);
  expect(resumed).toEqual(["1,2,3"]);
});

test("stopped in the middle of a run, it ends as if it had not been", async () => {
  const trainer = await openTrainer("cpu");
  const model = sequential(
    [3, 32, 32],
    [conv2d(2, { stride: 8 }), batchNorm2d(), relu(), flatten(), dense(10)],
  );
  const small = { ...setting, model, data: subsetOf(setting.data, 40), batch: 16 };
  const runs = { ...asked, laws: [32], seeds: 1, epochs: 8, checkpointEvery: 0 };
  const [straight] = await trainOriginal(trainer, small, runs, () => {});

  const store = memoryStore();
  const stop = new AbortController();
  const stopping = trainOriginal(
    trainer,
    small,
    runs,
    ({ step, steps }) => {
      if (steps === 24 && step >= 9 && store.files.has("training.json")) stop.abort(new Error("enough"));
    },
    stop.signal,
    store,
  );
  await expect(stopping).rejects.toThrow("enough");
  expect([...store.files.keys()].sort()).toEqual(["training.json", "training.safetensors"]);
  let from = -1;
  const resuming: Trainer = {
    ...trainer,
    resume: (checkpoint, options) => {
      from = Number(decodeSafetensors(checkpoint).metadata.step);
      return trainer.resume(checkpoint, options);
    },
  };
  const [resumed] = await trainOriginal(resuming, small, runs, () => {}, undefined, store);
  expect(from).toBeGreaterThan(0);
  expect(resumed.runs).toEqual(straight.runs);
  trainer.destroy();
});

test("what it will cost is said before it starts", async () => {
  const notices: string[] = [];
  await trainOriginal(fake(), setting, asked, ({ notice }) => void (notice && notices.push(notice)));
  expect(notices).toHaveLength(1);
  expect(notices[0]).toMatch(/^ResNet-18 on 300 images of 3 x 32 x 32, 2 epochs: about .* a run on A <fake>/);
  const cost = { secondsPerImage: 0.01, batch: 16, device: "a GPU" };
  // 300 images, 50 epochs, a third more for evaluations.
  expect(costInWords(cost, setting, 50, 10, 2)).toMatch(
    /about 3\.3 minutes a run on a GPU \(measured with batches of 16\), 33 minutes for the 10 to come\. 2 are done already\./,
  );
  const { batch } = await costOf(fake(), setting);
  expect(batch).toBe(128);
});

test.each([
  [1.5, "1.5 seconds"],
  [100, "100 seconds"],
  [121, "2.0 minutes"],
  [7200, "2.0 hours"],
  [48.2 * 86_400, "48 days"],
])("%d s is %s", (seconds, words) => {
  expect(duration(seconds)).toBe(words);
});

test("beside the authors' values, whose seeds and epochs count", async () => {
  const fashion = cifar(300);
  const trainer = fake({ error: () => 0.01 });
  const options = imagesExperiment.settle("paper", { seeds: 1, epochs: 1 });
  const { groups, line, references } = await runImages(trainer, { ...options, images: fashion });
  const published = references.filter(({ name }) => name.includes("CIFAR-10"));
  const values = [16.205, 0.4, 13.24, 16.34, 16.91, 17.11, 1.7];
  expect(published.map(({ expected }) => Number((100 * expected).toFixed(4)))).toEqual(values);
  expect(published.every(({ comparable }) => !comparable)).toBe(true);
  const whole = groups.map((group) => ({ ...group, seeds: 5, epochs: [50] }));
  const judged = imagesChecks(whole, line).filter(({ name }) => name.includes("CIFAR-10"));
  expect(judged.every(({ comparable }) => comparable)).toBe(true);
  expect(judged.find(({ expected }) => expected === 0.017)).toMatchObject({ pass: true, measured: 0.01 });
});
