/**
 * Images with classes as a data set: bytes become numbers here, normalised by channel, and images keep their shape.
 *
 * Not here: reading files (`idx.ts`, `cifar.ts`), crops and flips.
 */

import { checkInteger, checkLength, checkNumber, checkOptions, float64Numbers } from "../check.ts";
import { ConfigError } from "../errors.ts";
import { areaAverage } from "./areaAverage.ts";
import { checkDataset, classDataset, type Dataset, type ImageShape } from "./dataset.ts";
import type { IdxArray } from "./idx.ts";

/** What is subtracted from pixels, and what the rest is divided by: one number, or one a channel. */
export interface Normalization {
  /**
   * Subtracted from the pixels: bytes (Uint8Array, and Uint8ClampedArray as canvases give it) over 255, other types as
   * they are.
   */
  mean?: number | readonly number[];
  /** What pixels less the mean are divided by. */
  deviation?: number | readonly number[];
}

/** The normalisation of the paper's authors: torchvision's customary numbers of the training splits. */
export const NORMALIZATIONS = {
  mnist: { mean: [0.1307], deviation: [0.3081] },
  cifar10: { mean: [0.4914, 0.4822, 0.4465], deviation: [0.2023, 0.1994, 0.201] },
  cifar100: { mean: [0.5071, 0.4867, 0.4408], deviation: [0.2675, 0.2565, 0.2761] },
} as const satisfies Record<string, Normalization>;

/** Images and labels as read by `readIdx`, `readCifar` and `readImageFolder`. */
export interface ImageFiles extends Normalization {
  /**
   * An image a row of the first axis: `[N, height, width]`, `[N, channels, height, width]` (a channel after the other, as
   * in PyTorch; files of `[N, height, width, channels]` have to be turned), or any other number of axes for points without
   * the shape of images.
   */
  images: IdxArray;
  /** `[N]`. */
  labels: IdxArray;
  /** Defaults to the largest label + 1. */
  classes?: number;
}

/** Images as bytes with their classes: a quarter of a data set's memory, and all that {@link imageDataset} needs. */
export interface ImageBytes {
  readonly images: { readonly shape: readonly number[]; readonly values: Uint8Array };
  readonly labels: { readonly shape: readonly number[]; readonly values: Uint8Array | Int32Array };
  readonly classes: number;
}

const FILES = ["images", "labels", "classes", "mean", "deviation"] as const;

/** What the byte of an IDX file says that counts axes. */
const MOST_AXES = 255;

/**
 * A class data set of images, `[N, pixels]` with their `shape`. Pixels become (x / 255 - mean) / deviation, computed with 64
 * bits and rounded once to 32.
 * @throws ConfigError if images and labels don't go together, for pixels that are not finite, for a deviation
 * of 0, for a mean or deviation that is neither one number nor one a channel.
 */
export function imageDataset(files: ImageFiles): Dataset {
  checkOptions("", files, FILES);
  const { images, labels, classes } = files;
  checkArrays({ images, labels });
  if (labels.shape.length !== 1 || labels.shape[0] !== images.shape[0]) {
    throw new ConfigError(
      "labels",
      `shape [${labels.shape}] does not fit images of shape [${images.shape}].`,
    );
  }
  const shape = imageShape(images);
  const normalization = checkedNormalization(files, shape?.[0] ?? 1);
  const dimensions = images.shape.slice(1).reduce((product, size) => product * size, 1);
  const points = normalized(images.values, dimensions, normalization);
  return classDataset({ points, labels: labels.values, dimensions, shape, classes });
}

/**
 * Mean and deviation of each channel, of bytes over 255 and other types as they are, to 4 digits: what to give to
 * {@link imageDataset} for training and test images alike, computed of the training images.
 * @throws ConfigError for what are no images, or no finite pixels.
 */
export function channelMoments(files: Pick<ImageFiles, "images"> & Partial<ImageFiles>): {
  mean: number[];
  deviation: number[];
} {
  checkOptions("", files, FILES);
  const { images } = files;
  checkArrays({ images });
  const channels = imageShape(images)?.[0] ?? 1;
  const dimensions = images.shape.slice(1).reduce((product, size) => product * size, 1);
  const { length } = images.values;
  const isByte = isBytes(images.values);
  const values = isByte ? images.values : float64Numbers("images.values", images.values);
  const area = dimensions / channels;
  const mean: number[] = [];
  const deviation: number[] = [];
  for (let c = 0; c < channels; c++) {
    // Twice over the values: sums of squares alone would lose a small deviation beside a large mean.
    const average = (term: (value: number) => number) => {
      let sum = 0;
      for (let from = c * area; from < length; from += dimensions)
        for (let k = from; k < from + area; k++) sum += term(values[k]);
      return sum / (length / channels);
    };
    const unit = isByte ? 255 : 1;
    const middle = average((value) => value);
    mean.push(fourDigits(middle / unit));
    // Images of one colour have nothing to divide by.
    deviation.push(fourDigits(Math.sqrt(average((value) => (value - middle) ** 2)) / unit) || 1);
  }
  return { mean, deviation };
}

/**
 * The data set with its images at another size, each new pixel the average of the area that it covers: half the size
 * averages 2 x 2.
 * @throws ConfigError for points that are no images, and for sizes that are none.
 */
export function resizeImages(data: Dataset, size: readonly [height: number, width: number]): Dataset {
  checkDataset("data", data);
  if (data.shape === undefined)
    throw new ConfigError("data.shape", "missing: these points are no images. Give them a shape.");
  const [height, width] = checkedSize("size", size);
  const [channels, ...from] = data.shape;
  const dimensions = channels * height * width;
  const points = new Float32Array(data.size * dimensions);
  for (let n = 0; n < data.size; n++) {
    const image = data.points.subarray(n * data.dimensions, (n + 1) * data.dimensions);
    points.set(areaAverage(image, channels, from, [height, width]), n * dimensions);
  }
  return { ...data, dimensions, shape: [channels, height, width], points };
}

/** `[height, width]`, if it is a sensible one. */
export function checkedSize(path: string, size: readonly [height: number, width: number]): [number, number] {
  if (!Array.isArray(size) || size.length !== 2) throw new ConfigError(path, "give [height, width].");
  const [height, width] = size.map((side, i) => checkInteger(`${path}[${i}]`, side, 1, 4096, "a size"));
  return [height, width];
}

/**
 * Numbers of pixels, `[N, dimensions]`, channel after channel. Bytes come out as 32-bit floats where no two of a channel's 256
 * become one, else as 64-bit ones, for `classDataset` to look at.
 */
export function normalized(
  values: ArrayLike<number>,
  dimensions: number,
  { mean, deviation }: { mean: readonly number[]; deviation: readonly number[] },
): Float32Array | Float64Array {
  const area = dimensions / mean.length;
  const channel = (k: number) => Math.floor((k % dimensions) / area);
  if (!isBytes(values)) {
    return float64Numbers("images.values", values).map(
      (value, k) => (value - mean[channel(k)]) / deviation[channel(k)],
    );
  }
  const tables = mean.map((m, c) =>
    Float64Array.from({ length: 256 }, (_, x) => (x / 255 - m) / deviation[c]),
  );
  const distinct = tables.every((table) => new Set(Float32Array.from(table)).size === 256);
  const points = new (distinct ? Float32Array : Float64Array)(values.length);
  for (let from = 0, c = 0; from < values.length; from += area, c = (c + 1) % tables.length) {
    const to = Math.min(from + area, values.length);
    for (let k = from; k < to; k++) points[k] = tables[c][values[k]];
  }
  return points;
}

function isBytes(values: ArrayLike<number>): values is Uint8Array | Uint8ClampedArray {
  return values instanceof Uint8Array || values instanceof Uint8ClampedArray;
}

/** The shape of arrays of 3 or 4 axes. */
function imageShape({ shape }: IdxArray): ImageShape | undefined {
  if (shape.length === 3) return [1, shape[1], shape[2]];
  return shape.length === 4 ? [shape[1], shape[2], shape[3]] : undefined;
}

function checkArrays(arrays: { images: IdxArray; labels?: IdxArray }): void {
  for (const [name, array] of Object.entries(arrays)) {
    checkOptions(name, array, ["shape", "values"]);
    const axes = checkLength(`${name}.shape`, array.shape, "Give what readIdx gives.");
    if (axes > MOST_AXES)
      throw new ConfigError(`${name}.shape`, `${axes} axes. At most ${MOST_AXES} are possible.`);
    checkLength(`${name}.values`, array.values, "Give what readIdx gives.");
    for (const [axis, size] of Array.from(array.shape).entries())
      checkInteger(`${name}.shape[${axis}]`, size, 0, 2 ** 32, "the size of an axis");
  }
  const { values } = arrays.images;
  const shape = Array.from(arrays.images.shape);
  if (shape.length < 2)
    throw new ConfigError("images", `shape [${shape}] is no list of images. Expected at least 2 axes.`);
  const length = shape.reduce((product, size) => product * size, 1);
  if (length === 0 || values.length !== length)
    throw new ConfigError(
      "images",
      `${values.length} values don't make images of shape [${shape.slice(0, 8)}].`,
    );
}

/** Mean and deviation, one a channel. */
function checkedNormalization({ mean = 0, deviation = 1 }: Normalization, channels: number) {
  const each = (path: string, given: number | readonly number[], above?: number) => {
    const check = (at: string, value: unknown) => checkNumber(at, value, { above, what: `a ${path}` });
    if (!Array.isArray(given)) return new Array<number>(channels).fill(check(path, given));
    if (given.length !== channels)
      throw new ConfigError(path, `${given.length} numbers for ${channels} channels. Give one each, or one.`);
    return Array.from(given, (value, c) => check(`${path}[${c}]`, value));
  };
  return { mean: each("mean", mean), deviation: each("deviation", deviation, 0) };
}

function fourDigits(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
