/** What trained nets make of points: which they misclassify. Not here: evaluations inside a training. */

import type { Dataset } from "../data/dataset.ts";
import type { Model } from "../model/layers/layer.ts";
import type { RunResult } from "../training/training.ts";
import type { Trainer } from "./trainer.ts";

/** Which points of the data each run's net misclassifies, 1 for those `[n]`; null for runs that have diverged. */
export async function wrongPoints(
  trainer: Pick<Trainer, "predict">,
  model: Model,
  runs: readonly Pick<RunResult, "parameters" | "failure">[],
  data: Dataset,
  signal?: AbortSignal,
): Promise<(Uint8Array | null)[]> {
  const parameters = runs.map((run) => run.parameters);
  // Of squared error outputs come as they are.
  const request = { model, parameters, points: data.points, loss: "squared-error" as const };
  const scores = await trainer.predict(request, { signal });
  const { size, targetSize: classes, labels } = data;
  return runs.map(({ failure }, r) => {
    if (failure !== undefined) return null;
    return Uint8Array.from({ length: size }, (_, n) => {
      const at = (r * size + n) * classes;
      const row = scores.subarray(at, at + classes);
      return Number(row.indexOf(Math.max(...row)) !== labels![n]);
    });
  });
}

/** Share of the ones at some places, or at all. */
export function shareOf(wrong: Uint8Array | null, rows?: ArrayLike<number>): number | null {
  if (wrong === null) return null;
  const chosen = rows === undefined ? wrong : Uint8Array.from(rows, (row) => wrong[row]);
  return chosen.reduce((sum, one) => sum + one, 0) / chosen.length;
}
