/**
 * Data of the regression runs: turned digits, whose angle is to be told; Friedman's first function, where near labels do not mean
 * like inputs; and labels with noise on some of them.
 *
 * Not here: which partners are drawn, trimming.
 */

import { checkInteger, checkNumber, checkOptions, checkSeed } from "../../check.ts";
import { type Dataset, regressionDataset } from "../../data/dataset.ts";
import type { ImageSplits } from "../../data/imageSplits.ts";
import { rotateImage } from "../../data/rotateImage.ts";
import { ConfigError } from "../../errors.ts";
import { normalPair } from "../../numeric/normal.ts";
import { permuted } from "../../numeric/permutation.ts";
import { countOfShare } from "../../numeric/ranking.ts";
import { boundedInteger, openUnit, PURPOSE, threefry, threefrySecond } from "../../numeric/threefry.ts";
import { digitsDataset } from "../digits.ts";
import { consecutive, type SplitData } from "../splits.ts";

/** How many points each part has. */
export interface RegressionSizes {
  readonly training?: number;
  /** For choices on the way; none by default. */
  readonly validation?: number;
  readonly test?: number;
}

/** The parts, in the order of their rows; each draws from a stream of its own, so that one's size leaves the others alone. */
const PARTS = ["training", "validation", "test"] as const;
type Part = (typeof PARTS)[number];

export interface RotatedDigitsOptions extends RegressionSizes {
  /** Integer in [0, 2^32). */
  readonly seed: number;
  readonly digits: ImageSplits;
}

/** Only digits up to this one are turned: a 9 upside down would be a 6. */
const LARGEST_DIGIT = 4;

/**
 * Digits 0 to 4, any image equally likely (with replacement), each turned by 180 y degrees, y ~ U(0, 1) its target; pixels
 * clipped to [0, 1]. By default 400 for training, 1,000 for tests.
 * @throws ConfigError for a bad seed, sizes that are none, other images than the digits.
 */
export function rotatedDigits(options: RotatedDigitsOptions): SplitData<Part> {
  checkOptions("rotatedDigits", options, ["seed", "digits", ...PARTS]);
  const { seed, digits } = options;
  const counts = checkedSizes("rotatedDigits", seed, { training: 400, test: 1000 }, options);
  const { points, labels, dimensions, shape } = digitsDataset(digits);
  const [, height, width] = shape!;
  const candidates = Array.from(labels!.keys()).filter((n) => labels![n] <= LARGEST_DIGIT);
  return drawn(counts, dimensions, shape, (stream, n, into) => {
    const choice = threefry(seed, PURPOSE.rotatedDigits, stream, n);
    const target = openUnit(threefrySecond());
    const image = candidates[boundedInteger(choice, candidates.length)] * dimensions;
    const turned = rotateImage(points.subarray(image, image + dimensions), height, width, 180 * target);
    into.set(turned.map((pixel) => Math.min(1, Math.max(0, pixel))));
    return target;
  });
}

export interface FriedmanOptions extends RegressionSizes {
  /** Integer in [0, 2^32). */
  readonly seed: number;
}

/** Inputs of Friedman's function; five of them do nothing. */
const INPUTS = 10;
/** Mean and deviation of the function, as the study divides by them. */
const FRIEDMAN = { mean: 14.4, deviation: 4.9 };

/**
 * Friedman's first function (1991) without noise: x ~ U(0, 1)^10, target (10 sin(pi x1 x2) + 20 (x3 - 1/2)^2 + 10 x4 + 5 x5 -
 * 14.4) / 4.9. By default 300 for training, 1,000 for tests.
 * @throws ConfigError for a bad seed, sizes that are none.
 */
export function friedman(options: FriedmanOptions): SplitData<Part> {
  checkOptions("friedman", options, ["seed", ...PARTS]);
  const counts = checkedSizes("friedman", options.seed, { training: 300, test: 1000 }, options);
  return drawn(counts, INPUTS, undefined, (stream, n, into) => {
    for (let k = 0; k < INPUTS; k++)
      into[k] = openUnit(threefry(options.seed, PURPOSE.friedman, stream, n * INPUTS + k));
    const value =
      10 * Math.sin(Math.PI * into[0] * into[1]) + 20 * (into[2] - 0.5) ** 2 + 10 * into[3] + 5 * into[4];
    return (value - FRIEDMAN.mean) / FRIEDMAN.deviation;
  });
}

function checkedSizes(
  path: string,
  seed: number,
  { training, test }: Required<Omit<RegressionSizes, "validation">>,
  given: RegressionSizes,
): Record<Part, number> {
  checkSeed(`${path}.seed`, seed);
  const counts = { training: given.training ?? training, validation: 0, test: given.test ?? test };
  counts.validation = given.validation ?? 0;
  for (const part of PARTS)
    checkInteger(`${path}.${part}`, counts[part], part === "training" ? 1 : 0, 1e6, "a number of points");
  return counts;
}

/** Points of all parts, each written by `draw`, which returns its target. */
function drawn(
  counts: Record<Part, number>,
  dimensions: number,
  shape: Dataset["shape"],
  draw: (stream: number, n: number, into: Float64Array) => number,
): SplitData<Part> {
  const size = PARTS.reduce((sum, part) => sum + counts[part], 0);
  const points = new Float64Array(size * dimensions);
  const targets = new Float64Array(size);
  let row = 0;
  for (const [stream, part] of PARTS.entries()) {
    for (let n = 0; n < counts[part]; n++, row++)
      targets[row] = draw(stream, n, points.subarray(row * dimensions, (row + 1) * dimensions));
  }
  const data = regressionDataset({ points, targets, dimensions, shape, outputs: 1 });
  return { data, splits: consecutive(counts) };
}

export interface LabelNoiseOptions {
  /** Integer in [0, 2^32). */
  readonly seed: number;
  /** Of the training labels, in [0, 1]; 0.3 by default. */
  readonly share?: number;
  /** Standard deviation of the noise, in units of the targets; 0.5 by default. */
  readonly deviation?: number;
}

/**
 * The same data with normal noise on a share of the training labels, ceil(share N) of them, any equally likely; not clipped. The
 * other parts stay clean.
 * @returns with `noisy`, the rows whose labels have noise, in rising order.
 * @throws ConfigError for classes instead of numbers, a bad seed, a share outside [0, 1], a negative deviation.
 */
export function withLabelNoise<Name extends string>(
  { data, splits }: SplitData<Name | "training">,
  options: LabelNoiseOptions,
): SplitData<Name | "training"> & { readonly noisy: Uint32Array } {
  checkOptions("labelNoise", options, ["seed", "share", "deviation"]);
  const { seed, share = 0.3, deviation = 0.5 } = options;
  if (data.labels !== undefined) throw new ConfigError("data.labels", "classes, where numbers are needed.");
  checkSeed("labelNoise.seed", seed);
  checkNumber("labelNoise.share", share, { from: 0, to: 1, what: "a share of the labels" });
  checkNumber("labelNoise.deviation", deviation, { from: 0, what: "a deviation" });
  const { training } = splits;
  const count = share === 0 ? 0 : countOfShare(share, training.length);
  const noisy = Uint32Array.from(
    { length: count },
    (_, n) => training[permuted(seed, PURPOSE.labelNoise, CHOICE, n, training.length)],
  ).sort();
  const targets = data.targets.slice();
  for (const row of noisy) targets[row] += deviation * normalPair(seed, PURPOSE.labelNoise, NOISE, row)[0];
  return { data: { ...data, targets }, splits, noisy };
}

/** Counters of the noise's stream: which labels, how much. */
const CHOICE = 0;
const NOISE = 1;
