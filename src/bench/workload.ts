/**
 * What is compared: the workloads as plain data, which every engine reads for itself, and the data they are about.
 *
 * Not here: doing the work (`engines/`), timing it (`comparison.ts`), knowing the right answer (`judge.ts`).
 */

import { classDataset, type Dataset } from "../data/dataset.ts";
import { alternatingLine } from "../data/lines.ts";
import { twoMoons } from "../data/moons.ts";
import { beta } from "../mixing/laws.ts";
import { mixup } from "../mixing/mixing.ts";
import { mlp } from "../model/nets.ts";
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
  "optimal-classifier",
  "pairwise",
] as const;
export type WorkloadName = (typeof WORKLOAD_NAMES)[number];

/** Training of one net or many, one optimizer step at a time. */
export interface TrainingWorkload {
  readonly kind: "training";
  readonly data: "line" | "moons" | "blobs";
  /** Hidden units of the net's only hidden layer, H. */
  readonly hidden: number;
  /** B, or "full" for every point once. */
  readonly batch: number | "full";
  /** One run per seed 0 .. seeds - 1 and alpha. */
  readonly seeds: number;
  readonly alphas: readonly number[];
  /** Steps after which the loss is compared with float64. Even: our scheduler keeps two submits under way. */
  readonly checkSteps: number;
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

const LINE = { kind: "training", data: "line", hidden: 512, batch: "full" } as const;
const MOONS = { kind: "training", data: "moons", hidden: 500, batch: "full" } as const;

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
      hidden: 512,
      batch: 128,
      seeds: 1,
      alphas: [1],
      checkSteps: 4,
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

/** Points and classes that stand in for images: their size is that of MNIST's, their number is smaller. */
const BLOBS = { points: 2000, dimensions: 784, classes: 10 };
/** Points on which a loss is compared: enough to tell, few enough for float64. */
const CHECK_POINTS = 256;
/** No workload trains so many steps in a bench. */
const MANY_STEPS = 2 ** 24;

/** A training workload as the population it is. The loss is compared on `evaluationData`. */
export function populationOf(workload: TrainingWorkload): Population {
  const data = trainingData(workload.data);
  return resolvePopulation({
    data,
    model: mlp([data.dimensions, workload.hidden, data.targetSize]),
    optimizer: adam(),
    steps: MANY_STEPS,
    batch: workload.batch,
    evaluationData: firstPoints(data, CHECK_POINTS),
    runs: grid({
      seed: range(workload.seeds),
      mixing: workload.alphas.map((alpha) => mixup(beta(alpha))),
    }),
  });
}

function trainingData(name: TrainingWorkload["data"]): Dataset {
  switch (name) {
    case "line":
      return alternatingLine({ points: 3, classes: 2 });
    case "moons":
      return twoMoons({ points: 300, separation: 0.1, seed: 0 });
    case "blobs":
      return blobs(BLOBS.points, BLOBS.dimensions);
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
function blobs(size: number, dimensions: number): Dataset {
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
  return classDataset({ points, labels, dimensions, classes: BLOBS.classes });
}

function firstPoints(data: Dataset, count: number): Dataset {
  if (data.size <= count) return data;
  return classDataset({
    points: data.points.subarray(0, count * data.dimensions),
    labels: data.labels!.subarray(0, count),
    dimensions: data.dimensions,
    classes: data.targetSize,
  });
}
