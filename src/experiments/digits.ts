/**
 * The digits that come with the repository as experiments use them: all 1,797 images of 8 x 8, pixels from 0 to 1.
 *
 * Not here: reading their files (`imageSplits.ts`; the command line does), which of them are for training (`splits.ts`).
 */

import { classDataset, type Dataset } from "../data/dataset.ts";
import type { ImageSplits, LabelledImages } from "../data/imageSplits.ts";
import { ConfigError } from "../errors.ts";

/** The largest value of a pixel in the files. */
const LARGEST = 16;

/**
 * All digits, in the order of the files, `[N, 64]` with the shape [1, 8, 8].
 * @throws ConfigError where the images are not given, or are others.
 */
export function digitsDataset(digits: ImageSplits | undefined): Dataset {
  if (digits === undefined) throw new ConfigError("digits", "missing: this experiment needs the digits.");
  const { height, width, classes, train, test } = digits;
  if (height !== 8 || width !== 8)
    throw new ConfigError("digits", `images of ${height} x ${width}. The digits have 8 x 8.`);
  const all = (part: (images: LabelledImages) => Uint8Array) => [...part(train), ...part(test)];
  return classDataset({
    points: all(({ pixels }) => pixels).map((pixel) => pixel / LARGEST),
    labels: all(({ labels }) => labels),
    dimensions: height * width,
    shape: [1, height, width],
    classes,
  });
}
