/**
 * Training and test images with labels: MNIST and Fashion-MNIST as four IDX files, checked against each other, or CIFAR.
 * Bytes stay bytes; `imageSubset` makes a data set of some of them.
 *
 * Not here: where the files are (`cli/imageFolder.ts`), the formats themselves (`idx.ts`, `cifar.ts`).
 */

import { ConfigError } from "../errors.ts";
import { type CifarFile, readCifar } from "./cifar.ts";
import { classDataset, type Dataset, type ImageShape } from "./dataset.ts";
import { type IdxArray, readIdx } from "./idx.ts";
import { channelMoments, type ImageBytes, NORMALIZATIONS, normalized } from "./imageDataset.ts";

/** Images of one split. */
export interface LabelledImages {
  readonly shape: ImageShape;
  /** Bytes, `[N, channels, height, width]`. */
  readonly pixels: Uint8Array;
  /** `[N]`. */
  readonly labels: Uint8Array;
}

export interface ImageSplits {
  readonly height: number;
  readonly width: number;
  readonly classes: number;
  readonly train: LabelledImages;
  readonly test: LabelledImages;
  /** Mean and deviation of each channel that are in use for these images; where absent, they are computed. */
  readonly moments?: ChannelMoments;
}

/** Of bytes over 255, one a channel. */
export interface ChannelMoments {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** A file's bytes, and its name for errors. */
export interface NamedFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/**
 * Reads the four files.
 * @throws ConfigError whose path is the file's, for a file that is broken, is not what it should be or does not go with
 * the others, and for a class that has no training image.
 */
export async function readImageSplits(files: {
  readonly trainImages: NamedFile;
  readonly trainLabels: NamedFile;
  readonly testImages: NamedFile;
  readonly testLabels: NamedFile;
}): Promise<ImageSplits> {
  const train = await readSplit(files.trainImages, files.trainLabels);
  const test = await readSplit(files.testImages, files.testLabels);
  const [, height, width] = train.shape;
  if (test.shape[1] !== height || test.shape[2] !== width) {
    const size = `${test.shape[1]} x ${test.shape[2]}`;
    throw new ConfigError(
      files.testImages.path,
      `images of ${size}; the training images are ${height} x ${width}.`,
    );
  }
  const counts = new Array<number>(train.labels.reduce((a, b) => Math.max(a, b), 0) + 1).fill(0);
  for (const label of train.labels) counts[label]++;
  const empty = counts.indexOf(0);
  if (empty >= 0) {
    throw new ConfigError(
      files.trainLabels.path,
      `class ${empty} has no image, but there are labels up to ${counts.length - 1}. Number the classes from 0 on.`,
    );
  }
  if (counts.length < 2) throw new ConfigError(files.trainLabels.path, "a single class. Give at least 2.");
  const strange = test.labels.find((label) => label >= counts.length);
  if (strange !== undefined) {
    throw new ConfigError(
      files.testLabels.path,
      `class ${strange} is none of the ${counts.length} training classes.`,
    );
  }
  const split = ({ pixels, labels }: typeof train) => ({
    shape: [1, height, width] as const,
    pixels,
    labels,
  });
  return { ...{ height, width, classes: counts.length }, train: split(train), test: split(test) };
}

/**
 * Reads CIFAR-10 or CIFAR-100 (fine classes).
 * @throws ConfigError as `readCifar` does, and where a split is missing.
 */
export async function readCifarSplits(files: readonly CifarFile[], path: string): Promise<ImageSplits> {
  const { train, test } = await readCifar(files);
  if (train === undefined || test === undefined)
    throw new ConfigError(path, `has no ${train === undefined ? "training" : "test"} images of CIFAR.`);
  const split = ({ images, labels }: ImageBytes): LabelledImages => ({
    shape: [3, 32, 32],
    pixels: images.values,
    labels: Uint8Array.from(labels.values),
  });
  const { classes } = train;
  const moments = classes === 10 ? NORMALIZATIONS.cifar10 : NORMALIZATIONS.cifar100;
  return { height: 32, width: 32, classes, train: split(train), test: split(test), moments };
}

/** The last of the digits are for testing. */
const DIGITS_TEST = 500;

/**
 * The digits of `data/digits`, pixels 0 to 16: one set of images and labels, its end for testing.
 * @throws ConfigError as {@link readImageSplits} does.
 */
export async function readDigitSplits(images: NamedFile, labels: NamedFile): Promise<ImageSplits> {
  const all = { trainImages: images, trainLabels: labels, testImages: images, testLabels: labels };
  const { train, ...shared } = await readImageSplits(all);
  const pixels = shared.height * shared.width;
  const count = train.labels.length - DIGITS_TEST;
  const part = (from: number, to?: number) => ({
    shape: train.shape,
    pixels: train.pixels.slice(from * pixels, to && to * pixels),
    labels: train.labels.slice(from, to),
  });
  return { ...shared, train: part(0, count), test: part(count) };
}

async function readSplit(images: NamedFile, labels: NamedFile) {
  const pixels = await readBytes(images, 3, "images, [N, height, width]");
  const classes = await readBytes(labels, 1, "labels, [N]");
  const [count] = pixels.shape;
  if (count === 0 || pixels.values.length === 0) throw new ConfigError(images.path, "holds no images.");
  if (classes.shape[0] !== count) {
    throw new ConfigError(
      labels.path,
      `${classes.shape[0]} labels for the ${count} images of ${images.path}.`,
    );
  }
  return { shape: pixels.shape, pixels: pixels.values, labels: classes.values };
}

async function readBytes({ path, bytes }: NamedFile, axes: number, what: string) {
  const { shape, values }: IdxArray = await readIdx(bytes, path);
  if (!(values instanceof Uint8Array) || shape.length !== axes) {
    throw new ConfigError(path, `an array of shape [${shape}], where ${what} are expected, one byte each.`);
  }
  return { shape, values };
}

/** The moments in use, or those of the training images to 4 digits: MNIST's are 0.1307 and 0.3081. */
export function momentsOf({ moments, train: { shape, pixels, labels } }: ImageSplits): ChannelMoments {
  return moments ?? channelMoments({ images: { shape: [labels.length, ...shape], values: pixels } });
}

/**
 * The images at `indices` as a data set, pixels (byte / 255 - mean) / deviation, by channel.
 * @throws ConfigError if fewer than two classes are among them.
 */
export function imageSubset(
  { shape, pixels, labels }: LabelledImages,
  indices: readonly number[],
  classes: number,
  moments: ChannelMoments,
): Dataset {
  const dimensions = shape[0] * shape[1] * shape[2];
  const chosen = new Uint8Array(indices.length * dimensions);
  indices.forEach((index, n) => {
    chosen.set(pixels.subarray(index * dimensions, (index + 1) * dimensions), n * dimensions);
  });
  const points = normalized(chosen, dimensions, moments);
  return classDataset({ points, labels: indices.map((index) => labels[index]), dimensions, shape, classes });
}
