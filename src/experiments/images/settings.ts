/**
 * The nets, data and schedules of the image runs: the paper's section 2.4 made small enough for minutes, of few images, so that
 * every net could fit all of them; and as it was.
 */

import { classDataset, type Dataset } from "../../data/dataset.ts";
import { NORMALIZATIONS, resizeImages } from "../../data/imageDataset.ts";
import { type ImageSplits, imageSubset, type LabelledImages, momentsOf } from "../../data/imageSplits.ts";
import { ConfigError } from "../../errors.ts";
import type { Model } from "../../model/layers/layer.ts";
import { convNet, resNet8, resNet18 } from "../../model/nets.ts";
import { range } from "../../population/grid.ts";
import type { OriginalImages, SettingName } from "./results.ts";

/** The images that the settings need; the command line reads them. */
export interface ImageSources {
  readonly fashion?: ImageSplits;
  readonly digits?: ImageSplits;
}

export interface Setting {
  readonly name: SettingName;
  readonly model: Model;
  /** Which images they are, where the paper has values of them. */
  readonly images?: OriginalImages;
  /** The images trained on, in evaluation order. */
  readonly data: Dataset;
  readonly test: Dataset;
  readonly batch: number;
  /** Epochs of the setting as it was specified; a default. */
  readonly epochs: number;
  readonly evaluateEpochs: number;
}

/** Pixels of Fashion-MNIST and of the digits, over their largest value: as specified, not measured anew. */
const FASHION = { mean: 0.286, deviation: 0.353 };
const DIGITS = { mean: 0.3053, deviation: 0.3761 };

const TRAIN = 256;
const TEST = 400;
const DIGITS_TRAIN = 512;
const DIGITS_TEST = 500;

/**
 * A setting with its data.
 * @throws ConfigError where its images are not given, or too few.
 */
export function settingOf(name: SettingName, { fashion, digits }: ImageSources): Setting {
  if (name === "digits") {
    const images = needed("digits", digits);
    return {
      name,
      model: convNet({ size: 8 }),
      data: subset(images, images.train, 0, DIGITS_TRAIN, DIGITS, 16),
      test: subset(images, images.test, 0, DIGITS_TEST, DIGITS, 16),
      batch: 64,
      epochs: 200,
      evaluateEpochs: 10,
    };
  }
  const images = needed("images", fashion);
  if (name === "resnet18") return original(images);
  if (String(images.train.shape) !== "1,28,28")
    throw new ConfigError(
      "images",
      `images of ${images.train.shape.join(" x ")}: the small runs are of grey ones of 28 x 28. --paper takes others.`,
    );
  const data = subset(images, images.train, 0, TRAIN, FASHION, 255);
  const test = subset(images, images.test, 0, Math.min(TEST, images.test.labels.length), FASHION, 255);
  const shared = { name, batch: 64, evaluateEpochs: 10 };
  return name === "convnet"
    ? { ...shared, model: convNet(), data, test, epochs: 300 }
    : { ...shared, model: resNet8(4, { size: 14 }), data: halved(data), test: halved(test), epochs: 300 };
}

/** The authors' own: ResNet-18, all images, batches of 128. */
function original(images: ImageSplits): Setting {
  const { classes, train, test } = images;
  const moments = momentsOf(images);
  const all = (split: LabelledImages) => imageSubset(split, range(split.labels.length), classes, moments);
  const [channels, height, width] = train.shape;
  return {
    name: "resnet18",
    images: originalImages(images),
    model: resNet18({ channels, classes, size: [height, width] }),
    data: all(train),
    test: all(test),
    batch: Math.min(128, train.labels.length),
    epochs: 50,
    evaluateEpochs: 1,
  };
}

/** The paper's data sets, by what is known of them; MNIST by its moments. */
function originalImages(images: ImageSplits): OriginalImages | undefined {
  const { classes, train, moments } = images;
  if (moments !== undefined) return classes === 10 ? "CIFAR-10" : "CIFAR-100";
  const isMnist =
    train.labels.length === 60_000 && momentsOf(images).mean[0] === NORMALIZATIONS.mnist.mean[0];
  return isMnist ? "MNIST" : undefined;
}

/** The first `count` images of a data set, whatever classes are among them. */
export function subsetOf({ points, labels, dimensions, shape, targetSize }: Dataset, count: number): Dataset {
  const own = labels!.slice(0, count);
  // A data set has two classes; what these are does not matter here.
  if (new Set(own).size < 2) own[count - 1] = (own[0] + 1) % targetSize;
  return classDataset({
    points: points.subarray(0, count * dimensions),
    labels: own,
    dimensions,
    shape,
    classes: targetSize,
  });
}

function needed(path: string, images: ImageSplits | undefined): ImageSplits {
  if (images === undefined) throw new ConfigError(path, "missing: the image runs train on images.");
  return images;
}

/** `count` images from `first` on, normalised; bytes go to `largest`. */
function subset(
  { classes }: ImageSplits,
  images: LabelledImages,
  first: number,
  count: number,
  { mean, deviation }: { mean: number; deviation: number },
  largest: number,
): Dataset {
  if (images.labels.length < first + count)
    throw new ConfigError("images", `${images.labels.length} images where ${first + count} are needed.`);
  // `imageSubset` takes bytes over 255.
  const scale = 255 / largest;
  const moments = { mean: [mean / scale], deviation: [deviation / scale] };
  const indices = range(count).map((i) => first + i);
  return imageSubset(images, indices, classes, moments);
}

/** Images of half the height and width, each pixel the mean of four. */
function halved(data: Dataset): Dataset {
  const [, height, width] = data.shape!;
  return resizeImages(data, [height / 2, width / 2]);
}
