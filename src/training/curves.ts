/**
 * The measurements of a training so far: grows with every evaluation, by entries read back from a GPU or computed by
 * the reference. The same object serves progress, result and checkpoint.
 */

import { NonFiniteError } from "../errors.ts";
import { FINITE, METRICS_PER_RUN } from "../kernels/population.ts";
import { traceModel } from "../model/trace.ts";
import { banditDomains } from "../population/bandits.ts";
import type { Population } from "../population/population.ts";
import type { Curves, RunCurves, RunFailure } from "./training.ts";

/** One run's part of one evaluation. */
export interface RunMetrics {
  /** Undefined for regression. */
  readonly error: number | undefined;
  readonly loss: number;
  readonly trainingLoss: number;
  /** First step that the run could not compute in finite numbers; {@link FINITE} if there is none. */
  readonly failureStep: number;
  /** Of a run with a bandit, `[K]`. */
  readonly policy?: readonly number[];
}

/** The failure of a run, in the words of the error that it would be. */
export function runFailure(run: number, step: number): RunFailure {
  return { run, step, message: new NonFiniteError(run, step).message };
}

export class CurveRecorder {
  curves: { readonly step: number[]; readonly runs: RunCurves[] };
  /** Latest probabilities at the probe points, `[R, M, C]`. */
  probabilities: Float32Array;
  private readonly failureOf = new Map<number, RunFailure>();

  constructor(private readonly population: Population) {
    const { runs, probePoints, data, model } = population;
    this.curves = {
      step: [],
      runs: runs.map(({ bandit }) => ({
        error: [],
        loss: [],
        trainingLoss: [],
        ...(bandit && { policy: [] }),
      })),
    };
    const { outputs } = traceModel(model);
    this.probabilities = new Float32Array(runs.length * (probePoints.length / data.dimensions) * outputs);
  }

  /** Runs that have diverged, in the order of the runs. */
  get failures(): RunFailure[] {
    return [...this.failureOf.values()].sort((a, b) => a.run - b.run);
  }

  failure(run: number): RunFailure | undefined {
    return this.failureOf.get(run);
  }

  /** Notes that a run diverged at a step; `FINITE` means that it did not. */
  noteFailure(run: number, step: number): void {
    if (step !== FINITE && !this.failureOf.has(run)) this.failureOf.set(run, runFailure(run, step));
  }

  /** Adds the evaluation after `step` steps. */
  add(step: number, metrics: readonly RunMetrics[]): void {
    this.curves.step.push(step);
    metrics.forEach(({ error, loss, trainingLoss, failureStep, policy }, r) => {
      this.noteFailure(r, failureStep);
      const trains = failureStep >= step;
      const run = this.curves.runs[r];
      if (error !== undefined) run.error.push(trains ? error : Number.NaN);
      run.loss.push(trains ? loss : Number.NaN);
      run.trainingLoss.push(trains ? trainingLoss : Number.NaN);
      if (policy !== undefined) run.policy?.push([...policy]);
    });
  }

  /** Takes over probabilities `[R, M, C]` of the evaluation after `step` steps. */
  addProbabilities(step: number, probabilities: ArrayLike<number>): void {
    this.probabilities.set(probabilities);
    const perRun = this.probabilities.length / this.population.runs.length;
    for (const failure of this.failureOf.values()) {
      if (failure.step < step)
        this.probabilities.fill(Number.NaN, failure.run * perRun, (failure.run + 1) * perRun);
    }
  }

  /** Adds an evaluation as the kernels wrote it: see `shaders/parts/metrics.wgsl`. */
  addEntry(step: number, words: Uint32Array): void {
    const { runs, evaluationData, evaluationLabels } = this.population;
    const reals = new Float32Array(words.buffer, words.byteOffset, words.length);
    const K = banditDomains(this.population);
    const policies = reals.length - runs.length * K;
    const metrics = runs.map((run, r) => {
      const at = r * METRICS_PER_RUN;
      return {
        error: evaluationLabels === undefined ? undefined : words[at] / evaluationData.size,
        loss: reals[at + 1],
        trainingLoss: reals[at + 2],
        failureStep: words[at + 3],
        ...(run.bandit && { policy: Array.from(reals.subarray(policies + r * K, policies + (r + 1) * K)) }),
      };
    });
    this.add(step, metrics);
    this.addProbabilities(step, reals.subarray(runs.length * METRICS_PER_RUN, policies));
  }

  /** An independent recorder with the same measurements. */
  clone(): CurveRecorder {
    const clone = new CurveRecorder(this.population);
    clone.restore(this.copy(), this.probabilities, this.failures);
    return clone;
  }

  /** Takes over measurements made elsewhere; its own are forgotten. */
  restore(curves: Curves, probabilities: Float32Array, failures: readonly RunFailure[]): void {
    this.curves = { step: curves.step, runs: [...curves.runs] };
    this.probabilities = probabilities.slice();
    this.failureOf.clear();
    for (const failure of failures) this.failureOf.set(failure.run, failure);
  }

  /** A copy that later evaluations do not change. */
  copy(): Curves {
    return {
      step: [...this.curves.step],
      runs: this.curves.runs.map(({ error, loss, trainingLoss, policy }) => ({
        error: [...error],
        loss: [...loss],
        trainingLoss: [...trainingLoss],
        ...(policy && { policy: policy.map((shares) => [...shares]) }),
      })),
    };
  }
}
