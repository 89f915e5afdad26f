/** From trainings to what is kept of them: records of runs, and the runs of a law together. */

import { finiteOrNull, spread } from "../../numeric/spread.ts";
import type { TrainConfig, TrainingResult } from "../../training/training.ts";
import type { Trainer } from "../trainer.ts";
import type { ImageCurve, ImageGroup, ImageRun } from "./results.ts";
import type { Setting } from "./settings.ts";

/** At most this error counts as solved. */
const SOLVED = 0.01;

/** Share of the test images that each run's net misclassifies in the end. */
export async function testErrors(
  trainer: Trainer,
  { model, test }: Setting,
  { runs }: TrainingResult,
  signal?: AbortSignal,
): Promise<number[]> {
  const parameters = runs.map((run) => run.parameters);
  const scores = await trainer.predict(
    { model, parameters, points: test.points, loss: "squared-error" },
    { signal },
  );
  const classes = test.targetSize;
  return runs.map((_, r) => {
    let wrong = 0;
    for (let n = 0; n < test.size; n++) {
      const row = scores.subarray((r * test.size + n) * classes, (r * test.size + n + 1) * classes);
      if (row.indexOf(Math.max(...row)) !== test.labels![n]) wrong++;
    }
    return wrong / test.size;
  });
}

/** What is kept of each run; `testErrors` are theirs. */
export function recordsOf(
  { runs: described }: TrainConfig,
  { curves, runs }: TrainingResult,
  testErrors: readonly number[],
): ImageRun[] {
  const fill = (values: readonly number[]) => curves.step.map((_, i) => finiteOrNull(values[i]));
  return runs.map(({ failure }, r) => ({
    seed: described[r].seed,
    errorCurve: fill(curves.runs[r].error),
    lossCurve: fill(curves.runs[r].loss),
    trainingLossCurve: fill(curves.runs[r].trainingLoss),
    testError: finiteOrNull(testErrors[r]),
    failure: failure ? { step: failure.step, message: failure.message } : null,
  }));
}

/** The runs of one law, an entry per evaluation, each after so many epochs. */
export function groupOf(
  { name, images }: Setting,
  alpha: number | null,
  epochs: readonly number[],
  runs: readonly ImageRun[],
): ImageGroup {
  return {
    setting: name,
    ...(images && { images }),
    alpha,
    seeds: runs.length,
    epochs: [...epochs],
    error: curveOf(runs.map(({ errorCurve }) => errorCurve)),
    loss: curveOf(runs.map(({ lossCurve }) => lossCurve)),
    trainingLoss: curveOf(runs.map(({ trainingLossCurve }) => trainingLossCurve)),
    testError: spread(runs.map(({ testError }) => testError)),
    solvedAt: runs.map(({ errorCurve }) => {
      const at = errorCurve.findIndex((error) => error !== null && error <= SOLVED);
      return at < 0 ? null : epochs[at];
    }),
    runs: [...runs],
  };
}

/** Mean and sample standard deviation at each evaluation. */
export function curveOf(curves: readonly (number | null)[][]): ImageCurve {
  const n = curves.length;
  const all = curves[0].map((_, i) => spread(curves.map((curve) => curve[i])));
  // `spread` divides by n; the tables these are compared with by n - 1.
  const sample = (std: number | null) => (std === null || n < 2 ? std : std * Math.sqrt(n / (n - 1)));
  return { mean: all.map(({ mean }) => mean), std: all.map(({ std }) => sample(std)) };
}
