/**
 * The method: which engine does what, when, and how often. For each workload every engine takes its first step, is
 * checked against float64, and is timed roughly; then all take turns, one after the other and again, so that whatever
 * else the machine does hits them alike. Nothing is left out silently: an engine that fails, is too slow or has no way
 * to do a workload stands in the result with the reason.
 *
 * Not here: the engines (`worker.ts`), what is right (`judge.ts`), showing anything.
 */

import { VERSION } from "../version.ts";
import { NO_SURVEY, surveyAdapter } from "./adapterSurvey.ts";
import { CROSSOVER_SWEEPS, measureSweep, type Sweep } from "./crossover.ts";
import type { EngineName } from "./engines/engine.ts";
import { EngineError, type EngineWorker } from "./engineWorker.ts";
import { stoppedResult, waitingEntry } from "./entries.ts";
import { estimateOf } from "./estimate/estimate.ts";
import { kernelShares } from "./estimate/kernelShares.ts";
import { limited, Skipped } from "./limit.ts";
import type { Turn } from "./protocol.ts";
import {
  BENCH_FORMAT,
  type BenchEntry,
  type BenchResult,
  type BenchSettings,
  type Crossover,
  type Environment,
  type WorkloadResult,
} from "./result.ts";
import { sizeTurn, summary } from "./turns.ts";
import { WORKLOADS, type Workload, type WorkloadName } from "./workload.ts";

export interface ComparisonRequest {
  readonly workloads: readonly WorkloadName[];
  readonly engines: readonly EngineName[];
  readonly settings: BenchSettings;
  /** Whether to look for the size at which the GPU overtakes plain loops. */
  readonly crossovers: boolean;
}

/** What is going on, and all that is known so far. */
export interface BenchProgress {
  /** For a status line. */
  readonly doing: string;
  /** 0 to 1. */
  readonly fraction: number;
  readonly result: BenchResult;
}

export interface ComparisonOptions {
  readonly spawn: () => EngineWorker;
  readonly onProgress: (progress: BenchProgress) => void;
  readonly signal?: AbortSignal;
  readonly environment: Environment;
}

export const DEFAULT_SETTINGS: BenchSettings = {
  repeats: 15,
  turnMilliseconds: 200,
  stepLimitSeconds: 60,
  budgetSeconds: 10,
};

/** Every dispatch takes a pair of timestamps, of which there are not endlessly many. */
const TIMED_DISPATCHES = 1000;
/** A first step below this says little about the next; another one is taken before turns are sized. */
const ROUGH_MILLISECONDS = 5000;

/**
 * The whole comparison. An abort ends it with the signal's reason, and whatever else ends it with that; all that was measured
 * has been reported as progress.
 */
export async function compare(request: ComparisonRequest, options: ComparisonOptions): Promise<BenchResult> {
  return new Comparison(request, options).run();
}

/** An engine that takes part in a workload. */
interface Contestant {
  readonly engine: EngineName;
  readonly worker: EngineWorker;
  readonly stepsPerTurn: number;
  readonly turns: Turn[];
}

class Comparison {
  private survey = NO_SURVEY;
  private readonly workloads: WorkloadResult[];
  private readonly crossovers: Crossover[] = [];
  private readonly workers = new Set<EngineWorker>();
  private done = 0;

  constructor(
    private readonly request: ComparisonRequest,
    private readonly options: ComparisonOptions,
  ) {
    this.workloads = request.workloads.map((name) => {
      const estimate = estimateOf(WORKLOADS[name].workload);
      return {
        name,
        entries: request.engines.map((engine) => waitingEntry(engine)),
        ...(estimate && { estimate }),
      };
    });
  }

  async run(): Promise<BenchResult> {
    const { signal } = this.options;
    const stop = () => {
      for (const worker of this.workers) worker.terminate();
    };
    signal?.addEventListener("abort", stop);
    try {
      signal?.throwIfAborted();
      await this.surveyAdapter();
      for (const [w, name] of this.request.workloads.entries()) await this.runWorkload(w, name);
      if (this.request.crossovers) for (const sweep of CROSSOVER_SWEEPS) await this.runSweep(sweep);
      this.report("Done", 0);
      return this.result();
    } catch (error) {
      // Told once more, since something may have been measured after the last news.
      const fraction = this.done / this.parts();
      this.options.onProgress({ doing: "Stopped", fraction, result: stoppedResult(this.result()) });
      // Stopping the workers makes whatever was under way fail; the abort is the reason.
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener("abort", stop);
      stop();
    }
  }

  private result(): BenchResult {
    const { settings } = this.request;
    const { survey, workloads, crossovers } = this;
    return {
      format: BENCH_FORMAT,
      library: VERSION,
      adapter: survey.adapter,
      environment: this.options.environment,
      settings,
      ceilings: survey.ceilings,
      unmeasured: survey.unmeasured,
      workloads: workloads.map((workload) => ({ ...workload })),
      crossovers: [...crossovers],
    };
  }

  /** Reports, unless it is time to stop; `share` is how much of the present part is done. */
  private report(doing: string, share: number): void {
    this.options.signal?.throwIfAborted();
    const fraction = Math.min((this.done + share) / this.parts(), 1);
    this.options.onProgress({ doing, fraction, result: this.result() });
  }

  /** The adapter, the workloads, the crossovers. */
  private parts(): number {
    const { workloads, crossovers } = this.request;
    return 1 + workloads.length + (crossovers ? CROSSOVER_SWEEPS.length : 0);
  }

  private spawn(): EngineWorker {
    const worker = this.options.spawn();
    this.workers.add(worker);
    return worker;
  }

  private end(worker: EngineWorker): void {
    worker.terminate();
    this.workers.delete(worker);
  }

  private async surveyAdapter(): Promise<void> {
    const { signal } = this.options;
    this.survey = await surveyAdapter({
      spawn: () => this.spawn(),
      end: (worker) => this.end(worker),
      limitSeconds: this.request.settings.stepLimitSeconds,
      signal,
      report: (doing, share, soFar) => {
        this.survey = soFar;
        this.report(doing, share);
      },
    });
    signal?.throwIfAborted();
    for (const [w, workload] of this.workloads.entries()) {
      const estimate = estimateOf(WORKLOADS[workload.name].workload, this.survey.ceilings);
      this.workloads[w] = { ...workload, ...(estimate && { estimate }) };
    }
    this.done++;
  }

  private async runWorkload(w: number, name: WorkloadName): Promise<void> {
    const { workload } = WORKLOADS[name];
    const { engines, settings } = this.request;
    const judge = this.spawn();
    const contestants: Contestant[] = [];
    for (const [e, engine] of engines.entries()) {
      this.report(`${name}: ${engine} takes its first step`, (0.5 * e) / engines.length);
      this.update(w, engine, { status: "running" });
      const contestant = await this.admit(w, engine, workload, judge);
      if (contestant !== undefined) contestants.push(contestant);
    }
    this.end(judge);
    for (let repeat = 0; repeat < settings.repeats; repeat++) {
      for (const contestant of [...contestants]) {
        const { engine, turns, stepsPerTurn, worker } = contestant;
        const spent = turns.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
        if (turns.length > 0 && spent > 1000 * settings.budgetSeconds) continue;
        this.report(
          `${name}: ${engine}, turn ${repeat + 1} of ${settings.repeats}`,
          0.5 + (0.5 * repeat) / settings.repeats,
        );
        try {
          turns.push(await this.limited(worker, worker.call("run", stepsPerTurn)));
          this.update(w, engine, { status: "measured", ...summary(turns, stepsPerTurn) });
        } catch (error) {
          // A device may be lost to anything on the machine; the turns before it were taken, and its parameters are right.
          const stands = error instanceof EngineError && error.deviceLost && turns.length > 0;
          if (stands) this.update(w, engine, { reason: error.message });
          else this.fail(w, engine, error);
          contestants.splice(contestants.indexOf(contestant), 1);
          this.end(worker);
        }
      }
    }
    const ours = contestants.find(({ engine }) => engine === "mixup-webgpu");
    if (ours !== undefined) await this.timeKernels(w, ours);
    for (const { worker } of contestants) this.end(worker);
    this.done++;
  }

  /** First step, check, rough time. Undefined if the engine takes no part; the result then says why. */
  private async admit(
    w: number,
    engine: EngineName,
    workload: Workload,
    judge: EngineWorker,
  ): Promise<Contestant | undefined> {
    const worker = this.spawn();
    const { stepLimitSeconds, turnMilliseconds } = this.request.settings;
    try {
      await this.limited(worker, worker.call("open", engine));
      const { multiple, probes } = await this.limited(worker, worker.call("start", workload));
      if (probes) {
        const { share, milliseconds } = await this.limited(worker, worker.call("probe"));
        const seconds = milliseconds / share / 1000;
        if (seconds > stepLimitSeconds) {
          const part = `${(100 * share).toFixed(0)} % of a step took ${(milliseconds / 1000).toFixed(1)} s`;
          throw new Skipped(`over ${stepLimitSeconds} s: ${part}`);
        }
      }
      const first = await this.limited(worker, worker.call("run", multiple));
      this.update(w, engine, { firstStepMilliseconds: first.milliseconds });
      const checkSteps = workload.kind === "training" ? workload.checkSteps : 1;
      let rough = first.milliseconds / multiple;
      if (checkSteps > multiple) {
        const rest = checkSteps - multiple;
        rough = (await this.limited(worker, worker.call("run", rest))).milliseconds / rest;
      }
      const output = await worker.call("output");
      const { loss, expected, correct } = await judge.call("judge", workload, output);
      this.update(w, engine, { loss, expectedLoss: expected, correct });
      if (checkSteps === multiple && rough < ROUGH_MILLISECONDS) {
        rough = (await this.limited(worker, worker.call("run", multiple))).milliseconds / multiple;
      }
      const stepsPerTurn = await sizeTurn(rough, multiple, turnMilliseconds, (steps) =>
        this.limited(worker, worker.call("run", steps)),
      );
      return { engine, worker, stepsPerTurn, turns: [] };
    } catch (error) {
      this.fail(w, engine, error);
      this.end(worker);
      return undefined;
    }
  }

  private limited<T>(worker: EngineWorker, reply: Promise<T>): Promise<T> {
    return limited(worker, this.request.settings.stepLimitSeconds, reply);
  }

  private fail(w: number, engine: EngineName, error: unknown): void {
    this.options.signal?.throwIfAborted();
    // What it had measured before is no measurement of a workload that it can't do.
    const nothing = { millisecondsPerStep: null, dispatchesPerStep: null, submitsPerStep: null };
    if (error instanceof Skipped) {
      this.update(w, engine, { ...nothing, status: "skipped", reason: error.message });
    } else if (error instanceof EngineError) {
      const status = error.notOffered ? "not offered" : "failed";
      this.update(w, engine, { ...nothing, status, reason: error.message });
    } else throw error;
  }

  private update(w: number, engine: EngineName, news: Partial<BenchEntry>): void {
    const { entries, ...rest } = this.workloads[w];
    this.workloads[w] = {
      ...rest,
      entries: entries.map((entry) => (entry.engine === engine ? { ...entry, ...news } : entry)),
    };
  }

  private async timeKernels(w: number, { worker, stepsPerTurn, turns }: Contestant): Promise<void> {
    const { ceilings } = this.survey;
    if (ceilings.multiplyAddsPerSecond === null || ceilings.copyBytesPerSecond === null || turns.length === 0)
      return;
    const dispatchesPerStep = turns[0].dispatches / stepsPerTurn;
    const most = Math.floor(TIMED_DISPATCHES / Math.max(dispatchesPerStep, 1e-9) / 2) * 2;
    const steps = Math.min(stepsPerTurn, most);
    if (steps === 0) return;
    const times = await worker.call("kernels", steps).catch((error) => {
      // The engine itself has been measured; only this extra is missing.
      if (!(error instanceof EngineError)) throw error;
      return [];
    });
    const kernels = kernelShares(times, ceilings);
    if (kernels.length > 0) this.workloads[w] = { ...this.workloads[w], kernels };
  }

  private async runSweep(sweep: Sweep): Promise<void> {
    const [gpu, cpu] = [this.spawn(), this.spawn()];
    const { turnMilliseconds } = this.request.settings;
    const at = this.crossovers.length;
    const keep = (crossover: Crossover) => {
      if (crossover.sizes.length > 0) this.crossovers[at] = crossover;
    };
    const crossover = await measureSweep(sweep, gpu, cpu, turnMilliseconds, (size, share, soFar) => {
      // A size whose worker was stopped has no times, which is not for want of them.
      this.options.signal?.throwIfAborted();
      keep(soFar);
      this.report(`Crossover: ${size} ${sweep.varied}`, share);
    });
    this.options.signal?.throwIfAborted();
    if (crossover !== undefined) keep(crossover);
    this.end(gpu);
    this.end(cpu);
    this.done++;
  }
}
