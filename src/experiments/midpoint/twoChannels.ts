/**
 * Images of two channels (Midpoint Mixup, arXiv 2210.13512): an image of the class in the first, weakened, and in the second one
 * of another class that is always the same for this class. Either channel tells the class; test images have the first alone.
 *
 * Not here: reading images, the net.
 */

import { checkInteger, checkNumber, checkOptions, checkSeed, float64Numbers } from "../../check.ts";
import { classDataset, type Dataset } from "../../data/dataset.ts";
import type { ImageSplits, LabelledImages } from "../../data/imageSplits.ts";
import { ConfigError } from "../../errors.ts";
import { permuted } from "../../numeric/permutation.ts";
import { boundedInteger, openUnit, PURPOSE, threefry, threefrySecond } from "../../numeric/threefry.ts";
import { consecutive, type SplitData } from "../splits.ts";

/**
 * The other class of each class, `[C]`: neighbours in `order [C]` are each other's.
 * @throws ConfigError for an odd number of classes, and for what is no order of 0 to C - 1.
 */
export function pairedClasses(order: ArrayLike<number>): Uint32Array {
  const classes = order.length;
  if (classes === 0 || classes % 2 === 1)
    throw new ConfigError("order", `${classes} classes can't be paired. Give an even number of them.`);
  const mates = new Uint32Array(classes);
  const seen = new Set<number>();
  for (let i = 0; i < classes; i++) {
    checkInteger(`order[${i}]`, order[i], 0, classes - 1, "a class");
    if (seen.has(order[i])) throw new ConfigError(`order[${i}]`, `class ${order[i]} stands there twice.`);
    seen.add(order[i]);
    mates[order[i]] = order[i ^ 1];
  }
  return mates;
}

/**
 * A training image, `[2, pixels]`: w times the image, then 1 - w times the other.
 * @throws ConfigError for images of other sizes, pixels that are not finite, a w outside [0, 1].
 */
export function twoChannelImage(image: ArrayLike<number>, other: ArrayLike<number>, w: number): Float64Array {
  const first = float64Numbers("image", image);
  const second = float64Numbers("other", other);
  if (first.length !== second.length)
    throw new ConfigError("other", `${second.length} pixels, where the image has ${first.length}.`);
  checkNumber("w", w, { from: 0, to: 1, what: "a weight" });
  const both = new Float64Array(2 * first.length);
  both.set(first.map((pixel) => w * pixel));
  both.set(
    second.map((pixel) => (1 - w) * pixel),
    first.length,
  );
  return both;
}

/** A test image, `[2, pixels]`: the image, and an empty channel. */
export function twoChannelTestImage(image: ArrayLike<number>): Float64Array {
  return twoChannelImage(image, image, 1);
}

/** When an image is looked at. Every access has a w and another image of its own. */
export interface Access {
  /** Integer in [0, 2^32). */
  readonly seed: number;
  /** The optimizer's step, from 0. */
  readonly step: number;
  /** Place in the batch. */
  readonly sample: number;
  /** Which point of the pair. */
  readonly point: "first" | "partner";
}

/** Counters of the order stream, far from any step. */
const CLASS_ORDER = 0xffffffff;
const IMAGE_ORDER = 0xfffffffe;

/**
 * What is drawn for one access: w ~ U(0, 1), and which of `count` other images.
 */
export function twoChannelDraw(
  { seed, step, sample, point }: Access,
  count: number,
): { w: number; other: number } {
  const index = 2 * sample + (point === "first" ? 0 : 1);
  const w = openUnit(threefry(seed, PURPOSE.twoChannels, step, index));
  return { w, other: boundedInteger(threefrySecond(), count) };
}

export interface TwoChannelOptions {
  readonly images: ImageSplits;
  /** Integer in [0, 2^32). Of classes' pairs, of images, of all that is drawn at an access. */
  readonly seed: number;
  /** Number of training images; 2,000 by default. */
  readonly training?: number;
  /** Number of test images, the first ones; 2,000 by default. */
  readonly test?: number;
  /** Which access the training images are drawn for: the step, the image's place as the sample. 0 by default. */
  readonly step?: number;
}

/** Training images as one access shows them, test images; and what more accesses need. */
export interface TwoChannelData extends SplitData<"training" | "test"> {
  /** The other class of each class, `[C]`. */
  readonly mates: Uint32Array;
  /** The training images as they are, pixels in [0, 1], `[N, pixels]`: channels are made of them. */
  readonly plain: Float32Array;
}

/**
 * Grey images as images of two channels, `[N, 2 pixels]` with the shape [2, height, width], pixels in [0, 1] (bytes over 255). The
 * other images are training images of the paired class.
 * @throws ConfigError for a bad seed, images of colour, more images than there are, an odd number of classes, and a class without
 * an image among those chosen.
 */
export function twoChannelData(options: TwoChannelOptions): TwoChannelData {
  checkOptions("twoChannels", options, ["images", "seed", "training", "test", "step"]);
  const { images, seed, training = 2000, test = 2000, step = 0 } = options;
  const { train, test: held, classes, height, width } = images;
  checkSeed("twoChannels.seed", seed);
  checkInteger("twoChannels.step", step, 0, IMAGE_ORDER - 1, "a step");
  checkInteger("twoChannels.training", training, 2, train.labels.length, "a number of the images");
  checkInteger("twoChannels.test", test, 1, held.labels.length, "a number of the images");
  if (train.shape[0] !== 1)
    throw new ConfigError("twoChannels.images", `${train.shape[0]} channels. Give grey images.`);
  const shuffled = (stream: number, count: number, size: number) =>
    Uint32Array.from({ length: count }, (_, n) => permuted(seed, PURPOSE.twoChannels, stream, n, size));
  const mates = pairedClasses(shuffled(CLASS_ORDER, classes, classes));
  const chosen = shuffled(IMAGE_ORDER, training, train.labels.length);
  const ownLabels = Uint32Array.from(chosen, (n) => train.labels[n]);
  const byClass = Array.from({ length: classes }, (_, c) =>
    Array.from(ownLabels.keys()).filter((n) => ownLabels[n] === c),
  );
  const pixels = height * width;
  const plain = new Float32Array(training * pixels);
  chosen.forEach((index, n) => {
    plain.set(pixelsOf(train, index, pixels), n * pixels);
  });
  const image = (n: number) => plain.subarray(n * pixels, (n + 1) * pixels);
  const points = new Float64Array((training + test) * 2 * pixels);
  for (let n = 0; n < training; n++) {
    const others = byClass[mates[ownLabels[n]]];
    if (others.length === 0)
      throw new ConfigError(
        "twoChannels.training",
        `class ${mates[ownLabels[n]]} has no image. Take more of them.`,
      );
    const { w, other } = twoChannelDraw({ seed, step, sample: n, point: "first" }, others.length);
    points.set(twoChannelImage(image(n), image(others[other]), w), n * 2 * pixels);
  }
  for (let n = 0; n < test; n++)
    points.set(twoChannelTestImage(pixelsOf(held, n, pixels)), (training + n) * 2 * pixels);
  const data: Dataset = classDataset({
    points,
    labels: [...ownLabels, ...held.labels.subarray(0, test)],
    dimensions: 2 * pixels,
    shape: [2, height, width],
    classes,
  });
  return { data, splits: consecutive({ training, test }), mates, plain };
}

function pixelsOf({ pixels }: LabelledImages, index: number, count: number): Float64Array {
  return Float64Array.from(pixels.subarray(index * count, (index + 1) * count), (byte) => byte / 255);
}
