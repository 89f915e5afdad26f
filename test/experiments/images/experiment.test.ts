/** The image runs: their data and nets as specified, how seeds are counted, what is checked, and what is shown. */

import { expect, test } from "vitest";
import { readDigits, readImageFolder } from "../../../src/cli/imageFolder.ts";
import { imagesChecks } from "../../../src/experiments/images/checks.ts";
import {
  IMAGES_DEFAULTS,
  imagesExperiment,
  imagesPopulation,
  runImages,
} from "../../../src/experiments/images/experiment.ts";
import { settingOf } from "../../../src/experiments/images/settings.ts";
import { parameterLayout } from "../../../src/model/layout.ts";
import { resolvePopulation } from "../../../src/population/config.ts";
import { configErrorPath } from "../../configError.ts";
import { fakeTrainer } from "../fakeTrainer.ts";
import { expectShown } from "../shown.ts";

const fashion = await readImageFolder();
const digits = await readDigits();

test("the images are the first 256 of Fashion-MNIST, normalised", () => {
  const { data, test: held, model } = settingOf("convnet", { fashion });
  expect([data.size, data.shape, held.size]).toEqual([256, [1, 28, 28], 400]);
  expect([...data.labels!.subarray(0, 10)]).toEqual([9, 0, 0, 3, 0, 2, 7, 2, 5, 5]);
  const counts = new Array(10).fill(0);
  for (const label of data.labels!) counts[label]++;
  expect(counts).toEqual([30, 28, 23, 25, 25, 28, 28, 25, 24, 20]);
  const bytes = data.points.reduce((sum, x) => sum + Math.round((x * 0.353 + 0.286) * 255), 0);
  expect(bytes).toBe(14_846_296);
  expect(parameterLayout(model).size).toBe(9098);
});

test("the residual net sees them at half the size, each pixel the mean of four", () => {
  const { data, model } = settingOf("resnet", { fashion });
  const whole = settingOf("convnet", { fashion }).data.points;
  expect(data.shape).toEqual([1, 14, 14]);
  expect(parameterLayout(model).size).toBe(5142);
  const at = (y: number, x: number) => whole[784 * 3 + 28 * y + x];
  expect(data.points[196 * 3 + 14 * 5 + 6]).toBeCloseTo(
    (at(10, 12) + at(10, 13) + at(11, 12) + at(11, 13)) / 4,
    6,
  );
});

test("the digits are the first 512, tested on the last 500", () => {
  const { data, test: held, model } = settingOf("digits", { digits });
  expect([data.size, data.shape, held.size]).toEqual([512, [1, 8, 8], 500]);
  expect([...data.labels!.subarray(0, 10)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(parameterLayout(model).size).toBe(1898);
  const all = [...digits.train.pixels, ...digits.test.pixels].map((pixel) => pixel / 16);
  const mean = all.reduce((a, b) => a + b) / all.length;
  expect(mean).toBeCloseTo(0.3053, 4);
  expect(Math.sqrt(all.reduce((sum, x) => sum + (x - mean) ** 2, 0) / all.length)).toBeCloseTo(0.3761, 3);
  expect(data.points[2]).toBeCloseTo((digits.train.pixels[2] / 16 - 0.3053) / 0.3761, 6);
});

test("a population is ERM and each law, all seeds of one together, a batch of 64", () => {
  const config = imagesPopulation(settingOf("convnet", { fashion }), IMAGES_DEFAULTS);
  const population = resolvePopulation(config);
  expect(population).toMatchObject({ steps: 1200, batch: 64, evaluateEvery: 40 });
  expect(population.runs.map(({ seed, mixing }) => [seed, mixing.kind, mixing.granularity])).toEqual(
    [0, 1, 2, 3].flatMap((law) => [0, 1, 2].map((seed) => [seed, law === 0 ? "erm" : "mixup", "batch"])),
  );
});

test("without images, or settings, it says what is missing", async () => {
  expect(configErrorPath(() => settingOf("convnet", {}))).toBe("images");
  expect(configErrorPath(() => settingOf("digits", { fashion }))).toBe("digits");
  await expect(runImages(fakeTrainer(), { images: fashion, settings: [] })).rejects.toMatchObject({
    path: "settings",
  });
});

test("means and sample deviations over the seeds, and what each run did", async () => {
  const trainer = fakeTrainer({ error: (seed, alpha, step) => (alpha + seed) / step });
  const { groups } = await runImages(trainer, { images: fashion, alphas: [8], seeds: 2, epochs: 20 });
  expect(groups.map(({ alpha }) => alpha)).toEqual([null, 8]);
  const [, mixed] = groups;
  expect(mixed.epochs).toEqual([10, 20]);
  mixed.error.mean.forEach((error, i) => {
    expect(error).toBeCloseTo(8.5 / (40 * (i + 1)), 12);
  });
  expect(mixed.error.std[0]).toBeCloseTo(Math.SQRT1_2 / 40, 12);
  expect(mixed.solvedAt).toEqual([null, null]);
  expect(groups[0].solvedAt).toEqual([10, null]);
  expect(mixed.runs[1].testError).toBeGreaterThan(0.5);
});

test("values beside the repetition's: those of other alphas or epochs are not asked for", async () => {
  const trainer = fakeTrainer();
  const { groups, line, references } = await runImages(trainer, { images: fashion, seeds: 1 });
  expect(references.filter(({ basis }) => basis === "repeated")).toHaveLength(19);
  const error = references.find(({ name }) => name.includes("α = 1: training error at epoch 40"))!;
  expect(error).toMatchObject({ expected: 0.0836, measured: 0, pass: false });
  // 3 sqrt(sd^2 / 5 + sd^2 / 1) + 1/256.
  expect(error.tolerance).toBeCloseTo(3 * 0.0065 * Math.sqrt(1.2) + 1 / 256, 12);
  const short = groups.map((group) => ({ ...group, alpha: group.alpha && 8 }));
  expect(imagesChecks(short, line).filter(({ basis }) => basis === "repeated")).toHaveLength(4);
});

test("what is shown", async () => {
  const trainer = fakeTrainer({ error: (_, alpha, step) => Math.min(0.5, (30 + alpha / 50) / step) });
  const results = await runImages(trainer, { images: fashion, seeds: 2 });
  await expectShown(imagesExperiment, results, ["error-convnet", "loss-convnet"]);
});
