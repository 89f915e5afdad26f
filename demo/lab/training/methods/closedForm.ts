/**
 * The over-training study of the lab: one teacher and its features, several draws of points, and for each draw the test errors of
 * ERM, Mixup, and Mixup up to any step, then ERM, after any number of steps at once. Pure.
 *
 * Not here: the closed form itself (the library's `leastSquaresDescent`), the nets that walk along it (`overTraining.ts`).
 */

import { type OverTrainingDraw, overTrainingDraw } from "../../../../src/experiments/over-training/data.ts";
import {
  featuresAt,
  type LeastSquaresDescent,
  leastSquaresDescent,
  linearValues,
  orderedMidpoints,
} from "../../../../src/index.ts";
import { gramMatrix, multiply } from "../../../../src/numeric/linearAlgebra.ts";

/** Fresh points at which errors are measured. */
const TEST_POINTS = 500;

/** Numbers of steps of a curve: ten a decade, up to a million. */
export const CURVE_STEPS: readonly number[] = [
  ...new Set(Array.from({ length: 61 }, (_, k) => Math.round(10 ** (k / 10)))),
];
export const LAST_STEP = CURVE_STEPS[CURVE_STEPS.length - 1];

/** What a curve is of. */
export type Arm = "erm" | "mixup" | "switched";

/** Features, teacher and test points of a seed. */
export class Study {
  readonly base: OverTrainingDraw;
  /** At the test points, `[T]`, and their variance. */
  readonly targets: Float64Array;
  readonly variance: number;
  /** Inner products of the features over the test points, `[M, M]`. */
  private readonly products: Float64Array;

  /** `seed` is that of features and teacher. */
  constructor(seed: number) {
    this.base = overTrainingDraw({ seed, points: 1, testPoints: TEST_POINTS });
    const { features, teacher, testPoints } = this.base;
    const design = featuresAt(features, testPoints);
    const M = teacher.length;
    const transposed = new Float64Array(design.length);
    for (let t = 0; t < TEST_POINTS; t++)
      for (let m = 0; m < M; m++) transposed[m * TEST_POINTS + t] = design[t * M + m];
    this.products = gramMatrix(transposed, M, TEST_POINTS);
    this.targets = linearValues(design, teacher);
    const mean = this.targets.reduce((sum, target) => sum + target / TEST_POINTS, 0);
    this.variance = this.targets.reduce((sum, target) => sum + (target - mean) ** 2 / TEST_POINTS, 0);
  }

  /** Mean squared error of a student at the test points over the variance: a square, as labels are the teacher's. */
  error(theta: Float64Array): number {
    const { teacher } = this.base;
    const distance = theta.map((value, m) => value - teacher[m]);
    const image = multiply(this.products, distance, teacher.length);
    const sum = image.reduce((total, value, m) => total + value * distance[m], 0);
    return sum / (TEST_POINTS * this.variance);
  }
}

/** A draw of points, and descent on it and on its midpoints. */
export class ClosedForm {
  /** `[N, D]`, and their labels by the teacher. */
  readonly points: Float64Array;
  readonly targets: Float64Array;
  private solved: Readonly<Record<"erm" | "mixup", LeastSquaresDescent>> | undefined;
  private readonly fixed = new Map<Arm, Float64Array>();

  /** `seed` is that of the points. */
  constructor(
    private readonly study: Study,
    seed: number,
    count: number,
  ) {
    const { features, teacher } = study.base;
    this.points = overTrainingDraw({ seed, points: count, testPoints: 1 }).points;
    this.targets = linearValues(featuresAt(features, this.points), teacher);
  }

  /** Made when they are first asked for: the eigenvectors of both designs, some 20 milliseconds. */
  private get descents(): Readonly<Record<"erm" | "mixup", LeastSquaresDescent>> {
    if (this.solved === undefined) {
      const { points, targets } = this;
      const { features } = this.study.base;
      const middles = orderedMidpoints({ points, targets, dimensions: features.dimensions });
      const design = featuresAt(features, middles.points);
      this.solved = {
        erm: leastSquaresDescent({ design: featuresAt(features, points), targets }),
        mixup: leastSquaresDescent({ design, targets: middles.targets }),
      };
    }
    return this.solved;
  }

  /** 1 / s_max of a design. */
  learningRate(arm: "erm" | "mixup"): number {
    return this.descents[arm].learningRate;
  }

  /** Test errors after {@link CURVE_STEPS} steps. */
  curve(arm: "erm" | "mixup"): Float64Array {
    let curve = this.fixed.get(arm);
    if (curve === undefined) {
      curve = Float64Array.from(CURVE_STEPS, (step) => this.error(arm, step));
      this.fixed.set(arm, curve);
    }
    return curve;
  }

  /** Test error of an arm after `step` steps. */
  error(arm: "erm" | "mixup", step: number): number {
    return this.study.error(this.descents[arm].after(step));
  }

  /** Test errors of Mixup for `at` steps, then ERM, after each of `steps` steps in all, none before `at`. */
  switched(at: number, steps: readonly number[]): Float64Array {
    const { erm, mixup } = this.descents;
    const start = mixup.after(at);
    return Float64Array.from(steps, (step) => this.study.error(erm.after(step - at, start)));
  }
}

const studies = new Map<string, { study: Study; draws: ClosedForm[] }>();

/** The study of a seed and its draws of `count` points each, of the seeds from `first` on; made once. */
export function overTrainingStudy(
  seed: number,
  { count, first, draws }: { count: number; first: number; draws: number },
): { study: Study; draws: ClosedForm[] } {
  const key = JSON.stringify([seed, count, first, draws]);
  let known = studies.get(key);
  if (known === undefined) {
    const study = new Study(seed);
    known = {
      study,
      draws: Array.from({ length: draws }, (_, d) => new ClosedForm(study, first + d, count)),
    };
    // What was looked at before is not kept for ever.
    if (studies.size >= 4) studies.clear();
    studies.set(key, known);
  }
  return known;
}
