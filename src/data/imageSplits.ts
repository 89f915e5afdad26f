/**
 * Training and test images with labels, as MNIST and Fashion-MNIST come: four IDX files, checked against each other.
 * Bytes stay bytes; `imageSubset` makes a data set of some of them.
 *
 * Not here: where the files are (`cli/imageFolder.ts`), IDX itself (`idx.ts`).
 */

import { ConfigError } from "../errors.ts";
import { classDataset, type Dataset, type ImageShape } from "./dataset.ts";
import { type IdxArray, readIdx } from "./idx.ts";
import { channelMoments, normalized } from "./imageDataset.ts";

/** Images of one split. */
export interface LabelledImages {
  readonly shape: ImageShape;
  /** Bytes, `[N, 1, height, width]`. */
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

/** Mean and standard deviation of all pixels, bytes over 255, to 4 digits: MNIST's are 0.1307 and 0.3081. */
export function pixelMoments({ shape, pixels, labels }: LabelledImages): { mean: number; deviation: number } {
  const { mean, deviation } = channelMoments({
    images: { shape: [labels.length, ...shape], values: pixels },
  });
  return { mean: mean[0], deviation: deviation[0] };
}

/**
 * The images at `indices` as a data set, pixels (byte / 255 - mean) / deviation.
 * @throws ConfigError if fewer than two classes are among them.
 */
export function imageSubset(
  { shape, pixels, labels }: LabelledImages,
  indices: readonly number[],
  classes: number,
  { mean, deviation }: { mean: number; deviation: number },
): Dataset {
  const dimensions = shape[0] * shape[1] * shape[2];
  const chosen = new Uint8Array(indices.length * dimensions);
  indices.forEach((index, n) => {
    chosen.set(pixels.subarray(index * dimensions, (index + 1) * dimensions), n * dimensions);
  });
  const points = normalized(chosen, dimensions, { mean: [mean], deviation: [deviation] });
  return classDataset({ points, labels: indices.map((index) => labels[index]), dimensions, shape, classes });
}
