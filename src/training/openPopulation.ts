/**
 * A population as a handle: trained stretch by stretch, looked at, forked, averaged and changed in between. What methods decide
 * rarely they decide here, in TypeScript; what happens at every step is in the runs' descriptions.
 *
 * Every change goes by a snapshot and a new description, so that a run's bits depend on what it was told and when, and not on its
 * neighbours, forks included. `train()` (`train.ts`) is the other loop over a population.
 */

import { type Bytes, checkInteger, checkOptions, checkSignal, checkWord } from "../check.ts";
import { checkDataset, type Dataset } from "../data/dataset.ts";
import { ConfigError } from "../errors.ts";
import { checkDevice, type Device, type OpenedDevice } from "../gpu/device.ts";
import { checkVariants, variantsOn } from "../kernels/variants.ts";
import { type NamedTensors, nameParameters } from "../model/layout.ts";
import { traceModel } from "../model/trace.ts";
import { policyOf } from "../population/bandits.ts";
import { resolvePopulation } from "../population/config.ts";
import { checkModelFits } from "../population/fits.ts";
import { runAt } from "../population/phases.ts";
import type { Population, PopulationConfig, Run } from "../population/population.ts";
import { createBackend } from "./backend.ts";
import { averaged, changed, forked, type NextPopulation, type RunChange } from "./changes.ts";
import { decodeCheckpoint, encodeCheckpoint } from "./checkpoint.ts";
import { CurveRecorder } from "./curves.ts";
import type { Resumed, Snapshot } from "./engine.ts";
import { type Evaluation, type EvaluationOptions, evaluateRuns } from "./evaluation.ts";
import { EXECUTORS, forcedBy } from "./executors.ts";
import { LivePopulation } from "./livePopulation.ts";
import { PACES } from "./pace.ts";
import type { RunFailure, TrainConfig } from "./training.ts";
import { Turns } from "./turns.ts";

/** What a handle is opened with: a population without an end, and how to execute it. Evaluations are asked for. */
export interface OpenConfig
  extends Omit<PopulationConfig, "steps" | "evaluateEvery" | "evaluationData" | "probePoints">,
    Pick<TrainConfig, "executor" | "variants"> {}

/** How far a stretch has come. */
export interface Stretch {
  /** Steps done in all. */
  readonly step: number;
  /** Runs that have diverged so far; they stay as they are, and what is asked of them says so. */
  readonly failures: readonly RunFailure[];
}

/** A population between two stretches of training. Calls wait for each other, in the order in which they were made. */
export interface PopulationHandle {
  /** Number of runs, R. */
  readonly size: number;
  /** Steps done. */
  readonly step: number;
  /** The runs as they are described now. */
  readonly runs: readonly Run[];
  /**
   * Trains all runs `steps` steps further; ends early, at the end of a submit, when the signal says so.
   * @throws ConfigError for what is no number of steps; DeviceLostError and others that concern all runs.
   */
  train(steps: number, options?: { signal?: AbortSignal }): Promise<Stretch>;
  /**
   * Un-reduced losses on unmixed points, of each run `[n]`: those of its own training points, or of `data`, or of some points of it.
   * NaN for runs that have diverged.
   */
  losses(data?: Dataset, options?: EvaluationOptions): Promise<Float64Array[]>;
  /** Mean loss, error and logits of each run on unmixed points, as {@link losses}. */
  evaluate(data?: Dataset, options?: EvaluationOptions): Promise<Evaluation[]>;
  /** Of each run with a bandit the policy `[K]` by which the next step draws its domain; undefined for others. */
  policies(): Promise<(number[] | undefined)[]>;
  /** Parameters and state of each run, as they are now. */
  parameters(): Promise<NamedTensors[]>;
  /**
   * Goes on with copies of runs: `fork([0, 0, 1])` are three runs, with all that belongs to their sources: description, parameters,
   * moments. Copies draw what their own descriptions say: the same, until they are {@link set} apart.
   * @throws ConfigError for a run that is not there.
   */
  fork(sources: readonly number[]): Promise<void>;
  /**
   * Goes on with weighted means of runs' parameters, a run a group; weights are divided by their sum, and equal by default.
   * Each goes on as its group's first run is described, its optimizer with empty moments.
   * @throws ConfigError for groups of runs that are not there or have diverged, weights that sum to 0, nets with running statistics.
   */
  average(groups: readonly (readonly number[])[], weights?: readonly (readonly number[])[]): Promise<void>;
  /**
   * Changes a run, or several alike or each in its way. All or nothing: what is refused leaves everything as it was. An optimizer
   * begins with empty moments, and its schedule with it; a learning rate alone does not.
   * @throws ConfigError for changes that make no run, or runs that can't train together.
   */
  set(runs: number | readonly number[], change: RunChange | ((run: number) => RunChange)): Promise<void>;
  /** The whole state as safetensors, with which {@link reopenPopulation} goes on, bit for bit. */
  snapshot(): Promise<Uint8Array>;
  /** Frees everything. Idempotent; calls that wait are refused with a DestroyedError. */
  destroy(): void;
}

const OPEN_KEYS = [
  "data",
  "model",
  "loss",
  "optimizer",
  "batch",
  "lastBatch",
  "augmentation",
  "runs",
] as const;

/** Most steps of a handle: as many as counters and words count. */
function mostSteps(batch: number | "full" | undefined): number {
  const counted = typeof batch === "number" && batch >= 1 ? Math.floor((2 ** 32 - 1) / batch) : 0x7fffffff;
  return Math.min(counted, 0x7fffffff);
}

/**
 * Opens a population. Nothing is trained, and nothing allocated, before it is asked for.
 * @throws ConfigError for a description that can't be run, LimitError for one that does not fit the device.
 */
export function openPopulation(device: Device, config: OpenConfig): PopulationHandle {
  const own = checkDevice(device);
  checkOptions("", config, [...OPEN_KEYS, "executor", "variants"]);
  const { executor = "auto", variants = {}, ...described } = config;
  const steps = mostSteps(config.batch);
  return new Handle(own, resolvePopulation({ ...described, steps }), { executor, variants });
}

/**
 * Goes on with a snapshot of a handle, or a checkpoint of a training; evaluations that a training had are not made any more.
 * @throws ConfigError for bytes that are none, LimitError if it does not fit the device.
 */
export function reopenPopulation(device: Device, snapshot: Bytes): PopulationHandle {
  const own = checkDevice(device);
  const { population, executor, variants, snapshot: state, recorder } = decodeCheckpoint(snapshot);
  const steps = mostSteps(population.batch);
  const open = { ...population, steps, evaluateEvery: steps, probePoints: new Float32Array(0) };
  const fresh = new CurveRecorder(open);
  for (const { run, step } of recorder.failures) fresh.noteFailure(run, step);
  return new Handle(
    own,
    open,
    { executor: forcedBy(executor), variants: variantsOn(own, variants) },
    { snapshot: state, recorder: fresh },
  );
}

/** The CPU or GPU of a handle does so many milliseconds' work at a time. */
const BUDGET = PACES.throughput;

class Handle implements PopulationHandle {
  private readonly turns: Turns;
  private live: LivePopulation;

  constructor(
    private readonly device: OpenedDevice,
    population: Population,
    private readonly execution: Required<Pick<TrainConfig, "executor" | "variants">>,
    kept?: Resumed,
  ) {
    checkWord("executor", execution.executor, EXECUTORS, "executor");
    checkVariants(execution.variants);
    this.turns = new Turns(device, "population", true);
    this.live = this.livePopulation(population, kept);
  }

  get size(): number {
    return this.live.population.runs.length;
  }

  get step(): number {
    return this.live.step;
  }

  get runs(): readonly Run[] {
    return this.live.population.runs.map((run) => runAt(run, this.step));
  }

  async train(steps: number, options: { signal?: AbortSignal } = {}): Promise<Stretch> {
    this.turns.check();
    checkInteger("steps", steps, 1, 0x7fffffff, "a number of steps");
    checkOptions("options", options, ["signal"]);
    const { signal } = options;
    checkSignal("options.signal", signal);
    return this.turns.take(async () => {
      const { live } = this;
      const until = live.step + steps;
      if (until > live.population.steps)
        throw new ConfigError("steps", `${until} in all: at most ${live.population.steps} are possible.`);
      while (live.step < until && !signal?.aborted) {
        await live.advance(until);
        this.turns.check();
        if (live.isDue) await live.keep();
      }
      // Stopped: the submit under way is done first, so that the step told is the step there is.
      if (live.step < until) await live.keep();
      return { step: live.step, failures: live.recorder.failures };
    });
  }

  async losses(data?: Dataset, options: EvaluationOptions = {}): Promise<Float64Array[]> {
    return (await this.evaluate(data, options)).map(({ losses }) => losses);
  }

  async evaluate(data?: Dataset, options: EvaluationOptions = {}): Promise<Evaluation[]> {
    this.turns.check();
    const { model, loss } = this.live.population;
    if (data !== undefined) {
      checkDataset("data", data);
      checkModelFits(model, loss, data, "data");
    }
    return this.turns.take(async () => {
      const nets = await this.now((live) => live.nets());
      const { population, step, recorder } = this.live;
      return evaluateRuns(this.device, population, nets, step, recorder, data, options);
    });
  }

  parameters(): Promise<NamedTensors[]> {
    return this.turns.take(async () => {
      const { parameters, state } = await this.now((live) => live.nets());
      const { model } = this.live.population;
      const trace = traceModel(model);
      const row = (all: Float32Array | Float64Array, size: number, r: number) =>
        all.subarray(r * size, (r + 1) * size);
      return this.live.population.runs.map((_, r) =>
        nameParameters(model, row(parameters, trace.parameters.size, r), row(state, trace.state.size, r)),
      );
    });
  }

  policies(): Promise<(number[] | undefined)[]> {
    return this.turns.take(async () => {
      const { bandits } = await this.kept();
      const { population } = this.live;
      return population.runs.map((_, r) => policyOf(bandits, r, population));
    });
  }

  fork(sources: readonly number[]): Promise<void> {
    return this.replace((population, snapshot) => forked(population, snapshot, sources));
  }

  average(groups: readonly (readonly number[])[], weights?: readonly (readonly number[])[]): Promise<void> {
    return this.replace((population, snapshot) => averaged(population, snapshot, groups, weights));
  }

  set(runs: number | readonly number[], change: RunChange | ((run: number) => RunChange)): Promise<void> {
    return this.replace((population, snapshot) => changed(population, snapshot, runs, change));
  }

  snapshot(): Promise<Uint8Array> {
    return this.turns.take(async () => {
      const snapshot = await this.kept();
      const { population, recorder, engine } = this.live;
      return encodeCheckpoint(population, snapshot, recorder, engine?.executor ?? "cpu", engine?.variants);
    });
  }

  destroy(): void {
    this.turns.end();
    this.live.destroy();
  }

  [Symbol.dispose](): void {
    this.destroy();
  }

  private livePopulation(population: Population, kept?: Resumed): LivePopulation {
    const { device, execution } = this;
    return new LivePopulation(
      createBackend(device, population, execution, BUDGET, true, undefined),
      population,
      kept,
    );
  }

  /** The state now. A device that is lost meanwhile has the steps since the snapshot before done again. */
  private kept(): Promise<Snapshot> {
    return this.now((live) => live.keep());
  }

  /** What is read of the population as it is now. */
  private async now<T>(read: (live: LivePopulation) => Promise<T | undefined>): Promise<T> {
    const { live } = this;
    const until = live.step;
    while (true) {
      while (live.step < until) await live.advance(until);
      const found = await read(live);
      if (found !== undefined) return found;
    }
  }

  /** Goes on with another population and state; nothing changes where that can't be. */
  private replace(next: (population: Population, snapshot: Snapshot) => NextPopulation): Promise<void> {
    return this.turns.take(async () => {
      const before = await this.kept();
      const { population, snapshot, sources } = next(this.live.population, before);
      const recorder = new CurveRecorder(population);
      sources.forEach((source, r) => {
        const failure = source === undefined ? undefined : this.live.recorder.failure(source);
        if (failure !== undefined) recorder.noteFailure(r, failure.step);
      });
      const live = this.livePopulation(population, { snapshot, recorder });
      this.live.destroy();
      this.live = live;
    });
  }
}
