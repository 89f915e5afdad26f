/**
 * Over-training with Mixup, in closed form (arXiv 2303.01475): the test error of a regression by random features along gradient
 * descent, trained on the points (ERM), on all midpoints with mixed labels (Mixup), on all midpoints with the teacher's labels,
 * and on midpoints up to the best step, then on the points.
 *
 * Not here: the closed form itself (`descent.ts`); many draws of the data, and what must come out.
 */

import { checkInteger, checkLength, checkOptions, float64Numbers } from "../../check.ts";
import { ConfigError } from "../../errors.ts";
import { leastOf } from "../../numeric/extremes.ts";
import { multiply } from "../../numeric/linearAlgebra.ts";
import { type LeastSquaresDescent, leastSquaresDescent } from "./descent.ts";
import { featuresAt, linearValues, orderedMidpoints, type RandomFeatures } from "./randomFeatures.ts";

/** One draw of the study. */
export interface OverTrainingStudy {
  readonly features: RandomFeatures;
  /** theta*, `[M]`: y = theta* . phi(x). */
  readonly teacher: ArrayLike<number>;
  /** Training points, `[N, D]`. */
  readonly points: ArrayLike<number>;
  /** Their labels, `[N]`; by default the teacher's. */
  readonly targets?: ArrayLike<number>;
  /** `[T, D]`; their labels are the teacher's. */
  readonly testPoints: ArrayLike<number>;
  /** Numbers of steps at which errors are taken, rising, from 0 on. */
  readonly steps: readonly number[];
}

/** Test errors along the steps: mean squared error over the variance of the test labels. */
export interface OverTrainingCurves {
  /** As given. */
  readonly steps: readonly number[];
  readonly erm: Float64Array;
  readonly mixup: Float64Array;
  /** Midpoints with the teacher's own labels: Mixup without its label noise. */
  readonly clean: Float64Array;
  /** ERM from Mixup's best parameters on; the steps count from the switch. */
  readonly switched: Float64Array;
  /** The step of Mixup's smallest error, the first of equals; read on the test points, as the curves are. */
  readonly bestStep: number;
  /** 1 / s_max of each design, for half the mean squared error. */
  readonly learningRates: { readonly erm: number; readonly mixup: number };
}

/**
 * The curves of one draw: from theta = 0, full batch, each at the rate 1 / s_max of its own design.
 * @throws ConfigError for sizes that don't match, numbers that are not finite, steps that don't rise, points at which no feature
 * is active, test labels that are all equal.
 */
export function overTrainingCurves(study: OverTrainingStudy): OverTrainingCurves {
  const { features, teacher, steps } = checkOptions("study", study, [
    "features",
    "teacher",
    "points",
    "targets",
    "testPoints",
    "steps",
  ]);
  checkSteps(steps);
  const design = featuresAt(features, study.points);
  const count = checkLength("features.weights", features.weights) / features.dimensions;
  if (checkLength("study.teacher", teacher) !== count)
    throw new ConfigError("study.teacher", `${teacher.length} numbers for ${count} features.`);
  const targets = study.targets ?? linearValues(design, teacher);
  const { dimensions } = features;
  const middles = orderedMidpoints({ points: study.points, targets, dimensions });
  const middleDesign = featuresAt(features, middles.points);
  const erm = leastSquaresDescent({ design, targets });
  const mixup = leastSquaresDescent({ design: middleDesign, targets: middles.targets });
  const clean = mixup.relabelled(linearValues(middleDesign, teacher));
  const testDesign = featuresAt(features, study.testPoints);
  const test = errorMeasure(testDesign, linearValues(testDesign, teacher));
  const errors = (descent: LeastSquaresDescent, start?: Float64Array) =>
    Float64Array.from(steps, (step) => test.error(descent.after(step, start)));
  const mixupErrors = errors(mixup);
  const bestStep = steps[mixupErrors.indexOf(leastOf(mixupErrors))];
  return {
    steps: Array.from(steps),
    erm: errors(erm),
    mixup: mixupErrors,
    clean: errors(clean),
    switched: errors(erm, mixup.after(bestStep)),
    bestStep,
    learningRates: { erm: erm.learningRate, mixup: mixup.learningRate },
  };
}

/**
 * Mean squared error of `theta [M]` at points of features `design [N, M]` and `targets [N]`, over the variance of the targets
 * (divided by N): 1 is what the best constant has.
 * @throws ConfigError for sizes that don't match, numbers that are not finite, targets without variance.
 */
export function relativeError(
  theta: ArrayLike<number>,
  design: ArrayLike<number>,
  targets: ArrayLike<number>,
): number {
  const size = linearValues(design, theta).length;
  const wanted = float64Numbers("targets", targets);
  if (wanted.length !== size)
    throw new ConfigError("targets", `${wanted.length} numbers for ${size} points.`);
  return errorMeasure(float64Numbers("design", design), wanted).error(float64Numbers("theta", theta));
}

/** Relative errors of many parameters at the same points; sizes and numbers are trusted. */
function errorMeasure(design: Float64Array, targets: Float64Array) {
  const size = targets.length;
  const mean = targets.reduce((sum, target) => sum + target, 0) / size;
  const variance = targets.reduce((sum, target) => sum + (target - mean) ** 2, 0);
  if (!(variance > 0))
    throw new ConfigError("targets", "all equal: no variance to compare with. Give more test points.");
  return {
    error(theta: Float64Array) {
      const values = multiply(design, theta, size);
      return targets.reduce((sum, target, n) => sum + (values[n] - target) ** 2, 0) / variance;
    },
  };
}

function checkSteps(steps: readonly number[]): void {
  if (checkLength("study.steps", steps, "Give numbers of steps.") === 0)
    throw new ConfigError("study.steps", "no step. Give at least one.");
  for (let k = 0; k < steps.length; k++) {
    const least = k === 0 ? 0 : steps[k - 1] + 1;
    checkInteger(`study.steps[${k}]`, steps[k], least, Number.MAX_SAFE_INTEGER, "a later step");
  }
}
