/**
 * Which points are mixed, and how much: the sample `b` of step `step` of a run, as a pure function. The CPU twin of
 * `shaders/parts/sampling.wgsl`; indices are equal bit for bit, lambdas to 1 ulp.
 *
 * Not here: laws and pairings as descriptions (`mixing.ts`), tables of laws (`quantiles.ts`) and of label kernels
 * (`labelKernel.ts`).
 */

import type { Dataset } from "../data/dataset.ts";
import { permuted } from "../numeric/permutation.ts";
import { boundedInteger, PURPOSE, threefry, threefrySecond } from "../numeric/threefry.ts";
import { type Augmentation, type View, viewOf } from "./augmentation.ts";
import { type Batching, batchAt, batchingOf, epochAt } from "./batching.ts";
import { type DomainTable, domainOfWord } from "./domains.ts";
import { type LabelKernel, labelKernelPartner } from "./labelKernel.ts";
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
  /** Manifold Mixup: the mixing point of the net where featureLambda mixes, instead of the points. */
  hiddenPlace?: number;
  /** Where images are augmented, the views of the first and of the partner. */
  views?: readonly [first: View, partner: View];
  /** The row of the batch that the partner is, where partners are of the batch. */
  partnerRow?: number;
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

/**
 * Groups the points by class; a data set without classes makes one group. Of a subset it groups the members, which are then
 * counted from 0.
 */
export function classIndex(data: Dataset, members?: Uint32Array): ClassIndex {
  const all = data.labels ?? new Uint32Array(data.size);
  const labels = members === undefined ? all : members.map((point) => all[point]);
  const classes = data.labels === undefined ? 1 : data.targetSize;
  const start = new Uint32Array(classes + 1);
  for (const label of labels) start[label + 1]++;
  for (let c = 0; c < classes; c++) start[c + 1] += start[c];
  const next = start.slice();
  const order = new Uint32Array(labels.length);
  for (let n = 0; n < labels.length; n++) order[next[labels[n]]++] = n;
  return { order, start, labels };
}

/** What a sampler needs to know besides a number of points, where it needs it. */
export interface SamplingTables {
  /** Points of the data, in their order, that are all there is to this run; all points if absent. */
  readonly members?: Uint32Array;
  /** Of runs with proportions: members are then domain after domain. */
  readonly domains?: DomainTable;
  /** What a label kernel draws by, see {@link labelKernelTable}; and the labels, by their place in the data. */
  readonly labelKernel?: { readonly table: Uint32Array; readonly labels: ArrayLike<number> };
}

/**
 * Draws samples of one run, out of `size` points: of all, or of its members, which are counted from 0 for all that is drawn and
 * for `classes`. `image` is the shape `[channels, height, width]` of images that are cut or augmented.
 */
export class Sampler {
  /** Points of the data that a step draws; see {@link Batching}. */
  readonly batchSize: number;
  private readonly table: Float32Array;
  private readonly boxTable: Float32Array;
  private readonly labelTable: Float32Array | undefined;
  private readonly batching: Batching;
  /** Of a bandit's run: the domain of the step that is sampled now. */
  batchDomain?: number;

  constructor(
    private readonly seed: number,
    private readonly mixing: Mixing,
    private readonly size: number,
    private readonly classes: ClassIndex,
    batch: number | "full" | Batching,
    private readonly image: readonly number[] = [],
    private readonly augmentation?: Augmentation,
    private readonly tables: SamplingTables = {},
  ) {
    const points = mixing.pairing === "all-pairs" ? size * size : size;
    this.batching = typeof batch === "object" ? batch : batchingOf(points, batch);
    this.batchSize = this.batching.drawn;
    const { law, geometry, labelLambda } = mixing;
    if (labelLambda !== undefined) this.labelTable = quantileTable(labelLambda);
    this.table = quantileTable(law);
    this.boxTable = geometry?.kind === "cutmix" && geometry.law ? quantileTable(geometry.law) : this.table;
  }

  /** Sample `b` of step `step` (both 0-based). With `eta` the step's unmixed samples come first, then the mixed ones. */
  sample(step: number, b: number): Sample {
    const drawn = batchAt(this.batching, step);
    const place = b % drawn;
    const isUnmixed = this.mixing.eta !== undefined && b < drawn;
    const local = isUnmixed ? this.unmixed(this.firstPoint(step, b)) : this.drawnSample(step, place);
    const { seed, augmentation } = this;
    const { members } = this.tables;
    const sample = members
      ? { ...local, first: members[local.first], partner: members[local.partner] }
      : local;
    if (augmentation === undefined) return sample;
    const epoch = epochAt(this.batching, step, place);
    const { first, partner } = sample;
    const views = [
      viewOf(seed, augmentation, epoch, first),
      viewOf(seed, augmentation, epoch, partner),
    ] as const;
    return { ...sample, views };
  }

  /** Sample at `place` of the points drawn. */
  private drawnSample(step: number, place: number): Sample {
    const { mixing, seed } = this;
    const first = this.firstPoint(step, place);
    const index = mixing.granularity === "batch" ? 0 : place;
    const { geometry, probability = 1 } = mixing;
    // Where nothing is a matter of chance no word is drawn.
    const isMixed = probability === 1 || share(threefry(seed, PURPOSE.choice, step, index)) < probability;
    if (!isMixed) return this.unmixed(first);

    const [partner, partnerPlace] = this.partner(step, place, first);
    const isCut = geometry?.kind === "cutmix" && this.isCut(step, index, geometry.probability);
    const word = threefry(seed, PURPOSE.lambda, step, index);
    const lambda = lambdaFromWord(isCut ? this.boxTable : this.table, word);
    const { labelTable } = this;
    const labelLambda = labelTable
      ? lambdaFromWord(labelTable, threefry(seed, PURPOSE.labelLambda, step, index))
      : lambda;
    const sample = { first, partner, featureLambda: lambda, labelLambda };
    if (isCut) return this.cut(sample, step, index);
    if (geometry?.kind !== "hidden") return sample;
    const hiddenPlace = boundedInteger(threefry(seed, PURPOSE.hiddenLayer, step, 0), geometry.after.length);
    return { ...sample, hiddenPlace, partnerRow: partnerPlace };
  }

  private unmixed(first: number): Sample {
    return { first, partner: first, featureLambda: 1, labelLambda: 1 };
  }

  private isCut(step: number, index: number, probability: number): boolean {
    if (probability === 1) return true;
    threefry(this.seed, PURPOSE.choice, step, index);
    return share(threefrySecond()) < probability;
  }

  /** A box of about 1 - lambda of the image around a uniform pixel, cut off at the borders; labels by what is left. */
  private cut(sample: Sample, step: number, index: number): Sample {
    const [, height, width] = this.image;
    const y = boundedInteger(threefry(this.seed, PURPOSE.box, step, index), height);
    const x = boundedInteger(threefrySecond(), width);
    const { featureLambda } = sample;
    const [halfHeight, halfWidth] = [halfSide(height, featureLambda), halfSide(width, featureLambda)];
    const box = {
      top: Math.max(y - halfHeight, 0),
      bottom: Math.min(y + halfHeight, height),
      left: Math.max(x - halfWidth, 0),
      right: Math.min(x + halfWidth, width),
    };
    const area = (box.bottom - box.top) * (box.right - box.left);
    const labelLambda = Math.fround((height * width - area) / (height * width));
    return { ...sample, featureLambda: 1, labelLambda, box };
  }

  private firstPoint(step: number, b: number): number {
    const { drawn, epochSize } = this.batching;
    if (this.mixing.pairing === "all-pairs") return Math.floor(b / this.size);
    if (epochSize === 0) return b;
    const position = step * drawn + b;
    if (this.tables.domains !== undefined) {
      const { start, size } = this.domain(step, b, "first");
      const epoch = Math.floor(position / size);
      return start + permuted(this.seed, PURPOSE.batchOrder, epoch, position % size, size);
    }
    const epoch = epochAt(this.batching, step, b);
    return permuted(this.seed, PURPOSE.batchOrder, epoch, position % epochSize, this.size);
  }

  /** The part of the run's points that the first point of a sample is of, or its partner: all of them, without domains. */
  private domain(step: number, b: number, of: "first" | "partner"): { start: number; size: number } {
    const { domains } = this.tables;
    if (domains === undefined) return { start: 0, size: this.size };
    if (this.batchDomain !== undefined) {
      const k = this.batchDomain;
      return { start: domains.starts[k], size: domains.sizes[k] };
    }
    const word = threefry(this.seed, PURPOSE.domain, step, b);
    const isOther = of === "partner" && this.mixing.partnerDomain !== "same";
    const k = domainOfWord(domains.thresholds, isOther ? threefrySecond() : word);
    return { start: domains.starts[k], size: domains.sizes[k] };
  }

  /** The partner, and its place in the batch where it is of the batch. */
  private partner(step: number, b: number, first: number): [partner: number, place: number] {
    const { seed, size, classes, batching } = this;
    const { pairing } = this.mixing;
    if (typeof pairing === "object") return [this.near(step, b, first, pairing), b];
    if (pairing === "all-pairs") return [b % size, b];
    if (pairing === "permutation") {
      const place = permuted(seed, PURPOSE.permutation, step, b, batchAt(batching, step));
      return [this.firstPoint(step, place), place];
    }
    const domain = this.domain(step, b, "partner");
    const word = threefry(seed, PURPOSE.pair, step, b);
    switch (pairing) {
      case "uniform":
        return [domain.start + boundedInteger(word, domain.size), b];
      case "other": {
        // Of a domain that the first point is not in all are others.
        const isOwn = first >= domain.start && first < domain.start + domain.size;
        const other = domain.start + boundedInteger(word, domain.size - (isOwn ? 1 : 0));
        return [isOwn && other >= first ? other + 1 : other, b];
      }
      case "same-class": {
        const label = classes.labels[first];
        const start = classes.start[label];
        return [classes.order[start + boundedInteger(word, classes.start[label + 1] - start)], b];
      }
      case "other-class": {
        const label = classes.labels[first];
        const start = classes.start[label];
        const count = classes.start[label + 1] - start;
        const other = boundedInteger(word, size - count);
        return [classes.order[other < start ? other : other + count], b];
      }
    }
  }

  private near(step: number, place: number, first: number, { includesSelf }: LabelKernel): number {
    const { members, labelKernel } = this.tables;
    if (labelKernel === undefined) throw new Error("A label kernel needs its table.");
    const { table, labels } = labelKernel;
    const labelOf = (point: number) => labels[members?.[point] ?? point];
    return labelKernelPartner(
      table,
      this.size,
      labelOf,
      includesSelf,
      { seed: this.seed, step, place },
      first,
    );
  }
}

/** A word as a number in [0, 1), in 24 bits: exact on every device. */
function share(word: number): number {
  return (word >>> 8) * 2 ** -24;
}

/**
 * Half the side of a box, rounded down twice as CutMix does: floor(floor(side sqrt(1 - lambda)) / 2). Decided by
 * lambda side^2 <= side^2 - own^2, which every device rounds alike; a square root it need not.
 */
function halfSide(side: number, lambda: number): number {
  const square = side * side;
  const kept = Math.fround(square * lambda);
  let own = Math.floor(side * Math.sqrt(1 - lambda));
  while (kept <= square - (own + 1) * (own + 1)) own++;
  while (kept > square - own * own) own--;
  return own >> 1;
}
