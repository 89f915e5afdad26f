/**
 * What is compared: the workloads as plain data, which every engine reads for itself, and the data they are about.
 *
 * Not here: doing the work (`engines/`), timing it (`comparison.ts`), knowing the right answer (`judge.ts`).
 */

import { classDataset, type Dataset, type ImageShape } from "../data/dataset.ts";
import { alternatingLine } from "../data/lines.ts";
import { twoMoons } from "../data/moons.ts";
import { beta } from "../mixing/laws.ts";
import { mixup } from "../mixing/mixing.ts";
import { relu } from "../model/layers/activation.ts";
import { conv2d } from "../model/layers/conv2d.ts";
import { dense } from "../model/layers/dense.ts";
import { flatten } from "../model/layers/flatten.ts";
import { type Model, sizeOf } from "../model/layers/layer.ts";
import { maxPool2d } from "../model/layers/pool2d.ts";
import { sequential } from "../model/model.ts";
import { convNet, mlp, resNet18 } from "../model/nets.ts";
import { adam } from "../model/optimizer.ts";
import { normalPair } from "../numeric/normal.ts";
import { boundedInteger, PURPOSE, threefry } from "../numeric/threefry.ts";
import { resolvePopulation } from "../population/config.ts";
import { grid, range } from "../population/grid.ts";
import type { Population } from "../population/population.ts";
import type { ClassifierRequest } from "../theory/classifier/optimalClassifier.ts";
import type { analyzeCollisions } from "../theory/collisions/collisions.ts";
import { planeGrid } from "../theory/margins/margins.ts";

/** Names of the workloads, in the order in which they are shown. */
export const WORKLOAD_NAMES = [
  "line",
  "line-x40",
  "moons",
  "moons-x10",
  "mlp-784",
  "conv-28",
  "resnet18-32",
  "optimal-classifier",
  "pairwise",
] as const;
export type WorkloadName = (typeof WORKLOAD_NAMES)[number];

/** A net with one hidden layer of H units, or one for images: two convolutions and a pool, `convNet()`, `resNet18()`. */
export type BenchNet = { readonly hidden: number } | "conv-28" | "conv-net" | "resnet18";

/** Training of one net or many, one optimizer step at a time. */
export interface TrainingWorkload {
  readonly kind: "training";
  readonly data: "line" | "moons" | "blobs" | "images-28" | "images-32";
  readonly net: BenchNet;
  /** B, or "full" for every point once. */
  readonly batch: number | "full";
  /** One run per seed 0 .. seeds - 1 and alpha. */
  readonly seeds: number;
  readonly alphas: readonly number[];
  /** Steps after which the loss is compared with float64. Even: our scheduler keeps two submits under way. */
  readonly checkSteps: number;
  /** Points on which that loss is: enough to tell, few enough for float64. Default 256. */
  readonly checkPoints?: number;
}

/** The Mixup-optimal classifier h_eps of two moons on a square grid; a step is the whole grid. */
export interface ClassifierWorkload {
  readonly kind: "classifier";
  readonly points: number;
  readonly alpha: number;
  readonly epsilon: number;
  /** Grid points in each direction. */
  readonly resolution: number;
}

/** How near one epoch of mixed points comes to the points of other classes; a step is the whole epoch. */
export interface PairwiseWorkload {
  readonly kind: "pairwise";
  readonly points: number;
  readonly dimensions: number;
}

export type Workload = TrainingWorkload | ClassifierWorkload | PairwiseWorkload;

const LINE = { kind: "training", data: "line", net: { hidden: 512 }, batch: "full" } as const;
const MOONS = { kind: "training", data: "moons", net: { hidden: 500 }, batch: "full" } as const;

/** The workloads by name. */
export const WORKLOADS: Readonly<
  Record<WorkloadName, { readonly title: string; readonly workload: Workload }>
> = {
  line: {
    title: "One net 1-512-2 on the line of three points",
    workload: { ...LINE, seeds: 1, alphas: [1], checkSteps: 20 },
  },
  "line-x40": {
    title: "Forty such nets at once: 10 seeds of 4 laws of λ",
    workload: { ...LINE, seeds: 10, alphas: [1, 32, 128, 1024], checkSteps: 4 },
  },
  moons: {
    title: "One net 2-500-2 on two moons, batch 300",
    workload: { ...MOONS, seeds: 1, alphas: [1], checkSteps: 10 },
  },
  "moons-x10": {
    title: "Ten such nets at once",
    workload: { ...MOONS, seeds: 10, alphas: [1], checkSteps: 4 },
  },
  "mlp-784": {
    title: "One net 784-512-10, batch 128",
    workload: {
      kind: "training",
      data: "blobs",
      net: { hidden: 512 },
      batch: 128,
      seeds: 1,
      alphas: [1],
      checkSteps: 4,
    },
  },
  "conv-28": {
    title: "One net of two convolutions on images of 28 x 28, batch 64",
    workload: {
      kind: "training",
      data: "images-28",
      net: "conv-28",
      batch: 64,
      seeds: 1,
      alphas: [1],
      checkSteps: 4,
      checkPoints: 64,
    },
  },
  "resnet18-32": {
    title: "ResNet-18 on one image of 32 x 32",
    workload: {
      kind: "training",
      data: "images-32",
      net: "resnet18",
      batch: 1,
      seeds: 1,
      alphas: [1],
      // A step is 1.7 G multiply-adds: seconds in float64, and as long again for every point that is checked.
      checkSteps: 2,
      checkPoints: 2,
    },
  },
  "optimal-classifier": {
    title: "The Mixup-optimal classifier of 100 points on a grid of 64 x 64",
    workload: { kind: "classifier", points: 100, alpha: 8, epsilon: 0.1, resolution: 64 },
  },
  pairwise: {
    title: "Distances of 2000 mixed points to 2000 points in 784 dimensions",
    workload: { kind: "pairwise", points: 2000, dimensions: 784 },
  },
};

/** What a step of a workload is, for captions. */
export function stepName({ kind }: Workload): string {
  return {
    training: "an optimizer step of all nets",
    classifier: "the whole grid",
    pairwise: "a whole epoch",
  }[kind];
}

/** Points and classes that stand in for images: their size is that of MNIST's or CIFAR's, their number is smaller. */
const BLOBS = { points: 2000, dimensions: 784, classes: 10 };
const IMAGES_28: ImageShape = [1, 28, 28];
const IMAGES_32: ImageShape = [3, 32, 32];
/** Larger images are fewer: a step sees one. */
const LARGE_IMAGES = 64;
const CHECK_POINTS = 256;
/** No workload trains so many steps in a bench. */
const MANY_STEPS = 2 ** 24;

/** A training workload as the population it is. The loss is compared on `evaluationData`. */
export function populationOf(workload: TrainingWorkload): Population {
  const data = trainingData(workload.data);
  return resolvePopulation({
    data,
    model: modelOf(workload.net, data),
    optimizer: adam(),
    steps: MANY_STEPS,
    batch: workload.batch,
    evaluationData: firstPoints(data, workload.checkPoints ?? CHECK_POINTS),
    runs: grid({
      seed: range(workload.seeds),
      mixing: workload.alphas.map((alpha) => mixup(beta(alpha))),
    }),
  });
}

function modelOf(net: BenchNet, { dimensions, targetSize }: Dataset): Model {
  switch (net) {
    case "conv-28":
      return sequential(IMAGES_28, [
        conv2d(16, { kernel: 3, padding: 1 }),
        relu(),
        maxPool2d({ kernel: 2 }),
        conv2d(32, { kernel: 3, padding: 1 }),
        relu(),
        flatten(),
        dense(targetSize),
      ]);
    case "conv-net":
      return convNet();
    case "resnet18":
      return resNet18();
    default:
      return mlp([dimensions, net.hidden, targetSize]);
  }
}

function trainingData(name: TrainingWorkload["data"]): Dataset {
  switch (name) {
    case "line":
      return alternatingLine({ points: 3, classes: 2 });
    case "moons":
      return twoMoons({ points: 300, separation: 0.1, seed: 0 });
    case "blobs":
      return blobs(BLOBS.points, BLOBS.dimensions);
    case "images-28":
      return blobs(BLOBS.points, sizeOf(IMAGES_28), IMAGES_28);
    case "images-32":
      return blobs(LARGE_IMAGES, sizeOf(IMAGES_32), IMAGES_32);
  }
}

/** The classifier workload as a request to `optimalClassifier`. */
export function classifierRequest({
  points,
  alpha,
  epsilon,
  resolution,
}: ClassifierWorkload): ClassifierRequest {
  return {
    data: twoMoons({ points, separation: 0.1, seed: 0 }),
    laws: [beta(alpha)],
    epsilons: [epsilon],
    queries: planeGrid({ columns: resolution }).points,
  };
}

/** The pairwise workload as a request to `analyzeCollisions`. */
export function collisionRequest({
  points,
  dimensions,
}: PairwiseWorkload): Parameters<typeof analyzeCollisions>[0] {
  return { data: blobs(points, dimensions), law: beta(1), seed: 0 };
}

/**
 * Noisy points around one centre per class, all coordinates about 0 to 1, as pixels are. Keyed: the same everywhere.
 */
function blobs(size: number, dimensions: number, shape?: ImageShape): Dataset {
  const points = new Float32Array(size * dimensions);
  const labels = new Uint32Array(size);
  for (let n = 0; n < size; n++) {
    labels[n] = boundedInteger(threefry(0, PURPOSE.data, n, 0), BLOBS.classes);
    for (let d = 0; d < dimensions; d += 2) {
      const noise = normalPair(1, PURPOSE.data, n, d);
      for (let k = 0; k < 2 && d + k < dimensions; k++) {
        const centre = threefry(2, PURPOSE.data, labels[n], d + k) / 2 ** 32;
        points[n * dimensions + d + k] = centre + 0.25 * noise[k];
      }
    }
  }
  return classDataset({ points, labels, dimensions, classes: BLOBS.classes, ...(shape && { shape }) });
}

function firstPoints(data: Dataset, count: number): Dataset {
  if (data.size <= count) return data;
  return classDataset({
    points: data.points.subarray(0, count * data.dimensions),
    labels: data.labels!.subarray(0, count),
    dimensions: data.dimensions,
    classes: data.targetSize,
    ...(data.shape && { shape: data.shape }),
  });
}
