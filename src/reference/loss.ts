/**
 * The loss of one sample, its derivative by the logits, and the probabilities, in float64. What the losses
 * mean is in `model/loss.ts`. Twin of `shaders/parts/losses.wgsl`.
 *
 * All functions read row `row` of flat arrays `[rows, outputs]`. Not here: losses of pairs (`contrastive.ts`).
 */

import type { Loss } from "../model/loss.ts";

/** A loss as functions of one row of logits z and targets y. */
export interface LossFunctions {
  /** The sample's loss. Targets need not sum to 1. */
  value(z: Float64Array, y: Float64Array, row: number, outputs: number): number;
  /** Writes the row of d loss / d z into `delta`. */
  delta(z: Float64Array, y: Float64Array, row: number, outputs: number, delta: Float64Array): void;
  /** Writes the row of probabilities (squared error: the outputs themselves) into `probabilities`. */
  probabilities(z: Float64Array, row: number, outputs: number, probabilities: Float64Array): void;
}

/** A loss as functions of a batch of B samples: of rows one by one, or all together. `deltas` belongs to the last `values`. */
export interface BatchLoss {
  /** Writes the samples' losses, `[B]`, at logits z and targets y `[B, outputs]`. */
  values(z: Float64Array, y: Float64Array, losses: Float64Array, outputs: number): void;
  /** Writes the derivatives of the weighted mean, sum_b weights[b] losses[b] / B, by the logits. */
  deltas(
    z: Float64Array,
    y: Float64Array,
    weights: Float64Array,
    outputs: number,
    deltas: Float64Array,
  ): void;
}

/** A loss of single samples as one of a batch. */
export function rowLoss({ value, delta }: LossFunctions): BatchLoss {
  return {
    values(z, y, losses, outputs) {
      for (let b = 0; b < losses.length; b++) losses[b] = value(z, y, b, outputs);
    },
    deltas(z, y, weights, outputs, deltas) {
      const B = weights.length;
      for (let b = 0; b < B; b++) {
        delta(z, y, b, outputs, deltas);
        const scale = weights[b] / B;
        for (let i = b * outputs; i < (b + 1) * outputs; i++) deltas[i] *= scale;
      }
    },
  };
}

/** Each loss. */
export const LOSS_FUNCTIONS: Record<Loss, LossFunctions> = {
  "softmax-cross-entropy": {
    // sum of y (lse - z), with lse = largest + logSum kept in two parts: lse alone would round away small
    // losses.
    value(z, y, row, outputs) {
      const first = row * outputs;
      const largest = z[first + largestOutput(z, row, outputs)];
      const logSum = logSumExponentials(z, row, outputs);
      let sum = 0;
      for (let i = first; i < first + outputs; i++) sum += y[i] * (largest - z[i] + logSum);
      return sum;
    },
    delta(z, y, row, outputs, delta) {
      const first = row * outputs;
      const largest = z[first + largestOutput(z, row, outputs)];
      const logSum = logSumExponentials(z, row, outputs);
      let targetSum = 0;
      for (let i = first; i < first + outputs; i++) targetSum += y[i];
      for (let i = first; i < first + outputs; i++) {
        delta[i] = targetSum * Math.exp(z[i] - largest - logSum) - y[i];
      }
    },
    probabilities(z, row, outputs, probabilities) {
      const first = row * outputs;
      const largest = z[first + largestOutput(z, row, outputs)];
      const logSum = logSumExponentials(z, row, outputs);
      for (let i = first; i < first + outputs; i++) probabilities[i] = Math.exp(z[i] - largest - logSum);
    },
  },
  logistic: {
    value(z, y, row, outputs) {
      let sum = 0;
      for (let i = row * outputs; i < (row + 1) * outputs; i++) {
        // -log sigmoid(z) and -log(1 - sigmoid(z)): softplus of -z and of z.
        const softplus = Math.log1p(Math.exp(-Math.abs(z[i])));
        sum += y[i] * (softplus + Math.max(-z[i], 0)) + (1 - y[i]) * (softplus + Math.max(z[i], 0));
      }
      return sum / outputs;
    },
    delta(z, y, row, outputs, delta) {
      for (let i = row * outputs; i < (row + 1) * outputs; i++) delta[i] = (sigmoid(z[i]) - y[i]) / outputs;
    },
    probabilities(z, row, outputs, probabilities) {
      for (let i = row * outputs; i < (row + 1) * outputs; i++) probabilities[i] = sigmoid(z[i]);
    },
  },
  "squared-error": {
    value(z, y, row, outputs) {
      let sum = 0;
      for (let i = row * outputs; i < (row + 1) * outputs; i++) sum += (z[i] - y[i]) ** 2;
      return sum / outputs;
    },
    delta(z, y, row, outputs, delta) {
      for (let i = row * outputs; i < (row + 1) * outputs; i++) delta[i] = (2 * (z[i] - y[i])) / outputs;
    },
    probabilities(z, row, outputs, probabilities) {
      for (let i = row * outputs; i < (row + 1) * outputs; i++) probabilities[i] = z[i];
    },
  },
};

/** The first output with the largest logit. */
export function largestOutput(z: Float64Array, row: number, outputs: number): number {
  const first = row * outputs;
  let largest = 0;
  for (let c = 1; c < outputs; c++) if (z[first + c] > z[first + largest]) largest = c;
  return largest;
}

/**
 * log(sum of exp(z - largest)): log1p of the sum over all outputs but the (first) largest, whose share is 1.
 */
function logSumExponentials(z: Float64Array, row: number, outputs: number): number {
  const first = row * outputs;
  const largest = largestOutput(z, row, outputs);
  let sum = 0;
  for (let c = 0; c < outputs; c++) if (c !== largest) sum += Math.exp(z[first + c] - z[first + largest]);
  return Math.log1p(sum);
}

function sigmoid(z: number): number {
  const e = Math.exp(-Math.abs(z));
  return (z >= 0 ? 1 : e) / (1 + e);
}
