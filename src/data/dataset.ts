/**
 * What a data set is: points and targets in plain typed arrays, checked once, when it is made. Everything below
 * (mixing, reference, kernels) trusts a `Dataset` and does not check again.
 *
 * Not here: where data come from (`lines.ts` and the loaders).
 */

import { ConfigError } from "../errors.ts";

/** Points with targets. Made by {@link classDataset} or {@link regressionDataset}, never by hand. */
export interface Dataset {
  /** Number of points, N. */
  readonly size: number;
  /** Number of input dimensions, D. */
  readonly dimensions: number;
  /** Points, `[N, D]`, row-major. */
  readonly points: Float32Array;
  /** Number of target columns: classes for class data, outputs for regression. */
  readonly targetSize: number;
  /** Targets, `[N, targetSize]`: one-hot rows for class data, any finite numbers for regression. */
  readonly targets: Float32Array;
  /** Class of each point, `[N]`; absent for regression. */
  readonly labels?: Uint32Array;
}

/** Most classes a data set may have; one-hot targets of more would not be sensible. */
const MAX_CLASSES = 0x10000;

/** `{ points [N, D], labels [N] }`; `classes` defaults to the largest label + 1. */
export interface ClassData {
  points: ArrayLike<number>;
  labels: ArrayLike<number>;
  dimensions: number;
  classes?: number;
}

/** `{ points [N, D], targets [N, outputs] }`. */
export interface RegressionData {
  points: ArrayLike<number>;
  targets: ArrayLike<number>;
  dimensions: number;
  outputs: number;
}

/**
 * A checked classification data set.
 * @throws ConfigError for sizes that don't match, non-finite points, labels that are no class, fewer than two classes
 * in use.
 */
export function classDataset({ points, labels, dimensions, classes }: ClassData): Dataset {
  const size = checkPoints(points, dimensions);
  if (labels?.length !== size) {
    throw new ConfigError(
      "data.labels",
      `${labels?.length ?? "no"} labels for ${size} points. Give one label a point.`,
    );
  }
  let largest = 0;
  for (let n = 0; n < size; n++) {
    const label = labels[n];
    if (!Number.isInteger(label) || label < 0 || label >= MAX_CLASSES) {
      throw new ConfigError(
        `data.labels[${n}]`,
        `${label} is no class. Classes are integers from 0 to ${MAX_CLASSES - 1}.`,
      );
    }
    largest = Math.max(largest, label);
  }
  const classCount = classes ?? largest + 1;
  if (!Number.isInteger(classCount) || classCount < 2 || classCount > MAX_CLASSES) {
    throw new ConfigError("data.classes", `${classCount} classes: classification needs 2 to ${MAX_CLASSES}.`);
  }
  const targets = new Float32Array(size * classCount);
  const used = new Set<number>();
  for (let n = 0; n < size; n++) {
    const label = labels[n];
    if (label >= classCount) {
      throw new ConfigError(
        `data.labels[${n}]`,
        `${label} is out of range: with ${classCount} classes, labels are 0 to ${classCount - 1}.`,
      );
    }
    targets[n * classCount + label] = 1;
    used.add(label);
  }
  if (used.size < 2) {
    throw new ConfigError(
      "data.labels",
      `all ${size} points are of class ${labels[0]}. Give points of at least 2 classes.`,
    );
  }
  return {
    size,
    dimensions,
    points: Float32Array.from(points),
    targetSize: classCount,
    targets,
    labels: Uint32Array.from(labels),
  };
}

/**
 * A checked regression data set.
 * @throws ConfigError for sizes that don't match and for non-finite points or targets.
 */
export function regressionDataset({ points, targets, dimensions, outputs }: RegressionData): Dataset {
  const size = checkPoints(points, dimensions);
  if (!Number.isInteger(outputs) || outputs < 1) {
    throw new ConfigError("data.outputs", `${outputs} is not a number of outputs. Give an integer from 1.`);
  }
  if (targets?.length !== size * outputs) {
    throw new ConfigError(
      "data.targets",
      `${targets?.length ?? "no"} numbers for ${size} points of ${outputs} outputs each.`,
    );
  }
  checkFinite("data.targets", targets);
  return {
    size,
    dimensions,
    points: Float32Array.from(points),
    targetSize: outputs,
    targets: Float32Array.from(targets),
  };
}

/** The number of points in `points`, or a ConfigError. */
function checkPoints(points: ArrayLike<number>, dimensions: number): number {
  if (!Number.isInteger(dimensions) || dimensions < 1) {
    throw new ConfigError(
      "data.dimensions",
      `${dimensions} is not a number of dimensions. Give an integer from 1.`,
    );
  }
  if (!(points?.length > 0) || points.length % dimensions !== 0) {
    throw new ConfigError(
      "data.points",
      `${points?.length ?? "no"} numbers don't make points of ${dimensions} dimensions. Give a multiple of ${dimensions}, at least one.`,
    );
  }
  checkFinite("data.points", points);
  return points.length / dimensions;
}

/** Refuses what is not a finite 32-bit float: a 1e39 would be an infinity on the GPU. */
function checkFinite(path: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(Math.fround(values[i]))) {
      throw new ConfigError(`${path}[${i}]`, `${values[i]} is not a finite 32-bit number.`);
    }
  }
}
