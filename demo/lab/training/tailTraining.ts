/**
 * A long tail trained: a loop over a population of the library. The first stage trains a run for each draw; then they are forked,
 * their trunks frozen, and each classifier goes on its way, measured at some steps. A checkpoint is the population's snapshot with
 * what was measured.
 *
 * Not here: data and ways (`longTail.ts`), pausing and frames (`trainer.ts`).
 */

import { measureTail } from "../../../src/experiments/long-tail/paths.ts";
import {
  type Device,
  decodeSafetensors,
  openPopulation,
  type PopulationHandle,
  type RunFailure,
  range,
  reopenPopulation,
} from "../../../src/index.ts";
import { encodeSealed } from "../../../src/model/digest.ts";
import type { Experiment } from "./experiment.ts";
import type { LongTailMethod } from "./methods.ts";
import { TAIL_MEASURES, type TailMeasure } from "./quantities.ts";
import type { LabProgress, LabResult, LabTraining, LabTrainOptions } from "./training.ts";

/** Steps between looks at whether it is to stop. */
const STRETCH = 20;
/** Where a checkpoint keeps what was measured. */
const METADATA = "longTail";

/** Measures of the shown runs, an entry per evaluation; NaN for a run that has diverged. */
interface Curves {
  readonly step: number[];
  readonly runs: Record<TailMeasure, number[]>[];
}

export class TailTraining implements LabTraining {
  readonly result: Promise<LabResult>;
  private readonly handle: PopulationHandle;
  private readonly method: LongTailMethod;
  private readonly curves: Curves;
  private readonly abort = new AbortController();
  private failures: readonly RunFailure[] = [];
  private last: Uint8Array | undefined;
  private news = 0;
  private waiting: (() => void)[] = [];

  constructor(
    device: Device,
    private readonly experiment: Experiment,
    checkpoint: Uint8Array | undefined,
    private readonly options: LabTrainOptions,
  ) {
    this.method = experiment.longTail!;
    const { data, model, optimizer, batch, runs } = experiment.train;
    if (checkpoint === undefined) {
      const first = runs.slice(0, this.method.splits.length);
      this.handle = openPopulation(device, { data, model, optimizer, batch, runs: first });
      this.curves = { step: [], runs: runs.map(() => emptyCurves()) };
    } else {
      this.handle = reopenPopulation(device, checkpoint);
      this.curves = readCurves(decodeSafetensors(checkpoint).metadata[METADATA], runs.length);
    }
    this.result = this.run().finally(() => {
      this.handle.destroy();
      this.news = Number.POSITIVE_INFINITY;
      this.wake();
    });
    this.result.catch(() => {});
  }

  stop(): void {
    this.abort.abort();
  }

  async checkpoint(): Promise<Uint8Array> {
    return this.last ?? this.encode(await this.handle.snapshot());
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<LabProgress> {
    let seen = 0;
    while (true) {
      if (this.news > seen) {
        seen = this.news;
        if (seen === Number.POSITIVE_INFINITY) {
          await this.result;
          return;
        }
        yield this.progress();
      } else await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  private async run(): Promise<LabResult> {
    const { handle, method } = this;
    const { before, stops } = method;
    const until = Math.min(this.options.stopAfter ?? Number.POSITIVE_INFINITY, this.experiment.steps);
    while (true) {
      await this.settle();
      this.tell();
      if (this.abort.signal.aborted || handle.step >= until) break;
      const { step } = handle;
      const next = [before, ...stops.map((stop) => before + stop)].find((stop) => stop > step)!;
      const stretch = await handle.train(Math.min(next, until, step + STRETCH) - step, {
        signal: this.abort.signal,
      });
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

  /** What is due at this step: measuring, and between the stages forking. What has been done is not done again. */
  private async settle(): Promise<void> {
    const { handle, curves } = this;
    const { before, stops, changes, splits } = this.method;
    const { step } = handle;
    const isDue = step === before || stops.includes(step - before);
    if (isDue && curves.step.at(-1) !== step) await this.measure();
    if (step < before || handle.size > splits.length) return;
    await handle.fork(changes.map((_, r) => r % splits.length));
    await handle.set(range(changes.length), (r) => changes[r]);
  }

  private async measure(): Promise<void> {
    const { splits, labels } = this.method;
    const { handle, curves } = this;
    const draw = (r: number) => splits[r % splits.length];
    const evaluations = await handle.evaluate(undefined, {
      points: range(handle.size).map((r) => draw(r).splits.test),
    });
    const measures = evaluations.map((evaluation, r) => measureTail(evaluation, draw(r), labels));
    curves.step.push(handle.step);
    curves.runs.forEach((run, r) => {
      const own = measures[r % measures.length];
      for (const name of TAIL_MEASURES) run[name].push(own[name] ?? Number.NaN);
    });
  }

  /** Runs that are shown of a run of the population: before the fork each stands for several. */
  private shownRuns(run: number): number[] {
    const { size } = this.handle;
    return range(this.curves.runs.length).filter((shown) => shown % size === run);
  }

  private progress(): LabProgress {
    const { handle, curves, failures } = this;
    const runs = curves.runs.map((run) => ({ error: [], loss: [], trainingLoss: [], ...run }));
    return {
      step: handle.step,
      curves: { step: [...curves.step], runs },
      probabilities: new Float32Array(0),
      failures,
    };
  }

  private encode(snapshot: Uint8Array): Uint8Array {
    const { tensors, metadata } = decodeSafetensors(snapshot);
    return encodeSealed(tensors, { ...metadata, [METADATA]: JSON.stringify(this.curves) });
  }

  private tell(): void {
    this.news++;
    this.wake();
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

function emptyCurves(): Record<TailMeasure, number[]> {
  return { overall: [], many: [], few: [], head: [], tail: [] };
}

/** What a checkpoint has of the curves: nothing where it is of something else. */
function readCurves(text: string | undefined, runs: number): Curves {
  const empty: Curves = { step: [], runs: range(runs).map(() => emptyCurves()) };
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
    own!.every((run) => TAIL_MEASURES.every((name) => isList(run?.[name], step.length)));
  if (!fits) return empty;
  return {
    step: step!.map(Number),
    runs: own!.map((run) => {
      // JSON writes NaN as null.
      const entries = TAIL_MEASURES.map((name) => [name, run[name].map((value) => value ?? Number.NaN)]);
      return Object.fromEntries(entries) as Record<TailMeasure, number[]>;
    }),
  };
}
