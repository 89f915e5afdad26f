/**
 * Left and right halves of digits as pairs, and the same with wrong partners: in a part of them the right halves have moved on by one.
 *
 * Not here: training (`experiment.ts`).
 */

import { checkNumber } from "../../check.ts";
import type { Dataset } from "../../data/dataset.ts";
import { pairDataset } from "../../data/pairs.ts";
import { consecutive, randomSplit, type SplitData } from "../splits.ts";

export interface NoisyPairs extends SplitData<"clean" | "noisy" | "test"> {
  /** Of the noisy pairs, in their order: 1 for one that does not match. */
  readonly mismatched: Uint8Array;
}

/**
 * Matched training pairs, then the same training pairs with a share of them mismatched, then test pairs; halves of images of
 * `[1, 2 h, 2 w]`, row by row.
 * @param share of the training pairs that get another's right half, at least two of them or none
 * @throws ConfigError for more training pairs than images; a share outside [0, 1].
 */
export function noisyPairs(digits: Dataset, seed: number, training: number, share: number): NoisyPairs {
  checkNumber("share", share, { from: 0, to: 1, what: "a share" });
  const { splits } = randomSplit(digits, { seed, training });
  // Rows for training are in random order: the first of them are any.
  const wrong = Math.ceil(share * training - 1e-9);
  const partner = (n: number) => (n < wrong ? (n + 1) % wrong : n);
  const rows = [
    ...splits.training,
    ...Array.from(splits.training, (_, n) => splits.training[partner(n)]),
    ...splits.test,
  ];
  const firsts = [...splits.training, ...splits.training, ...splits.test];
  const width = digits.shape![2];
  const half = (images: readonly number[], from: number) =>
    images.flatMap((row) =>
      Array.from(digits.points.subarray(row * digits.dimensions, (row + 1) * digits.dimensions)).filter(
        (_, d) => Math.floor((d % width) / (width / 2)) === from,
      ),
    );
  const data = pairDataset({
    first: half(firsts, 0),
    second: half(rows, 1),
    dimensions: [digits.dimensions / 2, digits.dimensions / 2],
  });
  return {
    data,
    splits: consecutive({ clean: training, noisy: training, test: splits.test.length }),
    mismatched: Uint8Array.from(splits.training, (_, n) => Number(partner(n) !== n)),
  };
}
