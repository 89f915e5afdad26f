/**
 * Four domains of digits, each under a permutation of the pixels of its own: the first has two classes only, two are as they are, and
 * the last is noisy, or junk: noise on its pixels, or labels that are drawn at random.
 *
 * Not here: training (`experiment.ts`).
 */

import { classDataset, type Dataset } from "../../data/dataset.ts";
import { withDomains } from "../../data/domains.ts";
import { normalPair } from "../../numeric/normal.ts";
import { permuted } from "../../numeric/permutation.ts";
import { boundedInteger, PURPOSE, threefry } from "../../numeric/threefry.ts";
import { range } from "../../population/grid.ts";
import { randomSplit, selectRows } from "../splits.ts";
import { copiesOf } from "../transforms.ts";
import type { LastDomain } from "./results.ts";

export const DOMAINS = ["two classes", "second", "third", "last"];
const LAST = DOMAINS.length - 1;

/** Deviation of the noise on pixels, which are from 0 to 1. */
const NOISE = 0.5;

export interface MixingSets {
  readonly training: Dataset;
  readonly validation: Dataset;
}

/** Counters of the stream beside the permutations: noise and labels, of training and of validation. */
const NOISE_STREAM = 16;
const LABEL_STREAM = 20;

/**
 * `training` images in each domain, and all others for validation; of the first domain only those of its two classes. What the last
 * domain has wrong it has in validation, too.
 */
export function bandedDigits(digits: Dataset, seed: number, training: number, last: LastDomain): MixingSets {
  const { splits } = randomSplit(digits, { seed, training });
  return {
    training: domainsOf(selectRows(digits, splits.training), seed, last, 0),
    validation: domainsOf(selectRows(digits, splits.test), seed, last, 1),
  };
}

function domainsOf(images: Dataset, seed: number, last: LastDomain, part: number): Dataset {
  const { dimensions: D, size: N, targetSize: classes } = images;
  const maps = DOMAINS.map((_, k) =>
    Uint32Array.from({ length: D }, (__, d) => permuted(seed, PURPOSE.permutedDomains, k, d, D)),
  );
  const all = copiesOf(images, maps);
  const points = all.points.slice();
  const labels = all.labels!.slice();
  for (let n = 0; n < N; n++) {
    const row = LAST * N + n;
    if (last === "random labels") {
      labels[row] = boundedInteger(threefry(seed, PURPOSE.permutedDomains, LABEL_STREAM + part, n), classes);
      continue;
    }
    for (let d = 0; d < D; d += 2) {
      const noise = normalPair(seed, PURPOSE.permutedDomains, NOISE_STREAM + part, (n * D + d) / 2);
      points[row * D + d] += NOISE * noise[0];
      if (d + 1 < D) points[row * D + d + 1] += NOISE * noise[1];
    }
  }
  const data = classDataset({ points, labels, dimensions: D, classes });
  // Classes 0 and 1: which of them it is takes a net no time.
  const few = range(N).filter((n) => images.labels![n] < 2);
  return withDomains(data, {
    [DOMAINS[0]]: few,
    ...Object.fromEntries(DOMAINS.slice(1).map((name, k) => [name, { from: (k + 1) * N, to: (k + 2) * N }])),
  });
}
