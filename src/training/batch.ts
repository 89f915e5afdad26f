/**
 * A batch that the caller gives in full, checked and filled in: which points, mixed how, weighted how.
 */

import {
  checkFloat32,
  checkInteger,
  checkLength,
  checkNumber,
  checkOptions,
  checkWord,
  classLabels,
  float32Numbers,
  float64Numbers,
} from "../check.ts";
import type { Dataset } from "../data/dataset.ts";
import { ConfigError } from "../errors.ts";
import type { Box, Sample } from "../mixing/sampling.ts";
import type { Model } from "../model/layers/layer.ts";
import { sizeOf } from "../model/layers/layer.ts";
import type { Loss } from "../model/loss.ts";
import { type HiddenMixing, layerNames, traceModel } from "../model/trace.ts";
import { checkBatchSize, checkModelFits } from "../population/fits.ts";

/** A batch given in full. B samples are mixed of N points: sample b of point `b` (or `first[b]`) and its partner. */
export interface Batch {
  /** `[N, D]` */
  points: ArrayLike<number>;
  /** Targets `[N, C]`: soft labels for cross-entropy, any numbers for squared error. Or `labels`. */
  targets?: ArrayLike<number>;
  /** Classes `[N]`, instead of targets; with one logistic output 0 or 1, which is then the target itself. */
  labels?: ArrayLike<number>;
  /** Index of each sample's partner, `[B]`. Without partners nothing is mixed. */
  partners?: ArrayLike<number>;
  /** Index of each sample's first point, `[B]`; default 0 .. B-1. */
  first?: ArrayLike<number>;
  /** Weight of the first point and its label: one for all, or `[B]`. Default 1. */
  lambdas?: number | ArrayLike<number>;
  /** Weight of the first label where it differs from that of the point, one for all or `[B]`. */
  labelLambdas?: number | ArrayLike<number>;
  /** CutMix: of images, the box `[top, bottom, left, right)` that is the partner's, one a sample, `[B]`. */
  boxes?: readonly (readonly [top: number, bottom: number, left: number, right: number])[];
  /** Smoothing e of the labels, in [0, 1]: targets become (1 - e) y + e / C. Default 0. */
  labelSmoothing?: number;
  /**
   * Mixes hidden values behind a layer, by its name, instead of points: in one pass, where the points are the batch and
   * samples are pairs of its rows, or in two, firsts and partners each as a batch of its own.
   */
  hidden?: { readonly after: string; readonly passes?: "one" | "two" };
  /** Weights of the samples' losses in the mean, `[B]`. Default 1. */
  weights?: ArrayLike<number>;
}

/** A {@link Batch} with nothing left out. */
export interface ResolvedBatch {
  /** Points and targets as a GPU has them, in 32 bits. */
  readonly data: Dataset;
  /** `[N, D]` and `[N, C]` as they were given: the reference takes them in 64 bits. */
  readonly points: Float64Array;
  readonly targets: Float64Array;
  readonly samples: Sample[];
  readonly weights: Float64Array;
  readonly labelSmoothing: number;
  readonly hidden?: HiddenMixing;
}

/**
 * The batch, checked, as data and samples.
 * @throws ConfigError naming what does not fit.
 */
export function resolveBatch(
  batch: Batch,
  { model, loss = "softmax-cross-entropy" }: { model: Model; loss?: Loss },
): ResolvedBatch {
  checkOptions("batch", batch, [
    "points",
    "targets",
    "labels",
    "partners",
    "first",
    "lambdas",
    "labelLambdas",
    "boxes",
    "labelSmoothing",
    "hidden",
    "weights",
  ]);
  const D = sizeOf(model.inputShape);
  const C = traceModel(model).outputs;
  const length = checkLength("batch.points", batch.points);
  if (length === 0 || length % D !== 0)
    throw new ConfigError("batch.points", `${length} numbers don't make points of ${D} dimensions.`);
  const N = length / D;
  const points = float32Numbers("batch.points", batch.points);
  const targets =
    batch.targets === undefined
      ? labelTargets(batch.labels, N, C, loss)
      : float32Numbers("batch.targets", batch.targets);
  if (targets.length !== N * C)
    throw new ConfigError("batch.targets", `${targets.length} numbers for ${N} points of ${C} outputs each.`);
  if (batch.targets !== undefined && batch.labels !== undefined)
    throw new ConfigError("batch.labels", "beside targets. Give one of the two.");
  const data: Dataset = { size: N, dimensions: D, points, targetSize: C, targets };
  checkModelFits(model, loss, data, "batch");

  const given = batch.partners ?? batch.first;
  const B = given === undefined ? N : checkLength(batch.partners ? "batch.partners" : "batch.first", given);
  if (B === 0) throw new ConfigError("batch", "has no samples. Give at least one.");
  checkBatchSize(model, B, "batch");
  /** A list with an entry for each sample, as floats; `what` all entries are where nothing is given. */
  const perSample = (
    name: "first" | "partners" | "lambdas" | "labelLambdas" | "weights",
    what: number,
  ): Float64Array => {
    const values = batch[name];
    if (values === undefined) return new Float64Array(B).fill(what);
    if (typeof values === "number") return new Float64Array(B).fill(values);
    const own = checkLength(`batch.${name}`, values);
    if (own !== B) throw new ConfigError(`batch.${name}`, `${own} for ${B} samples. Give one for each.`);
    return float64Numbers(`batch.${name}`, values);
  };
  const indices = (name: "first" | "partners"): ArrayLike<number> => {
    if (batch[name] === undefined) {
      if (B > N) throw new ConfigError(`batch.${name}`, `missing: ${B} samples of ${N} points.`);
      return Array.from({ length: B }, (_, b) => b);
    }
    const values = perSample(name, 0);
    values.forEach((value, b) => {
      checkInteger(`batch.${name}[${b}]`, value, 0, N - 1, `one of the ${N} points`);
    });
    return values;
  };
  const lambdas = (name: "lambdas" | "labelLambdas"): Float64Array => {
    const values = perSample(name, 1);
    values.forEach((value, b) => {
      checkNumber(`batch.${name}[${b}]`, value, { from: 0, to: 1, what: "a lambda" });
    });
    return values;
  };
  const [first, partners, features] = [indices("first"), indices("partners"), lambdas("lambdas")];
  const labels = batch.labelLambdas === undefined ? features : lambdas("labelLambdas");
  const weights = perSample("weights", 1);
  checkFloat32("batch.weights", weights);
  const boxes = checkBoxes(batch.boxes, B, model.inputShape);
  const hidden = checkHidden(batch.hidden, model);
  const samples = Array.from({ length: B }, (_, b) => ({
    first: first[b],
    partner: partners[b],
    // What is outside a box is the first image's own.
    featureLambda: boxes === undefined ? features[b] : 1,
    labelLambda: labels[b],
    ...(boxes && { box: boxes[b] }),
    ...(hidden && { hiddenPlace: 0, partnerRow: partners[b] }),
  }));
  const labelSmoothing = checkNumber("batch.labelSmoothing", batch.labelSmoothing ?? 0, {
    from: 0,
    to: 1,
    what: "a share",
  });
  if (hidden?.passes === "one" && (B !== N || samples.some(({ first }, b) => first !== b))) {
    throw new ConfigError(
      "batch.hidden",
      `one pass is of the batch itself: give as many samples as points, first the points in order (${B} samples of ${N}).`,
    );
  }
  return {
    data,
    points: Float64Array.from(batch.points),
    targets: Float64Array.from(batch.targets ?? targets),
    samples,
    weights,
    labelSmoothing,
    ...(hidden && { hidden }),
  };
}

/** Kernels read two edges of a box as one 32-bit word. */
const MOST_EDGE = 0xffff;

function checkBoxes(boxes: Batch["boxes"], B: number, shape: readonly number[]): Box[] | undefined {
  if (boxes === undefined) return undefined;
  if (shape.length !== 3)
    throw new ConfigError(
      "batch.boxes",
      "the net takes points, not images. Give it [channels, height, width].",
    );
  if (!Array.isArray(boxes) || boxes.length !== B)
    throw new ConfigError("batch.boxes", `give ${B} boxes [top, bottom, left, right], one a sample.`);
  return Array.from(boxes, (box: unknown, b) => {
    const path = `batch.boxes[${b}]`;
    if (!Array.isArray(box) || box.length !== 4)
      throw new ConfigError(path, "give [top, bottom, left, right].");
    const [top, bottom, left, right] = box.map((edge: unknown, i) =>
      checkInteger(`${path}[${i}]`, edge, 0, shape[i < 2 ? 1 : 2], "an edge"),
    );
    if (bottom < top || right < left) throw new ConfigError(path, "ends before it begins.");
    if (Math.max(bottom, right) > MOST_EDGE) throw new ConfigError(path, `ends behind pixel ${MOST_EDGE}.`);
    return { top, bottom, left, right };
  });
}

function checkHidden(hidden: Batch["hidden"], model: Model): HiddenMixing | undefined {
  if (hidden === undefined) return undefined;
  checkOptions("batch.hidden", hidden, ["after", "passes"]);
  const { after, passes = "one" } = hidden;
  checkWord("batch.hidden.after", after, ["input", ...layerNames(model)], "layer");
  checkWord("batch.hidden.passes", passes, ["one", "two"]);
  return { after: [after], passes };
}

/** Targets `[N, C]` of classes: one-hot rows, or the class itself where one logistic output stands for two. */
function labelTargets(labels: ArrayLike<number> | undefined, N: number, C: number, loss: Loss): Float32Array {
  if (labels === undefined) throw new ConfigError("batch.labels", `missing. Give ${N} labels, or targets.`);
  const count = checkLength("batch.labels", labels);
  if (count !== N)
    throw new ConfigError("batch.labels", `${count} labels for ${N} points. Give one for each.`);
  if (C === 1 && loss === "logistic") return Float32Array.from(classLabels("batch.labels", labels, 2));
  if (C === 1)
    throw new ConfigError(
      "batch.labels",
      "classes for one output. Give targets, or choose the logistic loss.",
    );
  const targets = new Float32Array(N * C);
  classLabels("batch.labels", labels, C).forEach((label, n) => {
    targets[n * C + label] = 1;
  });
  return targets;
}
