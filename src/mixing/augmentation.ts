/**
 * Random crops and flips of images, keyed: which view of an image a run sees in an epoch. The CPU twin of
 * `shaders/parts/augmentation.wgsl`, bit for bit. Views are taken before mixing; evaluations see images as they are.
 *
 * Not here: which images are mixed (`sampling.ts`).
 */

import { checkInteger, checkNumber, checkObject, checkOptions } from "../check.ts";
import { ConfigError } from "../errors.ts";
import { boundedInteger, PURPOSE, threefry, threefrySecond } from "../numeric/threefry.ts";

/** How images are augmented. Made by {@link cropAndFlip}. */
export interface Augmentation {
  /** Pixels added at each side of an image before a window of the image's own size is cut out. */
  readonly padding: number;
  /** Whether half of the views are mirrored, left to right. */
  readonly flip: boolean;
  /** Value of the pixels added: one for each channel, or one for all. */
  readonly fill: readonly number[];
}

/** A window of the padded image: its first row and column, and whether it is mirrored then. */
export interface View {
  readonly top: number;
  readonly left: number;
  readonly isFlipped: boolean;
}

/** Options of {@link cropAndFlip}. `mean` and `deviation` are those that the images were normalised with. */
export interface CropAndFlipOptions {
  /** Default 4. */
  padding?: number;
  /** Default true. */
  flip?: boolean;
  mean?: number | readonly number[];
  deviation?: number | readonly number[];
}

/** Most pixels of padding. */
const MOST_PADDING = 1024;

/**
 * The usual augmentation of small images: `padding` black pixels around, a window of the image's size anywhere in it, mirrored
 * or not. Black is (0 - mean) / deviation, as torchvision's is, which pads before it normalises.
 * @throws ConfigError for options that are unknown or out of range.
 */
export function cropAndFlip(options: CropAndFlipOptions = {}): Augmentation {
  checkOptions("augmentation", options, ["padding", "flip", "mean", "deviation"]);
  const { padding = 4, flip = true, mean = 0, deviation = 1 } = options;
  const list = (value: number | readonly number[]) => (typeof value === "number" ? [value] : value);
  const [means, deviations] = [list(mean), list(deviation)];
  for (const [name, values, above] of [
    ["mean", means, undefined],
    ["deviation", deviations, 0],
  ] as const) {
    if (!Array.isArray(values))
      throw new ConfigError(`augmentation.${name}`, "give a number, or one a channel.");
    for (const [c, value] of values.entries())
      checkNumber(`augmentation.${name}[${c}]`, value, { above, what: `a ${name}` });
  }
  const channels = Math.max(means.length, deviations.length);
  if ([means, deviations].some(({ length }) => length !== 1 && length !== channels))
    throw new ConfigError(
      "augmentation.deviation",
      `${deviations.length} numbers for ${means.length} means. Give one a channel, or one.`,
    );
  const of = (values: readonly number[], c: number) => values[values.length === 1 ? 0 : c];
  const fill = Array.from({ length: channels }, (_, c) => (0 - of(means, c)) / of(deviations, c));
  return checkAugmentation({ padding, flip, fill }, "augmentation");
}

/**
 * The augmentation itself, if it makes sense.
 * @throws ConfigError otherwise.
 */
export function checkAugmentation(augmentation: Augmentation, path: string): Augmentation {
  checkObject(path, augmentation, "Give cropAndFlip().");
  checkOptions(path, augmentation, ["padding", "flip", "fill"]);
  const { padding, flip, fill } = augmentation;
  checkInteger(`${path}.padding`, padding, 0, MOST_PADDING, "a number of pixels");
  if (typeof flip !== "boolean") throw new ConfigError(`${path}.flip`, "give true or false.");
  if (!Array.isArray(fill) || fill.length === 0)
    throw new ConfigError(`${path}.fill`, "give a number for each channel, or one.");
  for (const [c, value] of fill.entries())
    checkNumber(`${path}.fill[${c}]`, value, { float32: true, what: "a value of pixels" });
  return augmentation;
}

/** The view of image `image` in an epoch: the same whether it is drawn first or as a partner. */
export function viewOf(seed: number, { padding, flip }: Augmentation, epoch: number, image: number): View {
  const word = threefry(seed, PURPOSE.augmentation, epoch, image);
  const sides = 2 * padding + 1;
  return {
    top: boundedInteger(word, sides),
    left: boundedInteger(threefrySecond(), sides),
    isFlipped: flip && (word & 1) === 1,
  };
}

/** Image `n` of `images` (`[N, C, H, W]`) as a view shows it, into `seen` (`[C, H, W]`). */
export function look(
  images: ArrayLike<number>,
  n: number,
  [channels, height, width]: readonly number[],
  { padding, fill }: Augmentation,
  { top, left, isFlipped }: View,
  seen: Float64Array,
): void {
  for (let c = 0; c < channels; c++) {
    // In 32 bits, as kernels have it.
    const outside = Math.fround(fill[fill.length === 1 ? 0 : c]);
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const y = row + top - padding;
        const x = (isFlipped ? width - 1 - column : column) + left - padding;
        const isInside = y >= 0 && y < height && x >= 0 && x < width;
        seen[(c * height + row) * width + column] = isInside
          ? images[((n * channels + c) * height + y) * width + x]
          : outside;
      }
    }
  }
}
