/**
 * Whether a net, a loss and data go together, and what the net is trained on then.
 *
 * Not here: the rest of a population's description (`config.ts`), what methods of mixing ask for (`methods.ts`).
 */

import { checkWord } from "../check.ts";
import type { Dataset } from "../data/dataset.ts";
import { ConfigError } from "../errors.ts";
import { type Model, sizeOf } from "../model/layers/layer.ts";
import { type ContrastiveLoss, checkContrastive, isContrastive, LOSSES, type Loss } from "../model/loss.ts";
import { traceModel } from "../model/trace.ts";
import { checkTwoEmbeddings } from "./pairs.ts";

/**
 * Checks that a net's sizes and a loss fit data.
 * @throws ConfigError naming the two numbers that don't match.
 */
export function checkModelFits(
  model: Model,
  loss: Loss | ContrastiveLoss,
  data: Dataset,
  path: string,
): void {
  if (isContrastive(loss)) checkContrastive("loss", loss);
  else checkWord("loss", loss, LOSSES, "loss");
  const { outputs } = traceModel(model);
  const inputs = sizeOf(model.inputShape);
  const shape = data.shape ?? [data.dimensions];
  // Images may be read as rows of numbers, and rows of numbers as images; images of another shape may not.
  const differs =
    shape.length === 3 && model.inputShape.length === 3 && String(shape) !== String(model.inputShape);
  if (inputs !== data.dimensions || differs) {
    throw new ConfigError(
      "model.inputShape",
      `the net takes points of shape [${model.inputShape}], but ${path} has [${shape}].`,
    );
  }
  if (isContrastive(loss)) {
    checkTwoEmbeddings(outputs);
    return;
  }
  const binary = isBinaryLogistic(loss, outputs, data);
  if (loss === "logistic") checkLogisticTargets(data, path);
  if (!binary && outputs !== data.targetSize) {
    throw new ConfigError(
      "model",
      `the net has ${outputs} outputs, but ${path} has ${data.targetSize} ${data.labels ? "classes" : "targets"}.`,
    );
  }
  if (loss === "softmax-cross-entropy" && outputs === 1) {
    throw new ConfigError(
      "loss",
      "softmax of one output is always 1. Use logistic, or an output for each class.",
    );
  }
  if (loss === "softmax-cross-entropy" && data.labels === undefined) checkSoftLabels(data, path);
}

/**
 * A channel that BatchNorm sees one number of has no variance: PyTorch refuses it, too.
 * @throws ConfigError naming the layer.
 */
export function checkBatchSize(model: Model, batchSize: number, path: string): void {
  if (batchSize > 1) return;
  const { operations, shapes } = traceModel(model);
  for (const { kind, name, output } of operations) {
    const [, height, width] = shapes[output];
    if (kind === "batchNorm2d" && height * width === 1) {
      throw new ConfigError(
        path,
        `layer ${name} (batchNorm2d) gets one number a channel: a batch of 1 of maps of 1 x 1. Give a larger batch.`,
      );
    }
  }
}

/** How far the probabilities of a row may be from 1 together: rows divided by their sums in 32 bits, or given to 3 digits. */
const SUM_TOLERANCE = 1e-3;

/** Soft labels are rows of probabilities. */
function checkSoftLabels({ size, targets, targetSize }: Dataset, path: string): void {
  for (let n = 0; n < size; n++) {
    let sum = 0;
    for (let c = 0; c < targetSize; c++) {
      const target = targets[n * targetSize + c];
      if (target < 0) {
        throw new ConfigError(
          `${path}.targets[${n * targetSize + c}]`,
          `${target} is no probability: soft labels are from 0.`,
        );
      }
      sum += target;
    }
    if (Math.abs(sum - 1) > SUM_TOLERANCE) {
      throw new ConfigError(
        `${path}.targets[${n * targetSize}]`,
        `the soft labels of point ${n} sum to ${sum.toPrecision(4)}, not 1. Divide each row by its sum, or choose another loss.`,
      );
    }
  }
}

/** Logistic targets are probabilities. */
function checkLogisticTargets(data: Dataset, path: string): void {
  const bad = data.targets.findIndex((target) => target < 0 || target > 1);
  if (bad >= 0) {
    throw new ConfigError(
      `${path}.targets[${bad}]`,
      `${data.targets[bad]} is no probability: logistic targets are in [0, 1].`,
    );
  }
}

/** Whether one logistic output stands for two classes: its target is then the class itself. */
export function isBinaryLogistic(loss: Loss | ContrastiveLoss, outputs: number, data: Dataset): boolean {
  return loss === "logistic" && outputs === 1 && data.labels !== undefined && data.targetSize === 2;
}

/** Numbers of a point's targets: none of pairs. */
export function targetColumns(loss: Loss | ContrastiveLoss, outputs: number): number {
  return isContrastive(loss) ? 0 : outputs;
}

/** The targets a net with `outputs` outputs is trained on, `[N, outputs]`; nothing for pairs. */
export function modelTargets(loss: Loss | ContrastiveLoss, outputs: number, data: Dataset): Float32Array {
  if (isContrastive(loss)) return new Float32Array(0);
  return isBinaryLogistic(loss, outputs, data) ? Float32Array.from(data.labels!) : data.targets;
}

/** The class of the largest target in each row of soft labels; the first of equals. */
export function mostProbable(
  loss: Loss | ContrastiveLoss,
  { size, targets, targetSize }: Dataset,
): Uint32Array | undefined {
  if (loss !== "softmax-cross-entropy") return undefined;
  return Uint32Array.from({ length: size }, (_, n) => {
    const row = targets.subarray(n * targetSize, (n + 1) * targetSize);
    return row.reduce((best, value, c) => (value > row[best] ? c : best), 0);
  });
}
