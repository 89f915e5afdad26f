/**
 * What becomes of a population that is forked, averaged or changed: another population and its snapshot. Pure, and all or nothing.
 */

import { checkInteger, checkLength, checkNumber, checkObject, checkOptions, shown } from "../check.ts";
import { ConfigError } from "../errors.ts";
import { FINITE } from "../kernels/population.ts";
import { parameterLayout } from "../model/layout.ts";
import { checkOptimizer } from "../model/optimizer.ts";
import { traceModel } from "../model/trace.ts";
import { banditBegunAt } from "../population/bandits.ts";
import { MOST_RUNS, populationOf } from "../population/config.ts";
import { describeRun } from "../population/describe.ts";
import { runAt, startedAt } from "../population/phases.ts";
import type { Population, Run, RunConfig } from "../population/population.ts";
import { resolveRun } from "../population/runs.ts";
import type { Snapshot } from "./engine.ts";
import { averageParameters, type Origin, rearranged } from "./snapshots.ts";

/** What {@link PopulationHandle.set} may change of a run; what is left out stays as it is. */
export interface RunChange extends Partial<RunConfig> {
  /** Of the optimizer, which goes on otherwise. */
  learningRate?: number;
}

/** A population that takes another one's place. */
export interface NextPopulation {
  readonly population: Population;
  readonly snapshot: Snapshot;
  /** The run before that each run goes on with; undefined for one that begins anew. */
  readonly sources: readonly (number | undefined)[];
}

const CHANGE_KEYS = [
  "seed",
  "mixing",
  "optimizer",
  "learningRate",
  "labelSmoothing",
  "selfDistillation",
  "train",
  "proportions",
  "bandit",
  "weights",
  "frozen",
  "phases",
  "parameters",
] as const;

/** Copies of runs. */
export function forked(
  population: Population,
  snapshot: Snapshot,
  sources: readonly number[],
): NextPopulation {
  checkRuns("sources", sources, population.runs.length);
  const runs = sources.map((source) => population.runs[source]);
  const next = withRuns(population, runs);
  const origins = sources.map((source) => ({ source }));
  return { population: next, snapshot: rearranged(snapshot, population, next, origins), sources };
}

/** Weighted means of runs. */
export function averaged(
  population: Population,
  snapshot: Snapshot,
  groups: readonly (readonly number[])[],
  weights?: readonly (readonly number[])[],
): NextPopulation {
  const { runs, model } = population;
  if (traceModel(model).state.size > 0) {
    throw new ConfigError(
      "groups",
      "nets with running statistics have no average: those of the mean net would have to be measured anew.",
    );
  }
  checkList("groups", groups);
  const shares = groups.map((group, g) => {
    checkRuns(`groups[${g}]`, group, runs.length);
    group.forEach((run, i) => {
      if (snapshot.nonFiniteSteps[run] !== FINITE)
        throw new ConfigError(`groups[${g}][${i}]`, `run ${run} has diverged.`);
    });
    return sharesOf(group.length, weights?.[g], `weights[${g}]`);
  });
  if (weights !== undefined && checkLength("weights", weights) !== groups.length)
    throw new ConfigError("weights", `${weights.length} lists for ${groups.length} groups.`);
  const next = withRuns(
    population,
    groups.map(([first]) => banditBegunAt(startedAt(runs[first], snapshot.step), snapshot.step)),
  );
  const origins = groups.map(([source]) => ({ source, isFresh: true, hasFreshBandit: true }));
  const state = rearranged(snapshot, population, next, origins);
  const { size } = parameterLayout(model);
  groups.forEach((group, g) => {
    state.parameters.set(averageParameters(snapshot, size, group, shares[g]), g * size);
  });
  return { population: next, snapshot: state, sources: groups.map(() => undefined) };
}

/** Runs that are described otherwise from now on. */
export function changed(
  population: Population,
  snapshot: Snapshot,
  which: number | readonly number[],
  change: RunChange | ((run: number) => RunChange),
): NextPopulation {
  const indices = typeof which === "number" ? [which] : which;
  checkRuns("runs", indices, population.runs.length);
  const runs = [...population.runs];
  const origins: Origin[] = runs.map((_, source) => ({ source }));
  const begun = new Map<number, Run>();
  indices.forEach((r, i) => {
    const path = typeof which === "number" ? "change" : `change(${r})`;
    const own = typeof change === "function" ? change(r) : change;
    if (indices.indexOf(r) !== i) throw new ConfigError(`runs[${i}]`, `run ${r} comes twice.`);
    const run = changedRun(population, runs[r], snapshot.step, own, path);
    const isFresh = own.optimizer !== undefined;
    const hasFreshBandit = own.bandit !== undefined;
    const begunRun = hasFreshBandit ? banditBegunAt(run, snapshot.step) : run;
    runs[r] = isFresh ? startedAt(begunRun, snapshot.step) : begunRun;
    origins[r] = { source: r, isFresh, hasFreshBandit };
    if (run.parameters !== undefined) begun.set(r, run);
  });
  const next = withRuns(population, runs.map(withoutParameters));
  const state = rearranged(snapshot, population, next, origins);
  const trace = traceModel(population.model);
  for (const [r, { parameters, state: netState }] of begun) {
    state.parameters.set(parameters!, r * trace.parameters.size);
    state.state.set(netState!, r * trace.state.size);
    state.nonFiniteSteps[r] = FINITE;
  }
  return {
    population: next,
    snapshot: state,
    sources: runs.map((_, r) => (begun.has(r) ? undefined : r)),
  };
}

function changedRun(
  { data, model, loss, steps, batch }: Population,
  run: Run,
  step: number,
  change: RunChange,
  path: string,
): Run {
  checkObject(path, change, "Give { mixing, learningRate, … }.");
  checkOptions(path, change, CHANGE_KEYS);
  const { learningRate, optimizer, ...others } = change;
  const pending = run.phases?.find(({ from }) => from > step);
  if (pending !== undefined && change.phases === undefined) {
    throw new ConfigError(
      `${path}.phases`,
      `a phase of the run begins at step ${pending.from}: say what becomes of it, [] for nothing.`,
    );
  }
  for (const [i, phase] of (Array.isArray(change.phases) ? change.phases : []).entries()) {
    if (typeof phase?.from === "number" && phase.from <= step)
      throw new ConfigError(`${path}.phases[${i}].from`, `${phase.from}, when ${step} steps are done.`);
  }
  const now = runAt(run, step);
  const { phases: _, ...described } = describeRun(now);
  const kept = optimizer ?? now.optimizer;
  const resolved = resolveRun(
    {
      ...described,
      ...others,
      optimizer:
        learningRate === undefined ? kept : checkOptimizer({ ...kept, learningRate }, `${path}.optimizer`),
    },
    { data, model, loss, steps, batch, optimizer: undefined },
    path,
  );
  return banditBegunAt(startedAt(resolved, now.optimizerStart ?? 0), now.banditStart ?? 0);
}

/** First parameters are the snapshot's. */
function withoutParameters(run: Run): Run {
  if (run.parameters === undefined) return run;
  const { parameters: _, state: __, ...rest } = run;
  return rest;
}

/** A population of other runs on the same data and net. */
function withRuns(population: Population, runs: readonly Run[]): Population {
  const { data, model, loss, steps, batch, lastBatch, evaluateEvery } = population;
  const { evaluationData, probePoints, augmentation } = population;
  const given = { data, model, loss, steps, batch, lastBatch, evaluateEvery, evaluationData, probePoints };
  return populationOf(given, runs, augmentation);
}

/** Weights divided by their sum. */
function sharesOf(count: number, weights: readonly number[] | undefined, path: string): number[] {
  if (weights === undefined) return new Array(count).fill(1 / count);
  if (checkLength(path, weights) !== count)
    throw new ConfigError(path, `${weights.length} weights for ${count} runs.`);
  const own = Array.from(weights, (weight, i) => checkNumber(`${path}[${i}]`, weight));
  const sum = own.reduce((total, weight) => total + weight, 0);
  if (sum === 0 || !Number.isFinite(sum))
    throw new ConfigError(path, `weights that sum to ${sum} make no mean.`);
  return own.map((weight) => weight / sum);
}

function checkList(path: string, list: unknown): asserts list is readonly unknown[] {
  if (!Array.isArray(list) || list.length === 0 || list.length > MOST_RUNS)
    throw new ConfigError(path, `${shown(list)} is not possible here. Give a list of 1 to ${MOST_RUNS}.`);
}

function checkRuns(path: string, runs: readonly number[], count: number): void {
  checkList(path, runs);
  for (let i = 0; i < runs.length; i++) checkInteger(`${path}[${i}]`, runs[i], 0, count - 1, "a run");
}
