/**
 * What a data set is: points and targets in plain typed arrays, checked once, when it is made. Everything below
 * (mixing, reference, kernels) trusts a `Dataset` and does not check again.
 *
 * Not here: where data come from (`lines.ts` and the loaders).
 */

import {
  checkFloat32,
  checkInteger,
  checkLength,
  checkObject,
  checkOptions,
  classLabels,
  float32Numbers,
} from "../check.ts";
import { ConfigError } from "../errors.ts";
import { roundedTogether } from "./rounding.ts";

/** Points with targets. Made by {@link classDataset} or {@link regressionDataset}, never by hand. */
export interface Dataset {
  /** Number of points, N. */
  readonly size: number;
  /** Number of input dimensions, D. */
  readonly dimensions: number;
  /** Of images: channels, height and width, D in all. Absent for points without such a shape. */
  readonly shape?: ImageShape;
  /** Points, `[N, D]`, row-major; images in the order of their shape. */
  readonly points: Float32Array;
  /** Number of target columns: classes for class data, outputs for regression. */
  readonly targetSize: number;
  /** Targets, `[N, targetSize]`: one-hot rows for class data, any finite numbers for regression. */
  readonly targets: Float32Array;
  /** Class of each point, `[N]`; absent for regression. */
  readonly labels?: Uint32Array;
  /** Named parts, made by `withDomains`; absent where there are none. */
  readonly domains?: readonly Domain[];
}

/** A named part of a data set. */
export interface Domain {
  readonly name: string;
  /** Indices of its points, in the order in which they count as its first, second and so on. */
  readonly points: Uint32Array;
}

/** Most classes a data set may have; one-hot targets of more would not be sensible. */
const MAX_CLASSES = 0x10000;

/** Most numbers of one-hot targets, N * C: 4 GiB of them, which is more than any WebGPU buffer holds. */
const MAX_TARGETS = 2 ** 30;

/** `[C, H, W]` */
export type ImageShape = readonly [channels: number, height: number, width: number];

/** `{ points [N, D], labels [N] }`; `classes` defaults to the largest label + 1. */
export interface ClassData {
  points: ArrayLike<number>;
  labels: ArrayLike<number>;
  dimensions: number;
  /** Of images; multiplies to `dimensions`. */
  shape?: ImageShape;
  classes?: number;
}

/** `{ points [N, D], targets [N, outputs] }`. */
export interface RegressionData {
  points: ArrayLike<number>;
  targets: ArrayLike<number>;
  dimensions: number;
  shape?: ImageShape;
  outputs: number;
}

/**
 * A checked classification data set. Without `classes`, every class from 0 to the largest label must have a point: labels
 * that count from 1 would make a class 0 that nobody meant.
 * @throws ConfigError for sizes that don't match, points that are not finite 32-bit numbers, labels that are no class,
 * classes without a point unless `classes` is given, fewer than two classes in use, points of different labels that differ
 * as given but are equal as 32-bit floats.
 */
export function classDataset(data: ClassData): Dataset {
  checkOptions("data", data, ["points", "labels", "dimensions", "shape", "classes"]);
  const { dimensions, classes } = data;
  const points = checkedPoints(data);
  const size = points.length / dimensions;
  if (classes !== undefined) checkInteger("data.classes", classes, 2, MAX_CLASSES, "a number of classes");
  if (checkLength("data.labels", data.labels, "Give one label a point.") !== size) {
    throw new ConfigError(
      "data.labels",
      `${data.labels.length} labels for ${size} points. Give one label a point.`,
    );
  }
  const labels = classLabels("data.labels", data.labels, classes ?? MAX_CLASSES);
  const used = new Set(labels);
  if (used.size < 2) {
    throw new ConfigError(
      "data.labels",
      `all ${size} points are of class ${labels[0]}. Give points of at least 2 classes.`,
    );
  }
  const classCount = classes ?? labels.reduce((largest, label) => Math.max(largest, label), 0) + 1;
  if (classes === undefined && used.size < classCount) {
    let empty = 0;
    while (used.has(empty)) empty++;
    throw new ConfigError(
      "data.labels",
      `no point is of class ${empty}. Classes count from 0: renumber them, or give classes: ${classCount} if that is meant.`,
    );
  }
  if (size * classCount > MAX_TARGETS) {
    throw new ConfigError(
      "data.classes",
      `${size} points of ${classCount} classes make more than ${MAX_TARGETS} targets. Give fewer of either.`,
    );
  }
  const pair = roundedTogether(data.points, dimensions, labels);
  if (pair !== undefined) {
    throw new ConfigError(
      "data.points",
      `points ${pair[0]} and ${pair[1]} differ as given, but are equal as 32-bit numbers, and their labels differ. ` +
        "Subtract what is common to all points.",
    );
  }
  const targets = new Float32Array(size * classCount);
  for (let n = 0; n < size; n++) targets[n * classCount + labels[n]] = 1;
  return { size, dimensions, ...checkedShape(data), points, targetSize: classCount, targets, labels };
}

/**
 * A checked regression data set. Its targets may also be soft labels, rows of probabilities, for softmax cross-entropy.
 * @throws ConfigError for sizes that don't match and for points or targets that are not finite 32-bit numbers.
 */
export function regressionDataset(data: RegressionData): Dataset {
  checkOptions("data", data, ["points", "targets", "dimensions", "shape", "outputs"]);
  const { dimensions, outputs } = data;
  const points = checkedPoints(data);
  const size = points.length / dimensions;
  checkInteger("data.outputs", outputs, 1, MAX_TARGETS, "a number of outputs");
  if (checkLength("data.targets", data.targets) !== size * outputs) {
    throw new ConfigError(
      "data.targets",
      `${data.targets.length} numbers for ${size} points of ${outputs} outputs each.`,
    );
  }
  return {
    size,
    dimensions,
    ...checkedShape(data),
    points,
    targetSize: outputs,
    targets: float32Numbers("data.targets", data.targets),
  };
}

/**
 * Refuses what is no {@link Dataset} as made here: sizes, types and labels that don't go together.
 * @throws ConfigError
 */
export function checkDataset(path: string, data: Dataset): void {
  checkObject(path, data, "Make one with classDataset, regressionDataset or alternatingLine.");
  const { size, dimensions, shape, points, targetSize, targets, labels } = data;
  const whole =
    [size, dimensions, targetSize].every((count) => Number.isInteger(count) && count > 0) &&
    points instanceof Float32Array &&
    points.length === size * dimensions &&
    targets instanceof Float32Array &&
    targets.length === size * targetSize &&
    (labels === undefined || (labels instanceof Uint32Array && labels.length === size));
  if (!whole) {
    throw new ConfigError(
      path,
      "is no data set. Make one with classDataset, regressionDataset or alternatingLine.",
    );
  }
  checkedShape({ dimensions, shape }, path);
  checkFloat32(`${path}.points`, points);
  checkFloat32(`${path}.targets`, targets);
  const stray = labels?.findIndex((label) => label >= targetSize) ?? -1;
  if (stray >= 0)
    throw new ConfigError(`${path}.labels[${stray}]`, `${labels![stray]} is none of ${targetSize} classes.`);
  if (data.domains !== undefined) checkDomains(`${path}.domains`, data.domains, size);
}

/** Most domains: they are walked through for every sample. */
const MOST_DOMAINS = 256;

function checkDomains(path: string, domains: readonly Domain[], size: number): void {
  if (!Array.isArray(domains) || domains.length === 0 || domains.length > MOST_DOMAINS)
    throw new ConfigError(path, `give 1 to ${MOST_DOMAINS} domains, with withDomains.`);
  const owner = new Int32Array(size).fill(-1);
  for (const [k, domain] of domains.entries()) {
    checkObject(`${path}[${k}]`, domain, "Make them with withDomains.");
    const { name, points } = domain as Domain;
    if (typeof name !== "string" || domains.findIndex((other) => other.name === name) !== k)
      throw new ConfigError(`${path}[${k}].name`, "is no name of its own.");
    if (!(points instanceof Uint32Array))
      throw new ConfigError(`${path}[${k}].points`, "are no indices. Make domains with withDomains.");
    for (const [i, point] of points.entries()) {
      const where = `${path}[${k}].points[${i}]`;
      if (point >= size) throw new ConfigError(where, `${point} is no point: there are 0 to ${size - 1}.`);
      if (owner[point] >= 0)
        throw new ConfigError(where, `point ${point} is in ${domains[owner[point]].name} already.`);
      owner[point] = k;
    }
  }
}

/** The shape of images, as an entry of a data set, if there is one. */
function checkedShape(
  { dimensions, shape }: { dimensions: number; shape?: ImageShape },
  path = "data",
): { shape?: ImageShape } {
  if (shape === undefined) return {};
  if (!Array.isArray(shape) || shape.length !== 3)
    throw new ConfigError(`${path}.shape`, "give [channels, height, width].");
  for (const [i, side] of shape.entries())
    checkInteger(`${path}.shape[${i}]`, side, 1, Number.MAX_SAFE_INTEGER, "a size");
  if (shape[0] * shape[1] * shape[2] !== dimensions)
    throw new ConfigError(`${path}.shape`, `[${shape}] does not multiply to ${dimensions} dimensions.`);
  return { shape: [shape[0], shape[1], shape[2]] };
}

/** The points `[N, D]` as 32-bit numbers, or a ConfigError. */
function checkedPoints({
  points,
  dimensions,
}: {
  points: ArrayLike<number>;
  dimensions: number;
}): Float32Array {
  checkInteger("data.dimensions", dimensions, 1, Number.MAX_SAFE_INTEGER, "a number of dimensions");
  const length = checkLength("data.points", points);
  if (length === 0 || length % dimensions !== 0) {
    throw new ConfigError(
      "data.points",
      `${length} numbers don't make points of ${dimensions} dimensions. Give a multiple of ${dimensions}, at least one.`,
    );
  }
  return float32Numbers("data.points", points);
}
