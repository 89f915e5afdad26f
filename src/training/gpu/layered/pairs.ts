/**
 * Dispatches of a loss of pairs: from logits to their deltas, in place. The cosines of all firsts with all seconds of a batch are a dense
 * layer whose inputs are the firsts and whose weights are the seconds, so the products of dense layers compute them, and both their
 * derivatives.
 *
 * Not here: the losses of single samples (`planLayered.ts`).
 */

import { packLayer } from "../../../kernels/layers/layer.ts";
import {
  linearBackwardInputGrid,
  linearBackwardInputKernel,
  linearBackwardInputSize,
  linearBackwardInputSpecialization,
} from "../../../kernels/layers/linearBackwardInput.ts";
import {
  linearBackwardWeightGrid,
  linearBackwardWeightKernel,
  linearBackwardWeightSize,
  linearBackwardWeightSpecialization,
} from "../../../kernels/layers/linearBackwardWeight.ts";
import {
  linearForwardGrid,
  linearForwardKernel,
  linearForwardSize,
  linearForwardSpecialization,
} from "../../../kernels/layers/linearForward.ts";
import type { ProductSpecialization } from "../../../kernels/layers/product.ts";
import { pairDeltasGrid, pairDeltasKernel } from "../../../kernels/step/pairDeltas.ts";
import { pairEmbeddingsGrid, pairEmbeddingsKernel } from "../../../kernels/step/pairEmbeddings.ts";
import {
  pairEmbeddingsBackwardGrid,
  pairEmbeddingsBackwardKernel,
} from "../../../kernels/step/pairEmbeddingsBackward.ts";
import { PAIR_SUMS, pairOverrides, pairSumsGrid, pairSumsKernel } from "../../../kernels/step/pairSums.ts";
import type { ContrastiveLoss } from "../../../model/loss.ts";
import type { PlannedDispatch, Planner } from "./dispatch.ts";

/** What a batch of pairs is about. */
export interface PairBatch {
  readonly loss: ContrastiveLoss;
  readonly batchSize: number;
  /** 2 H. */
  readonly outputs: number;
  /** Names of buffers. */
  readonly logits: string;
  readonly sampleLosses: string;
}

/** Multiply-adds of the three products, of one pair. */
export function pairWork(batchSize: number, outputs: number): number {
  return (3 * batchSize * outputs) / 2;
}

/** Losses of a batch, and deltas in the place of its logits. */
export function pairDispatches(
  planner: Planner,
  { loss, batchSize: B, outputs, logits, sampleLosses }: PairBatch,
): PlannedDispatch[] {
  const { runs, products } = planner;
  const H = outputs / 2;
  const embeddings = planner.need("pairEmbeddings", runs * 2 * B * H);
  const cosines = planner.need("pairCosines", runs * B * B);
  const sums = planner.need("pairSums", runs * B * PAIR_SUMS);
  const firstDeltas = planner.need("pairFirstDeltas", runs * B * H);
  const secondDeltas = planner.need("pairSecondDeltas", runs * B * H);
  const overrides = pairOverrides(loss);
  // Firsts are inputs and seconds weights, run by run behind each other; derivatives by weights lie in a buffer of their own.
  const rows = { batchSize: B, inputOffset: 0, inputRunStride: 2 * B * H };
  const weights = { inputs: H, outputs: B, weightOffset: B * H, biasOffset: -1 };
  const gradients = { ...weights, weightOffset: 0 };
  const plain = ({ overrides: own, ...rest }: ProductSpecialization, more: Record<string, number> = {}) => ({
    ...rest,
    overrides: { ...own, ACTIVATION: 0, ...more },
  });
  const forward = products(linearForwardSize(weights, B));
  const backwardInput = products(linearBackwardInputSize(weights, B));
  const backwardWeight = products(linearBackwardWeightSize(gradients, B));
  const work = (runs * B * pairWork(B, outputs)) / 3;
  return [
    {
      kernel: pairEmbeddingsKernel,
      specialization: {},
      grid: pairEmbeddingsGrid(B, runs),
      bindings: [logits, embeddings],
    },
    {
      kernel: linearForwardKernel,
      specialization: plain(linearForwardSpecialization(weights, rows, forward), { HIDDEN: 0 }),
      grid: linearForwardGrid(weights, B, runs, forward),
      bindings: [packLayer(weights, 2 * B * H, rows), embeddings, embeddings, cosines, "none"],
      work,
    },
    {
      kernel: pairSumsKernel,
      specialization: { overrides },
      grid: pairSumsGrid(B, runs),
      bindings: [cosines, sums, sampleLosses],
    },
    {
      kernel: pairDeltasKernel,
      specialization: { overrides },
      grid: pairDeltasGrid(B, runs),
      bindings: [cosines, sums, sampleLosses],
    },
    {
      kernel: linearBackwardInputKernel,
      specialization: plain(linearBackwardInputSpecialization(weights, rows, backwardInput)),
      grid: linearBackwardInputGrid(weights, B, runs, backwardInput),
      bindings: [packLayer(weights, 2 * B * H, rows), cosines, embeddings, firstDeltas],
      work,
    },
    {
      kernel: linearBackwardWeightKernel,
      specialization: plain(linearBackwardWeightSpecialization(gradients, rows, backwardWeight)),
      grid: linearBackwardWeightGrid(gradients, B, runs, backwardWeight),
      bindings: [packLayer(gradients, B * H, rows), cosines, embeddings, secondDeltas],
      work,
    },
    {
      kernel: pairEmbeddingsBackwardKernel,
      specialization: {},
      grid: pairEmbeddingsBackwardGrid(B, runs),
      bindings: [logits, firstDeltas, secondDeltas],
    },
  ];
}
