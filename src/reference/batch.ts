/**
 * One mixed batch: points and targets blended, the loss, its gradients. In float64.
 *
 *     z_b = lambda_b s_b + (1 - lambda_b) t_b             (targets likewise, with labelLambda)
 *     loss = sum_b weight_b loss(net(z_b), y_b) / B
 *
 * Not here: which points are mixed (`mixing/sampling.ts`), the update (`optimizer.ts`).
 */

import { type Augmentation, look } from "../mixing/augmentation.ts";
import type { Box, Sample } from "../mixing/sampling.ts";
import { type Model, sizeOf } from "../model/layers/layer.ts";
import type { FlatNet } from "../model/layout.ts";
import { type ContrastiveLoss, isContrastive, type Loss } from "../model/loss.ts";
import { type HiddenMixing, traceModel } from "../model/trace.ts";
import { contrastiveLoss } from "./contrastive.ts";
import { isFinite32 } from "./finite.ts";
import type { Pass, TrainingPass } from "./layers/layer.ts";
import { type BatchLoss, LOSS_FUNCTIONS, type LossFunctions, rowLoss } from "./loss.ts";
import { Network } from "./network.ts";

/** A batch given sample by sample. */
export interface ExplicitBatch {
  /** `[N, D]` */
  readonly points: ArrayLike<number>;
  /** `[N, C]`, C the net's outputs */
  readonly targets: ArrayLike<number>;
  /** `[B]` */
  readonly samples: readonly Sample[];
  /** Weight of each sample's loss, `[B]`; 1 if absent. Weights do not change the divisor B. */
  readonly weights?: ArrayLike<number>;
  /** Smoothing e of the labels: targets become (1 - e) y + e / C. Default 0. */
  readonly labelSmoothing?: number;
  /** Where hidden values are mixed: samples say at which of these places. */
  readonly hidden?: HiddenMixing;
}

/** What {@link batchGradients} computes. */
export interface BatchGradients {
  /** Weighted mean over the batch. */
  readonly loss: number;
  /** Unweighted, one a sample, `[B]`. */
  readonly sampleLosses: Float64Array;
  /** `[B, C]` */
  readonly logits: Float64Array;
  /** Of `loss`, `[P]`, in the layout of `model/layout.ts`. */
  readonly gradients: Float64Array;
}

/**
 * Loss and gradients of an explicit batch at given parameters (`[P]`) and state (`[Q]`, which stays as it is). Not checked:
 * sizes must fit.
 */
export function batchGradients(
  model: Model,
  loss: Loss | ContrastiveLoss,
  { parameters, state }: FlatNet,
  batch: ExplicitBatch,
  training: Omit<TrainingPass, "hidden"> = { seed: 0, step: 0 },
): BatchGradients {
  const pass = new BatchPass(model, loss, batch.samples.length, batch.hidden);
  pass.load(batch);
  const mean = pass.forward(parameters, state.slice(), training);
  pass.backward();
  return {
    loss: mean,
    sampleLosses: pass.sampleLosses,
    logits: pass.network.logits,
    gradients: pass.gradients,
  };
}

/** Place of samples that are not mixed within the net: more than there can be. */
const NOWHERE = 255;

/** A workspace for batches of B samples: `load` or `mix` them, then `forward`, then `backward`. */
export class BatchPass {
  readonly network: Network;
  /** Mixed targets, `[B, C]`. */
  readonly targets: Float64Array;
  /** `[B]` */
  readonly weights: Float64Array;
  /** Unweighted losses of the last forward pass, `[B]`. */
  readonly sampleLosses: Float64Array;
  /** Gradients of the last backward pass, `[P]`. */
  readonly gradients: Float64Array;
  private readonly dimensions: number;
  private readonly shape: readonly number[];
  private readonly batchLoss: BatchLoss;
  /** Of single samples; undefined for pairs, which have no targets either. */
  private readonly lossFunctions: LossFunctions | undefined;
  /** See {@link ExplicitBatch.labelSmoothing}. */
  labelSmoothing = 0;
  /** Share of the net's own predictions in the labels: {@link distill}. */
  selfDistillation = 0;
  /** How views of images are made, where samples have them. */
  augmentation?: Augmentation;
  /** The two images of a sample as they are seen, `[2, D]`. */
  private readonly seen: Float64Array;
  private readonly hiddenPass: { places: Uint8Array; lambdas: Float64Array; partnerRows: Uint32Array };
  private pass: Pass | undefined;

  constructor(
    model: Model,
    loss: Loss | ContrastiveLoss,
    readonly batchSize: number,
    hidden?: HiddenMixing,
  ) {
    const trace = traceModel(model, hidden);
    this.shape = model.inputShape;
    this.network = new Network(trace, batchSize);
    this.dimensions = sizeOf(model.inputShape);
    this.lossFunctions = isContrastive(loss) ? undefined : LOSS_FUNCTIONS[loss];
    this.batchLoss = isContrastive(loss) ? contrastiveLoss(loss) : rowLoss(LOSS_FUNCTIONS[loss]);
    this.targets = new Float64Array(batchSize * this.network.outputs);
    this.weights = new Float64Array(batchSize).fill(1);
    this.sampleLosses = new Float64Array(batchSize);
    this.gradients = new Float64Array(trace.parameters.size);
    this.seen = new Float64Array(2 * this.dimensions);
    this.hiddenPass = {
      places: new Uint8Array(batchSize),
      lambdas: new Float64Array(batchSize),
      partnerRows: new Uint32Array(batchSize),
    };
  }

  /** Mixes an explicit batch of B samples. */
  load({ points, targets, samples, weights, labelSmoothing = 0 }: ExplicitBatch): void {
    this.labelSmoothing = labelSmoothing;
    samples.forEach((sample, b) => {
      this.mix(b, sample, points, targets);
      this.weights[b] = weights?.[b] ?? 1;
    });
  }

  /** Makes sample b of the batch from `points` (`[N, D]`) and `targets` (`[N, C]`). */
  mix(b: number, sample: Sample, points: ArrayLike<number>, targets: ArrayLike<number>): void {
    const { first, partner, featureLambda, labelLambda, box, hiddenPlace, partnerRow = b } = sample;
    const { inputs, partnerInputs } = this.network;
    const isHidden = hiddenPlace !== undefined;
    this.hiddenPass.places[b] = hiddenPlace ?? NOWHERE;
    this.hiddenPass.lambdas[b] = featureLambda;
    this.hiddenPass.partnerRows[b] = partnerRow;
    const [images, own, other] = this.look(sample, points);
    blend(images, own, other, isHidden ? 1 : featureLambda, inputs, b, this.dimensions);
    if (partnerInputs) blend(images, other, other, 1, partnerInputs, b, this.dimensions);
    if (box) paste(images, other, box, this.shape, inputs, b);
    if (this.lossFunctions === undefined) return;
    const C = this.network.outputs;
    blend(targets, first, partner, labelLambda, this.targets, b, C);
    const e = this.labelSmoothing;
    if (e === 0) return;
    for (let c = b * C; c < (b + 1) * C; c++) this.targets[c] = (1 - e) * this.targets[c] + e / C;
  }

  /**
   * The net's own predictions among the targets of samples that are mixed: (1 - a) y + a (lambda p_first + (1 - lambda) p_partner),
   * p the probabilities of the unmixed points at `parameters`. No gradient goes through them. Leaves the inputs mixed.
   */
  distill(
    samples: readonly Sample[],
    points: ArrayLike<number>,
    parameters: Float64Array,
    state: Float64Array,
  ): void {
    const { network, selfDistillation: share, batchSize, dimensions, lossFunctions } = this;
    if (share === 0 || lossFunctions === undefined) return;
    const C = network.outputs;
    const mixed = network.inputs.slice();
    const probabilities = new Float64Array(batchSize * C);
    for (const isPartner of [false, true]) {
      samples.forEach((sample, b) => {
        const [images, own, other] = this.look(sample, points);
        const shown = isPartner ? other : own;
        blend(images, shown, shown, 1, network.inputs, b, dimensions);
      });
      network.forward({ count: batchSize, parameters, state });
      for (let b = 0; b < batchSize; b++) lossFunctions.probabilities(network.logits, b, C, probabilities);
      samples.forEach(({ labelLambda }, b) => {
        const weight = isPartner ? 1 - labelLambda : labelLambda;
        for (let i = b * C; i < (b + 1) * C; i++) {
          if (!isPartner) this.targets[i] *= 1 - share;
          this.targets[i] += share * weight * probabilities[i];
        }
      });
    }
    network.inputs.set(mixed);
  }

  /** Points with the sample's two among them: their views where there are any. */
  private look(
    { first, partner, views }: Sample,
    points: ArrayLike<number>,
  ): [points: ArrayLike<number>, first: number, partner: number] {
    const { augmentation, shape, seen, dimensions } = this;
    if (views === undefined || augmentation === undefined) return [points, first, partner];
    look(points, first, shape, augmentation, views[0], seen.subarray(0, dimensions));
    look(points, partner, shape, augmentation, views[1], seen.subarray(dimensions));
    return [seen, 0, 1];
  }

  /** The batch's loss at parameters `[P]`; moves the state `[Q]`. */
  forward(parameters: Float64Array, state: Float64Array, training: Omit<TrainingPass, "hidden">): number {
    const { network, batchSize, hiddenPass } = this;
    this.pass = { count: batchSize, parameters, state, training: { ...training, hidden: hiddenPass } };
    network.forward(this.pass);
    this.batchLoss.values(network.logits, this.targets, this.sampleLosses, network.outputs);
    let sum = 0;
    for (let b = 0; b < batchSize; b++) sum += this.weights[b] * this.sampleLosses[b];
    return sum / batchSize;
  }

  /** Whether the last forward pass's logits are all finite as 32-bit floats. */
  logitsAreFinite(): boolean {
    return this.network.logits.every(isFinite32);
  }

  /** Puts the gradients of the last forward pass's loss into `gradients`. */
  backward(): void {
    const { network } = this;
    const { logits, logitDeltas, outputs } = network;
    this.batchLoss.deltas(logits, this.targets, this.weights, outputs, logitDeltas);
    this.gradients.fill(0);
    network.backward(this.pass!, this.gradients);
  }
}

/** Row `row` of `mixed`: lambda times row `first` of `rows` and (1 - lambda) times row `partner`. */
function blend(
  rows: ArrayLike<number>,
  first: number,
  partner: number,
  lambda: number,
  mixed: Float64Array,
  row: number,
  width: number,
): void {
  for (let i = 0; i < width; i++) {
    mixed[row * width + i] = lambda * rows[first * width + i] + (1 - lambda) * rows[partner * width + i];
  }
}

/** Puts the box of image `partner` of `images` `[N, C, H, W]` over image `row` of `mixed`. */
function paste(
  images: ArrayLike<number>,
  partner: number,
  { top, bottom, left, right }: Box,
  [channels, height, width]: readonly number[],
  mixed: Float64Array,
  row: number,
): void {
  for (let c = 0; c < channels; c++) {
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const place = (n: number) => ((n * channels + c) * height + y) * width + x;
        mixed[place(row)] = images[place(partner)];
      }
    }
  }
}
