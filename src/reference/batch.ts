/**
 * One mixed batch: points and targets blended, the loss, its gradients. In float64.
 *
 *     z_b = lambda_b s_b + (1 - lambda_b) t_b             (targets likewise, with labelLambda)
 *     loss = sum_b weight_b loss(net(z_b), y_b) / B
 *
 * Not here: which points are mixed (`mixing/sampling.ts`), the update (`optimizer.ts`).
 */

import type { Sample } from "../mixing/sampling.ts";
import type { Loss } from "../model/loss.ts";
import type { Model } from "../model/model.ts";
import { isFinite32 } from "./finite.ts";
import { LOSS_FUNCTIONS, type LossFunctions } from "./loss.ts";
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

/** Loss and gradients of an explicit batch at given parameters (`[P]`). Not checked: sizes must fit. */
export function batchGradients(
  model: Model,
  loss: Loss,
  parameters: Float64Array,
  batch: ExplicitBatch,
): BatchGradients {
  const pass = new BatchPass(model, loss, batch.samples.length);
  pass.load(batch);
  const mean = pass.forward(parameters);
  pass.backward(parameters);
  return {
    loss: mean,
    sampleLosses: pass.sampleLosses,
    logits: pass.network.logits,
    gradients: pass.gradients,
  };
}

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
  private readonly lossFunctions: LossFunctions;

  constructor(
    model: Model,
    loss: Loss,
    readonly batchSize: number,
  ) {
    this.network = new Network(model, batchSize);
    this.dimensions = model.sizes[0];
    this.lossFunctions = LOSS_FUNCTIONS[loss];
    this.targets = new Float64Array(batchSize * this.network.outputs);
    this.weights = new Float64Array(batchSize).fill(1);
    this.sampleLosses = new Float64Array(batchSize);
    this.gradients = new Float64Array(this.network.layout.size);
  }

  /** Mixes an explicit batch of B samples. */
  load({ points, targets, samples, weights }: ExplicitBatch): void {
    samples.forEach((sample, b) => {
      this.mix(b, sample, points, targets);
      this.weights[b] = weights?.[b] ?? 1;
    });
  }

  /** Makes sample b of the batch from `points` (`[N, D]`) and `targets` (`[N, C]`). */
  mix(b: number, sample: Sample, points: ArrayLike<number>, targets: ArrayLike<number>): void {
    const { first, partner, featureLambda, labelLambda } = sample;
    blend(points, first, partner, featureLambda, this.network.inputs, b, this.dimensions);
    blend(targets, first, partner, labelLambda, this.targets, b, this.network.outputs);
  }

  /** The batch's loss. */
  forward(parameters: Float64Array): number {
    const { network, batchSize } = this;
    network.forward(parameters, batchSize);
    let sum = 0;
    for (let b = 0; b < batchSize; b++) {
      this.sampleLosses[b] = this.lossFunctions.value(network.logits, this.targets, b, network.outputs);
      sum += this.weights[b] * this.sampleLosses[b];
    }
    return sum / batchSize;
  }

  /** Whether the last forward pass's logits are all finite as 32-bit floats. */
  logitsAreFinite(): boolean {
    return this.network.logits.every(isFinite32);
  }

  /** Puts the gradients of the last forward pass's loss into `gradients`. */
  backward(parameters: Float64Array): void {
    const { network, batchSize } = this;
    const { logits, logitDeltas, outputs } = network;
    for (let b = 0; b < batchSize; b++) {
      this.lossFunctions.delta(logits, this.targets, b, outputs, logitDeltas);
      const scale = this.weights[b] / batchSize;
      for (let i = b * outputs; i < (b + 1) * outputs; i++) logitDeltas[i] *= scale;
    }
    this.gradients.fill(0);
    network.backward(parameters, batchSize, this.gradients);
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
