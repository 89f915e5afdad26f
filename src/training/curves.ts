/**
 * The measurements of a training so far: grows with every evaluation, by entries read back from a GPU or computed by
 * the reference. The same object serves progress, result and checkpoint.
 */

import { NonFiniteError } from "../errors.ts";
import { FINITE, METRICS_PER_RUN } from "../kernels/population.ts";
import type { Population } from "../population/config.ts";
import type { Curves, RunCurves } from "./training.ts";

/** One run's part of one evaluation. */
export interface RunMetrics {
  /** Undefined for regression. */
  readonly error: number | undefined;
  readonly loss: number;
  readonly trainingLoss: number;
}

export class CurveRecorder {
  curves: { readonly step: number[]; readonly runs: RunCurves[] };
  /** Latest probabilities at the probe points, `[R, M, C]`. */
  probabilities: Float32Array;
  private readonly failureOf = new Map<number, NonFiniteError>();

  constructor(private readonly population: Population) {
    const { runs, probePoints, data, model } = population;
    this.curves = { step: [], runs: runs.map(() => ({ error: [], loss: [], trainingLoss: [] })) };
    const outputs = model.sizes[model.sizes.length - 1];
    this.probabilities = new Float32Array(runs.length * (probePoints.length / data.dimensions) * outputs);
  }

  /** Runs that have diverged, in the order of the runs. */
  get failures(): NonFiniteError[] {
    return [...this.failureOf.values()].sort((a, b) => a.run - b.run);
  }

  failure(run: number): NonFiniteError | undefined {
    return this.failureOf.get(run);
  }

  /** Notes that a run diverged at a step; `FINITE` means that it did not. */
  noteFailure(run: number, step: number): void {
    if (step !== FINITE && !this.failureOf.has(run)) this.failureOf.set(run, new NonFiniteError(run, step));
  }

  /** Adds the evaluation after `step` steps. */
  add(step: number, metrics: readonly RunMetrics[]): void {
    this.curves.step.push(step);
    metrics.forEach(({ error, loss, trainingLoss }, r) => {
      const run = this.curves.runs[r];
      if (error !== undefined) run.error.push(error);
      run.loss.push(loss);
      run.trainingLoss.push(trainingLoss);
    });
  }

  /** Adds an evaluation as the kernels wrote it: see `shaders/parts/metrics.wgsl`. */
  addEntry(step: number, words: Uint32Array): void {
    const { runs, evaluationData, evaluationLabels } = this.population;
    const reals = new Float32Array(words.buffer, words.byteOffset, words.length);
    const metrics = runs.map((_, r) => {
      const at = r * METRICS_PER_RUN;
      this.noteFailure(r, words[at + 3]);
      return {
        error: evaluationLabels === undefined ? undefined : words[at] / evaluationData.size,
        loss: reals[at + 1],
        trainingLoss: reals[at + 2],
      };
    });
    this.add(step, metrics);
    this.probabilities.set(reals.subarray(runs.length * METRICS_PER_RUN));
  }

  /** An independent recorder with the same measurements. */
  clone(): CurveRecorder {
    const clone = new CurveRecorder(this.population);
    clone.restore(this.copy(), this.probabilities, this.failures);
    return clone;
  }

  /** Takes over measurements made elsewhere; its own are forgotten. */
  restore(curves: Curves, probabilities: Float32Array, failures: readonly NonFiniteError[]): void {
    this.curves = { step: curves.step, runs: [...curves.runs] };
    this.probabilities = probabilities.slice();
    this.failureOf.clear();
    for (const failure of failures) this.failureOf.set(failure.run, failure);
  }

  /** A copy that later evaluations do not change. */
  copy(): Curves {
    return {
      step: [...this.curves.step],
      runs: this.curves.runs.map(({ error, loss, trainingLoss }) => ({
        error: [...error],
        loss: [...loss],
        trainingLoss: [...trainingLoss],
      })),
    };
  }
}
