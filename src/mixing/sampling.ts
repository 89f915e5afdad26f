/**
 * Which points are mixed, and how much: the sample `b` of step `step` of a run, as a pure function. The CPU twin of
 * `shaders/parts/sampling.wgsl`; indices are equal bit for bit, lambdas to 1 ulp.
 *
 * Not here: laws and pairings as descriptions (`mixing.ts`), tables of laws (`quantiles.ts`).
 */

import type { Dataset } from "../data/dataset.ts";
import { permuted } from "../numeric/permutation.ts";
import { boundedInteger, PURPOSE, threefry } from "../numeric/threefry.ts";
import type { Mixing } from "./mixing.ts";
import { lambdaFromWord, quantileTable } from "./quantiles.ts";

/** One mixed sample: z = featureLambda * first + (1 - featureLambda) * partner, labels with labelLambda. */
export interface Sample {
  first: number;
  partner: number;
  featureLambda: number;
  /** Equal to featureLambda unless a method says otherwise. */
  labelLambda: number;
  /** CutMix: what of the image is the partner's, whatever featureLambda is; nothing if absent. */
  box?: Box;
}

/** Rows `top` to `bottom` and columns `left` to `right` of an image, ends excluded. */
export interface Box {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** Points of a data set grouped by class, for the pairings that look at classes. */
export interface ClassIndex {
  /** Point indices ordered by class, then by index, `[N]`. */
  readonly order: Uint32Array;
  /** Where each class starts in `order`, `[classes + 1]`. */
  readonly start: Uint32Array;
  /** Class of each point, `[N]`. */
  readonly labels: Uint32Array;
}

/** Groups the points by class; a data set without classes makes one group. */
export function classIndex(data: Dataset): ClassIndex {
  const labels = data.labels ?? new Uint32Array(data.size);
  const classes = data.labels === undefined ? 1 : data.targetSize;
  const start = new Uint32Array(classes + 1);
  for (const label of labels) start[label + 1]++;
  for (let c = 0; c < classes; c++) start[c + 1] += start[c];
  const next = start.slice();
  const order = new Uint32Array(data.size);
  for (let n = 0; n < data.size; n++) order[next[labels[n]]++] = n;
  return { order, start, labels };
}

/** Draws samples of one run. `batch` is B, or "full" for every point once, in order, as the paper's line experiment. */
export class Sampler {
  readonly batchSize: number;
  private readonly table: Float32Array;

  constructor(
    private readonly seed: number,
    private readonly mixing: Mixing,
    private readonly size: number,
    private readonly classes: ClassIndex,
    private readonly batch: number | "full",
  ) {
    this.batchSize = batch === "full" ? size : batch;
    this.table = quantileTable(mixing.law);
  }

  /** Sample `b` (0 .. B-1) of step `step` (0-based). */
  sample(step: number, b: number): Sample {
    const first = this.firstPoint(step, b);
    const lambdaIndex = this.mixing.granularity === "batch" ? 0 : b;
    const lambda = lambdaFromWord(this.table, threefry(this.seed, PURPOSE.lambda, step, lambdaIndex));
    return { first, partner: this.partner(step, b, first), featureLambda: lambda, labelLambda: lambda };
  }

  /**
   * A batch is a window of B in the endless row of epoch orders, each a keyed permutation of all points: every point
   * comes once an epoch, none is dropped, and every batch is full.
   */
  private firstPoint(step: number, b: number): number {
    if (this.batch === "full") return b;
    const position = step * this.batchSize + b;
    const epoch = Math.floor(position / this.size);
    return permuted(this.seed, PURPOSE.batchOrder, epoch, position % this.size, this.size);
  }

  private partner(step: number, b: number, first: number): number {
    const { seed, size, classes } = this;
    if (this.mixing.pairing === "permutation") {
      return this.firstPoint(step, permuted(seed, PURPOSE.permutation, step, b, this.batchSize));
    }
    const word = threefry(seed, PURPOSE.pair, step, b);
    switch (this.mixing.pairing) {
      case "uniform":
        return boundedInteger(word, size);
      case "other": {
        const other = boundedInteger(word, size - 1);
        return other < first ? other : other + 1;
      }
      case "same-class": {
        const label = classes.labels[first];
        const start = classes.start[label];
        return classes.order[start + boundedInteger(word, classes.start[label + 1] - start)];
      }
      case "other-class": {
        const label = classes.labels[first];
        const start = classes.start[label];
        const count = classes.start[label + 1] - start;
        const other = boundedInteger(word, size - count);
        return classes.order[other < start ? other : other + count];
      }
    }
  }
}
