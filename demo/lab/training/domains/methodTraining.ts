/**
 * A method trained: a loop over a population of the library that stops where something is due, measures, and goes on. A checkpoint is
 * the population's snapshot with what was measured.
 *
 * Not here: what is due, which each method says in a plan (`tailTraining.ts`, `domainTraining.ts`, `mergingTraining.ts`), pausing and frames (`trainer.ts`).
 */

import {
  type Device,
  decodeSafetensors,
  openPopulation,
  type PopulationHandle,
  type RunConfig,
  type RunFailure,
  range,
  reopenPopulation,
} from "../../../../src/index.ts";
import { encodeSealed } from "../../../../src/model/digest.ts";
import type { Experiment } from "../experiment.ts";
import type { Measure } from "../measured/quantities.ts";
import { ProgressNews } from "../progressNews.ts";
import type { LabProgress, LabResult, LabTraining, LabTrainOptions } from "../training.ts";

/** Steps between looks at whether it is to stop. */
const STRETCH = 20;

/** What is measured of a run at one step. */
export type Measures = Readonly<Partial<Record<Measure, number>>>;

export interface MethodPlan {
  /** Runs of the population that is opened first. */
  readonly runs: readonly RunConfig[];
  /** Where a checkpoint keeps what was measured. */
  readonly metadata: string;
  readonly measures: readonly Measure[];
  /** Steps at which something is due, rising. */
  readonly stops: readonly number[];
  /** Measures at a stop the runs that are shown, or those of the population, `[R]`: run r modulo R is shown as r. */
  measure(handle: PopulationHandle): Promise<readonly Measures[]>;
  /** Changes the population, once it has been measured. What has been done is not done again. */
  settle?(handle: PopulationHandle): Promise<void>;
  /** Runs that are shown of a run of a population of a size; by default those that are it modulo the size. */
  shownRuns?(run: number, size: number): readonly number[];
}

/** Measures of the shown runs, an entry per evaluation; NaN for a run that has diverged. */
export interface Curves {
  readonly step: number[];
  readonly runs: Partial<Record<Measure, number[]>>[];
}

export class MethodTraining implements LabTraining {
  readonly result: Promise<LabResult>;
  private readonly handle: PopulationHandle;
  private readonly curves: Curves;
  private readonly abort = new AbortController();
  private failures: readonly RunFailure[] = [];
  private last: Uint8Array | undefined;
  private readonly news = new ProgressNews();
  private runSteps = 0;

  constructor(
    device: Device,
    private readonly experiment: Experiment,
    private readonly plan: MethodPlan,
    checkpoint: Uint8Array | undefined,
    private readonly options: LabTrainOptions,
  ) {
    const { data, model, optimizer, batch, runs } = experiment.train;
    const { metadata, measures } = plan;
    if (checkpoint === undefined) {
      this.handle = openPopulation(device, { data, model, optimizer, batch, runs: plan.runs });
      this.curves = emptyCurves(measures, runs.length);
    } else {
      this.handle = reopenPopulation(device, checkpoint);
      this.curves = readCurves(decodeSafetensors(checkpoint).metadata[metadata], measures, runs.length);
    }
    this.result = this.run().finally(() => {
      this.handle.destroy();
      this.news.end();
    });
    this.result.catch(() => {});
  }

  stop(): void {
    this.abort.abort();
  }

  async checkpoint(): Promise<Uint8Array> {
    return this.last ?? this.encode(await this.handle.snapshot());
  }

  [Symbol.asyncIterator](): AsyncGenerator<LabProgress> {
    return this.news.each(() => this.progress(), this.result);
  }

  private async run(): Promise<LabResult> {
    const { handle, plan } = this;
    const until = Math.min(this.options.stopAfter ?? Number.POSITIVE_INFINITY, this.experiment.steps);
    while (true) {
      if (plan.stops.includes(handle.step) && this.curves.step.at(-1) !== handle.step) await this.measure();
      await plan.settle?.(handle);
      this.news.tell();
      if (this.abort.signal.aborted || handle.step >= until) break;
      const { step } = handle;
      const next = plan.stops.find((stop) => stop > step) ?? until;
      const stretch = await handle.train(Math.min(next, until, step + STRETCH) - step, {
        signal: this.abort.signal,
      });
      this.runSteps += (stretch.step - step) * handle.size;
      this.failures = stretch.failures.flatMap(({ run, ...failure }) =>
        this.shownRuns(run).map((shown) => ({ ...failure, run: shown })),
      );
    }
    const parameters = await handle.parameters();
    this.last = this.encode(await handle.snapshot());
    return {
      step: handle.step,
      curves: this.progress().curves,
      runs: range(this.curves.runs.length).map((r) => {
        const failure = this.failures.find(({ run }) => run === r);
        return {
          parameters: parameters[r % parameters.length],
          probabilities: new Float32Array(0),
          ...(failure && { failure }),
        };
      }),
    };
  }

  private async measure(): Promise<void> {
    const { handle, curves, plan } = this;
    const all = await plan.measure(handle);
    curves.step.push(handle.step);
    curves.runs.forEach((run, r) => {
      const own = all[r % all.length];
      for (const name of plan.measures) run[name]!.push(own[name] ?? Number.NaN);
    });
  }

  /** Runs that are shown of a run of the population: before a fork each stands for several. */
  private shownRuns(run: number): readonly number[] {
    const { size } = this.handle;
    if (this.plan.shownRuns !== undefined) return this.plan.shownRuns(run, size);
    return range(this.curves.runs.length).filter((shown) => shown % size === run);
  }

  private progress(): LabProgress {
    const { handle, curves, failures, runSteps } = this;
    const runs = curves.runs.map((run) => ({ error: [], loss: [], trainingLoss: [], ...run }));
    return {
      step: handle.step,
      curves: { step: [...curves.step], runs },
      probabilities: new Float32Array(0),
      failures,
      runSteps,
    };
  }

  private encode(snapshot: Uint8Array): Uint8Array {
    const { tensors, metadata } = decodeSafetensors(snapshot);
    return encodeSealed(tensors, { ...metadata, [this.plan.metadata]: JSON.stringify(this.curves) });
  }
}

export function emptyCurves(measures: readonly Measure[], runs: number): Curves {
  return { step: [], runs: range(runs).map(() => Object.fromEntries(measures.map((name) => [name, []]))) };
}

/** What a checkpoint has of the curves: nothing where it is of something else. */
export function readCurves(text: string | undefined, measures: readonly Measure[], runs: number): Curves {
  const empty = emptyCurves(measures, runs);
  let read: Partial<Curves> | null;
  try {
    read = JSON.parse(text ?? "null");
  } catch {
    return empty;
  }
  const { step, runs: own } = read ?? {};
  const isList = (list: unknown, length: number) => Array.isArray(list) && list.length === length;
  const fits =
    Array.isArray(step) &&
    isList(own, runs) &&
    own!.every((run) => measures.every((name) => isList(run?.[name], step.length)));
  if (!fits) return empty;
  return {
    step: step!.map(Number),
    runs: own!.map((run) =>
      // JSON writes NaN as null.
      Object.fromEntries(measures.map((name) => [name, run[name]!.map((value) => value ?? Number.NaN)])),
    ),
  };
}
