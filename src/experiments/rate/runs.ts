/**
 * What is read off the runs of the rate experiment: when the error on the unmixed points first is zero and when it
 * stays there, quartiles over the seeds with runs that never get there, and how often points were paired with
 * themselves.
 */

import type { Dataset } from "../../data/dataset.ts";
import { uniform } from "../../mixing/laws.ts";
import { mixup } from "../../mixing/mixing.ts";
import { classIndex, Sampler } from "../../mixing/sampling.ts";
import { finiteOrNull, spread } from "../../numeric/spread.ts";
import { expectedSelfPairs } from "../../theory/classifier/diagnostics.ts";
import type { RunResult } from "../../training/training.ts";
import type { Quartiles, RateGroup, RateLaw, RateRun, SelfPairs } from "./results.ts";

/** The group of some runs; `error` is each run's curve, an entry per `steps`. */
export function rateGroup(
  { name, data }: RateSet,
  { family, pairing, mixing }: RateLaw,
  steps: readonly number[],
  records: readonly { run: RunResult; error: readonly number[] }[],
): RateGroup {
  const runs = records.map(({ run, error }): RateRun => {
    const { seed } = run.run;
    const failure = run.failure?.step ?? null;
    const first = failure === null ? stepAt(steps, error.indexOf(0)) : null;
    const lastWrong = error.findLastIndex((value) => value !== 0);
    const sampler = new Sampler(seed, mixing, data.size, classIndex(data), "full");
    return {
      seed,
      first,
      stays: failure === null ? stepAt(steps, lastWrong + 1) : null,
      seenUnmixed:
        pairing === null ? null : unmixedPoints(sampler, first ?? failure ?? steps[steps.length - 1]),
      finalError: finiteOrNull(run.error),
      errorCurve: steps.map((_, i) => finiteOrNull(error[i])),
      failure,
    };
  });
  const good = runs.filter(({ failure }) => failure === null);
  const errors = steps.map((_, i) => spread(good.map(({ errorCurve }) => errorCurve[i])));
  return {
    set: name,
    points: data.size,
    family,
    pairing,
    steps: steps[steps.length - 1],
    first: quartiles(runs.map(({ first }) => first)),
    stays: quartiles(runs.map(({ stays }) => stays)),
    reached: runs.filter(({ first }) => first !== null).length,
    finalError: spread(good.map(({ finalError }) => finalError)),
    curve: { step: [...steps], mean: errors.map(({ mean }) => mean), std: errors.map(({ std }) => std) },
    runs,
  };
}

function stepAt(steps: readonly number[], index: number): number | null {
  return steps[index] ?? null;
}

/** Distinct points that a run's sampler pairs with themselves in its first `steps` steps. */
function unmixedPoints(sampler: Sampler, steps: number): number {
  const seen = new Set<number>();
  for (let step = 0; step < steps && seen.size < sampler.batchSize; step++) {
    for (let b = 0; b < sampler.batchSize; b++) {
      const { first, partner } = sampler.sample(step, b);
      if (first === partner) seen.add(first);
    }
  }
  return seen.size;
}

/** Quartiles by linear interpolation between order statistics; nulls are larger than every number. */
export function quartiles(values: readonly (number | null)[]): Quartiles {
  const sorted = values.map((value) => value ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
  const at = (share: number): number | null => {
    const place = share * (sorted.length - 1);
    const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
    // Not above - below, which is NaN between two runs that did not get there.
    return finiteOrNull(below === above ? below : below + (place - Math.floor(place)) * (above - below));
  };
  return { lower: at(0.25), median: at(0.5), upper: at(0.75) };
}

/**
 * How many times as long as ERM with the same first weights, the median over the seeds; null if in half of them or
 * more the law or ERM did not get there.
 */
export function timesErm(group: RateGroup, erm: RateGroup): number | null {
  return quartiles(
    group.runs.map(({ first }, r) => {
      const base = erm.runs[r].first;
      return first === null || base === null ? null : first / base;
    }),
  ).median;
}

/**
 * Counts the self pairs in the very draws the runs were trained on: those depend on seed, pairing and the number of
 * points alone.
 */
export function countSelfPairs(
  data: Dataset,
  pairing: "uniform" | "other",
  seeds: number,
  epochs: number,
): SelfPairs {
  const classes = classIndex(data);
  let found = 0;
  for (let seed = 0; seed < seeds; seed++) {
    const sampler = new Sampler(seed, mixup(uniform(), { pairing }), data.size, classes, "full");
    for (let step = 0; step < epochs; step++) {
      for (let b = 0; b < data.size; b++) {
        const { first, partner } = sampler.sample(step, b);
        if (first === partner) found++;
      }
    }
  }
  const expected = expectedSelfPairs({ data, pairing });
  const all = seeds * epochs;
  return {
    points: data.size,
    pairing,
    epochs: all,
    expected,
    counted: found / all,
    // A binomial count of N draws with probability expected / N each.
    standardError: Math.sqrt((expected * (1 - expected / data.size)) / all),
  };
}

/** Data that all its runs share. */
export interface RateSet {
  readonly name: string;
  readonly data: Dataset;
}
