/**
 * Snapshots taken apart and put together anew: some of their runs, in another order, copied, averaged. Pure.
 *
 * Not here: taking and loading them (the engines), files (`checkpoint.ts`).
 */

import { FINITE } from "../kernels/population.ts";
import { initialParameters } from "../model/initialization.ts";
import { initialState, parameterLayout, stateLayout } from "../model/layout.ts";
import { banditNumbers, firstBandit } from "../population/bandits.ts";
import {
  accumulatesGradients,
  optimizerNumbers,
  type Population,
  populationMoments,
} from "../population/population.ts";
import type { Snapshot } from "./engine.ts";

/** A population before its first step. */
export function firstSnapshot(population: Population): Snapshot {
  const { model, runs } = population;
  const P = parameterLayout(model).size;
  const Q = stateLayout(model).size;
  const R = runs.length;
  const parameters = new Float32Array(R * P);
  const state = new Float32Array(R * Q);
  const firstState = initialState(model);
  runs.forEach((run, r) => {
    parameters.set(run.parameters ?? initialParameters(model, run.seed), r * P);
    state.set(run.state ?? firstState, r * Q);
  });
  return {
    step: 0,
    parameters,
    state,
    moments: new Float32Array(optimizerNumbers(population) * R * P),
    nonFiniteSteps: new Uint32Array(R).fill(FINITE),
    accounts: new Float32Array(4 * R),
    bandits: firstBandits(population),
  };
}

function firstBandits(population: Population): Float32Array {
  const kept = banditNumbers(population);
  const rows = new Float32Array(population.runs.length * kept);
  if (kept > 0)
    population.runs.forEach((run, r) => {
      rows.set(firstBandit(run, population.data, 0), r * kept);
    });
  return rows;
}

type Numbers = Float32Array | Float64Array;

/** What a run of a new population is made of. */
export interface Origin {
  /** The run of the old one whose parameters, state and clocks it has. */
  readonly source: number;
  /** Whether its optimizer begins with empty moments. */
  readonly isFresh?: boolean;
  /** Whether its bandit begins without rewards. */
  readonly hasFreshBandit?: boolean;
}

/** Rows of `[kinds, R, P]` that a population keeps: moments, and sums of gradients if there are any. */
function kindsOf(population: Population): { moments: number; sums: boolean } {
  return { moments: populationMoments(population), sums: accumulatesGradients(population) };
}

/** For each kind that `to` keeps its place among those of `from`; undefined where all of them are 0. */
function placesOf(from: Population, to: Population): (number | undefined)[] {
  const [own, other] = [kindsOf(from), kindsOf(to)];
  const moments = Array.from({ length: other.moments }, (_, m) => (m < own.moments ? m : undefined));
  return [...moments, ...(other.sums ? [own.sums ? own.moments : undefined] : [])];
}

/** The snapshot of a population `to` whose runs come from those of `from`: as many as there are origins. */
export function rearranged(
  whole: Snapshot,
  from: Population,
  to: Population,
  origins: readonly Origin[],
): Snapshot {
  const R = from.runs.length;
  const P = parameterLayout(from.model).size;
  const Q = stateLayout(from.model).size;
  const moments = numbersLike(whole.parameters, placesOf(from, to).length * origins.length * P);
  placesOf(from, to).forEach((place, kind) => {
    if (place === undefined) return;
    origins.forEach(({ source, isFresh }, r) => {
      const begin = (place * R + source) * P;
      if (!isFresh) moments.set(whole.moments.subarray(begin, begin + P), (kind * origins.length + r) * P);
    });
  });
  const accounts = rowsOf(whole.accounts, 4, origins);
  // The bias corrections of Adam; the account of losses goes on.
  origins.forEach(({ isFresh }, r) => {
    if (isFresh) accounts.fill(0, 4 * r, 4 * r + 2);
  });
  return {
    step: whole.step,
    parameters: rowsOf(whole.parameters, P, origins),
    state: rowsOf(whole.state, Q, origins),
    moments,
    nonFiniteSteps: Uint32Array.from(origins, ({ source }) => whole.nonFiniteSteps[source]),
    accounts,
    bandits: banditsOf(whole, from, to, origins),
  };
}

/** Rows of bandits: those of the sources, or such as begin. */
function banditsOf(
  { bandits, step, parameters }: Snapshot,
  from: Population,
  to: Population,
  origins: readonly Origin[],
): Numbers {
  const kept = banditNumbers(to);
  const rows = numbersLike(parameters, origins.length * kept);
  if (kept === 0) return rows;
  origins.forEach(({ source, hasFreshBandit }, r) => {
    const isKept = !hasFreshBandit && from.runs[source].bandit !== undefined;
    rows.set(
      isKept ? bandits.subarray(source * kept, (source + 1) * kept) : firstBandit(to.runs[r], to.data, step),
      r * kept,
    );
  });
  return rows;
}

/** The snapshots of a population's parts as that of the whole; `runsOf` says which of its runs each part has. */
export function joined(
  parts: readonly Snapshot[],
  populations: readonly Population[],
  whole: Population,
  runsOf: readonly (readonly number[])[],
): Snapshot {
  const R = whole.runs.length;
  const P = parameterLayout(whole.model).size;
  const Q = stateLayout(whole.model).size;
  const [first] = parts;
  const kinds = kindsOf(whole);
  const result = {
    step: first.step,
    parameters: numbersLike(first.parameters, R * P),
    state: numbersLike(first.state, R * Q),
    moments: numbersLike(first.moments, (kinds.moments + (kinds.sums ? 1 : 0)) * R * P),
    nonFiniteSteps: new Uint32Array(R),
    accounts: numbersLike(first.accounts, 4 * R),
    bandits: numbersLike(first.parameters, banditNumbers(whole) * R),
  };
  parts.forEach((part, i) => {
    const own = rearranged(
      part,
      populations[i],
      whole,
      runsOf[i].map((_, source) => ({ source })),
    );
    const count = runsOf[i].length;
    runsOf[i].forEach((r, place) => {
      const copy = (from: Numbers, to: Numbers, width: number, fromRow = place, toRow = r) =>
        to.set(from.subarray(fromRow * width, (fromRow + 1) * width), toRow * width);
      copy(own.parameters, result.parameters, P);
      copy(own.state, result.state, Q);
      copy(own.accounts, result.accounts, 4);
      if (part.bandits.length > 0) copy(part.bandits, result.bandits, banditNumbers(whole));
      result.nonFiniteSteps[r] = own.nonFiniteSteps[place];
      for (let kind = 0; kind * R * P < result.moments.length; kind++)
        copy(own.moments, result.moments, P, kind * count + place, kind * R + r);
    });
  });
  return result;
}

function numbersLike(like: Numbers, length: number): Numbers {
  return like instanceof Float64Array ? new Float64Array(length) : new Float32Array(length);
}

function rowsOf(all: Numbers, width: number, origins: readonly Origin[]): Numbers {
  const rows = numbersLike(all, origins.length * width);
  origins.forEach(({ source }, r) => {
    rows.set(all.subarray(source * width, (source + 1) * width), r * width);
  });
  return rows;
}

/**
 * Parameters `[P]` of several runs as their weighted mean, in float64; `weights` sum to 1.
 */
export function averageParameters(
  { parameters }: Snapshot,
  size: number,
  runs: readonly number[],
  weights: readonly number[],
): Float64Array {
  const mean = new Float64Array(size);
  runs.forEach((run, i) => {
    for (let p = 0; p < size; p++) mean[p] += weights[i] * parameters[run * size + p];
  });
  return mean;
}
