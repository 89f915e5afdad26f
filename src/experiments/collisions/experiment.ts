/**
 * The paper's collision analysis of image data (section 2.4): how near the mixed points of an epoch come to images of
 * a class that neither of the two mixed images has. Where the smallest distance is well above 0, Mixup can't be misled
 * by mixtures that land on data points.
 *
 * Not here: reading the images (`cli/imageFolder.ts`), the analysis (`theory/collisions/collisionsOn.ts`), pictures and tables
 * (`report.ts`).
 */

import { type ImageSplits, imageSubset, type LabelledImages, momentsOf } from "../../data/imageSplits.ts";
import { ConfigError } from "../../errors.ts";
import { beta } from "../../mixing/laws.ts";
import { permuted } from "../../numeric/permutation.ts";
import { finiteOrNull, spread } from "../../numeric/spread.ts";
import { PURPOSE } from "../../numeric/threefry.ts";
import { range } from "../../population/grid.ts";
import { pngDataUri } from "../../report/png.ts";
import type { Reference } from "../../report/references.ts";
import type { CollisionMetric, CollisionRequest } from "../../theory/collisions/collisionPlan.ts";
import type { CollisionResult } from "../../theory/collisions/collisions.ts";
import { VERSION } from "../../version.ts";
import { defineExperiment, type ExperimentOptions, type OnProgress } from "../experiment.ts";
import type { Trainer } from "../trainer.ts";
import { bruteForceChecks } from "./checks.ts";
import type { CollisionRow, CollisionsResults, LabelledImage, NearestPair, Split } from "./results.ts";

export interface CollisionsOptions extends Pick<ExperimentOptions, "seeds" | "alphas"> {
  /** Part of the images, above 0 and at most 1. */
  readonly fraction: number;
  /** Epochs of mixtures; all numbers but the curves are of the first, as in the paper. */
  readonly epochs: number;
  /** The images; the command line reads them. */
  readonly images?: ImageSplits;
}

export const COLLISIONS_DEFAULTS: CollisionsOptions = { seeds: 3, alphas: [1, 1024], fraction: 1, epochs: 4 };

const METRICS: readonly CollisionMetric[] = ["euclidean", "angular"];
const SPLITS: readonly Split[] = ["train", "test"];
/** Parts of the images in the curve, before all of them. */
const PARTS = [0.25, 0.5];
const NEAREST = 5;
const QUANTILES = range(51).map((i) => i / 50);

/** Data sets that are known by the first labels of their training images. */
const KNOWN = [
  {
    name: "Fashion-MNIST",
    labels: "9 0 0 3 0 2 7 2 5 5 0 9 5 5 7 9",
    classNames: [
      "T-shirt",
      "trousers",
      "pullover",
      "dress",
      "coat",
      "sandal",
      "shirt",
      "sneaker",
      "bag",
      "boot",
    ],
  },
  { name: "MNIST", labels: "5 0 4 1 9 2 1 3 1 4 3 5 3 6 1 7", classNames: range(10).map(String) },
];

/** Everything that is kept of one seed, law, metric and split. */
interface Measured {
  readonly minimum: number;
  readonly mean: number;
  readonly byEpochs: number[];
  readonly byParts: number[];
  readonly first: CollisionResult;
}

/**
 * The options with their defaults, if they can be computed.
 * @throws ConfigError without images or alphas, for a bad fraction, or one that leaves fewer than two classes.
 */
function checkedOptions(options: Partial<CollisionsOptions>) {
  const { seeds, alphas, fraction, epochs, images } = { ...COLLISIONS_DEFAULTS, ...options };
  if (images === undefined) throw new ConfigError("images", "missing: collisions are analysed on images.");
  if (!(fraction > 0 && fraction <= 1)) {
    throw new ConfigError("fraction", `${fraction} is no fraction. Give a number above 0, at most 1.`);
  }
  if (alphas.length === 0) throw new ConfigError("alphas", "none. Without Mixup (alpha 0) nothing is mixed.");
  for (let seed = 0; seed < seeds; seed++) {
    for (const split of SPLITS) {
      for (const part of [...PARTS, 1])
        twoClasses(images, split, chosenImages(images, split, seed, fraction * part));
    }
  }
  return { seeds, alphas, fraction, epochs, images };
}

/** Indices of the images of a split that a seed draws. */
function chosenImages(images: ImageSplits, split: Split, seed: number, fraction: number): number[] {
  const { length } = images[split].labels;
  const count = Math.max(1, Math.round(length * fraction));
  return range(count).map((i) => permuted(seed, PURPOSE.data, split === "train" ? 0 : 1, i, length));
}

/**
 * Computes the whole experiment.
 * @throws ConfigError without images or alphas, for a bad fraction, or one that leaves fewer than two classes;
 * AbortError (the signal's reason) when stopped; the device's errors as they are.
 */
export async function runCollisions(
  trainer: Pick<Trainer, "backend" | "adapter" | "collisions">,
  options: Partial<CollisionsOptions> = {},
  onProgress: OnProgress = () => {},
  signal?: AbortSignal,
): Promise<CollisionsResults> {
  const { seeds, alphas, fraction, epochs, images } = checkedOptions(options);
  const started = performance.now();
  const moments = momentsOf(images);
  const chosen = (split: Split, seed: number, part = 1) => chosenImages(images, split, seed, fraction * part);
  const subset = (split: Split, seed: number, part?: number) =>
    imageSubset(images[split], chosen(split, seed, part), images.classes, moments);
  const [count, tested] = SPLITS.map((split) => chosen(split, 0).length);
  const workOf = (part: number) => part * part * count * (count + tested);
  const perSetting = epochs * workOf(1) + PARTS.reduce((sum, part) => sum + workOf(part), 0);
  const total = seeds * alphas.length * METRICS.length * perSetting;
  let done = 0;

  const rows: CollisionRow[] = [];
  const references: Reference[] = [];
  for (const alpha of alphas) {
    for (const metric of METRICS) {
      const label = `${metric}, α = ${alpha}`;
      const analyze = async (request: CollisionRequest) => {
        const work = request.data.size * (request.queries ?? request.data).size;
        const result = await trainer.collisions(request, {
          signal,
          onProgress: (part, all) =>
            onProgress({
              label,
              step: 0,
              steps: 0,
              fraction: Math.min((done + (work * part) / all) / total, 1),
            }),
        });
        signal?.throwIfAborted();
        done += work;
        return result;
      };
      const measured: Record<Split, Measured[]> = { train: [], test: [] };
      for (let seed = 0; seed < seeds; seed++) {
        const base = { law: beta(alpha), metric };
        const data = subset("train", seed);
        const parts = PARTS.map((part) => ({ data: subset("train", seed, part), part }));
        for (const split of SPLITS) {
          const queries = split === "train" ? data : subset("test", seed);
          const perEpoch: CollisionResult[] = [];
          const distances = new Float64Array(queries.size).fill(Number.POSITIVE_INFINITY);
          const byEpochs: number[] = [];
          for (let epoch = 0; epoch < epochs; epoch++) {
            // An epoch more is an epoch of another mixing seed, on the same images.
            const request = { ...base, data, queries, seed: seed + epoch * seeds };
            perEpoch.push(await analyze(request));
            perEpoch[epoch].distances.forEach((distance, q) => {
              distances[q] = Math.min(distances[q], distance);
            });
            byEpochs.push(distances.reduce((a, b) => Math.min(a, b)));
            if (seed + epoch === 0 && split === "train" && alpha === alphas[0]) {
              references.push(...bruteForceChecks(request, perEpoch[0]));
            }
          }
          const byParts: number[] = [];
          for (const { data, part } of parts) {
            const queries = split === "train" ? data : subset("test", seed, part);
            byParts.push((await analyze({ ...base, data, queries, seed })).minimum);
          }
          const [{ minimum, mean }] = perEpoch;
          byParts.push(minimum);
          measured[split].push({ minimum, mean, byEpochs, byParts, first: perEpoch[0] });
        }
      }
      for (const split of SPLITS) {
        const runs = measured[split];
        const of = (value: (run: Measured) => number) => runs.map((run) => finiteOrNull(value(run)));
        rows.push({
          ...{ alpha, metric, split },
          images: chosen(split, 0).length,
          minimum: spread(of(({ minimum }) => minimum)),
          mean: spread(of(({ mean }) => mean)),
          minima: of(({ minimum }) => minimum),
          means: of(({ mean }) => mean),
          quantiles: quantiles(runs[0].first),
          epochs: {
            mixtures: range(epochs).map((epoch) => count * (epoch + 1)),
            minimum: range(epochs).map((epoch) => spread(of(({ byEpochs }) => byEpochs[epoch]))),
          },
          subsets: {
            mixtures: [...PARTS, 1].map((part) => chosen("train", 0, part).length),
            minimum: [...PARTS, 1].map((_, i) => spread(of(({ byParts }) => byParts[i]))),
          },
          nearest: await nearestPairs(images, split, chosen(split, 0), chosen("train", 0), runs[0].first),
        });
      }
    }
  }
  onProgress({ label: "compared", step: 0, steps: 0, fraction: 1 });
  const known = KNOWN.find(({ labels }) => images.train.labels.slice(0, 16).join(" ") === labels);
  return {
    experiment: "collisions",
    version: VERSION,
    dataName: known?.name ?? "images",
    classNames: known?.classNames ?? range(images.classes).map(String),
    config: {
      data: {
        name: known?.name ?? "unknown",
        train: images.train.labels.length,
        test: images.test.labels.length,
        size: [images.height, images.width],
      },
      pixels: `(byte / 255 - ${moments.mean}) / ${moments.deviation}: mean and deviation of all training pixels given`,
      fraction,
      subset: `${count} training and ${tested} test images, drawn anew for each seed`,
      mixing: "one partner (uniform, itself included) and one lambda per training image and epoch",
      alphas,
      epochs,
      seeds: range(seeds),
    },
    backend: trainer.backend,
    adapter: trainer.adapter,
    rows,
    references,
    elapsedSeconds: (performance.now() - started) / 1000,
  };
}

/** @throws ConfigError where a subset has a single class. */
function twoClasses({ train, test }: ImageSplits, split: Split, indices: number[]): void {
  const { labels } = split === "train" ? train : test;
  if (new Set(indices.map((index) => labels[index])).size < 2) {
    throw new ConfigError(
      "fraction",
      `leaves ${indices.length} of the ${split} images, of a single class. Give a larger one.`,
    );
  }
}

function quantiles({ collisions }: CollisionResult): number[] {
  if (collisions.length === 0) return [];
  return QUANTILES.map((share) => collisions[Math.round(share * (collisions.length - 1))].distance);
}

async function nearestPairs(
  { width, train, test }: ImageSplits,
  split: Split,
  queryIndices: readonly number[],
  trainIndices: readonly number[],
  { collisions }: CollisionResult,
): Promise<NearestPair[]> {
  const pixelsOf = (index: number, images = train) => greyOf(images, index);
  const labelled = async (index: number, images = train): Promise<LabelledImage> => ({
    label: images.labels[index],
    image: await pngDataUri(pixelsOf(index, images), width),
  });
  const distinct = collisions.filter(
    ({ first, partner }, i) =>
      collisions.findIndex((other) => other.first === first && other.partner === partner) === i,
  );
  return Promise.all(
    distinct.slice(0, NEAREST).map(async ({ query, distance, first, partner, lambda }) => {
      const [s, t] = [trainIndices[first], trainIndices[partner]];
      const [a, b] = [pixelsOf(s), pixelsOf(t)];
      return {
        ...{ distance, lambda },
        query: await labelled(queryIndices[query], split === "train" ? train : test),
        first: await labelled(s),
        partner: await labelled(t),
        mixture: await pngDataUri(
          Uint8Array.from(a, (pixel, k) => Math.round(lambda * pixel + (1 - lambda) * b[k])),
          width,
        ),
      };
    }),
  );
}

/** The mean of an image's channels. */
function greyOf({ shape: [channels, height, width], pixels }: LabelledImages, index: number): Uint8Array {
  const area = height * width;
  const image = pixels.subarray(index * channels * area, (index + 1) * channels * area);
  const sum = (k: number) => range(channels).reduce((total, c) => total + image[c * area + k], 0);
  return Uint8Array.from({ length: area }, (_, k) => Math.round(sum(k) / channels));
}

/** The experiment as the command line knows it. */
export const collisionsExperiment = defineExperiment<CollisionsOptions, CollisionsResults>({
  name: "collisions",
  summary: "how near mixtures of images come to images of other classes",
  title: "Collisions: mixtures near images of other classes",
  trains: true,
  compares: "expected",
  takes: ["seeds", "alphas", "data", "fraction"],
  defaults: COLLISIONS_DEFAULTS,
  brief: { seeds: 2, epochs: 2 },
  full: { seeds: 1, alphas: [1024], epochs: 1 },
  check: checkedOptions,
  run: runCollisions,
  report: async () => (await import("./report.ts")).collisionsReport,
});
