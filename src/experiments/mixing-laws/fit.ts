/**
 * Laws fitted to losses at mixtures, on the CPU in float64: by Levenberg and Marquardt's method (the package
 * `ml-levenberg-marquardt`) from many starts, with Huber's loss, that is, least squares in which larger residuals weigh less.
 *
 * Not here: what the laws are (`law.ts`), which mixtures are for fitting (`data.ts`).
 */

import { levenbergMarquardt } from "ml-levenberg-marquardt";
import { ConfigError } from "../../errors.ts";
import { normalPair } from "../../numeric/normal.ts";
import { PURPOSE } from "../../numeric/threefry.ts";
import { range } from "../../population/grid.ts";
import { lawLoss, type MixingLaw } from "./law.ts";

export interface FitOptions {
  /** Integer in [0, 2^32), of the starts. */
  readonly seed: number;
  /** How many; 60 by default. */
  readonly starts?: number;
  /** Residuals from here on count linearly, in nats. */
  readonly huber?: number;
}

/** Starts that are followed to the end. */
const FOLLOWED = 5;
/** Rounds of weights; each makes Huber's loss smaller. */
const ROUNDS = 20;

/**
 * The law of one domain's losses `[n]` at mixtures `[n][K]`; `own` is the domain.
 * @throws ConfigError for fewer mixtures than K + 2: any law would fit them.
 */
export function fitLaw(
  mixtures: readonly (readonly number[])[],
  losses: readonly number[],
  own: number,
  { seed, starts = 60, huber = 0.05 }: FitOptions,
): MixingLaw {
  const K = checkedMixtures(mixtures, losses);
  const least = Math.min(...losses);
  const cost = (law: MixingLaw) =>
    losses.reduce((sum, loss, n) => sum + huberLoss(loss - lawLoss(law, mixtures[n]), huber), 0);
  const found = range(starts)
    .map((s) => refined(mixtures, losses, firstLaw(seed, s, own, K, least)))
    .map((law) => ({ law, cost: cost(law) }))
    .filter(({ cost: value }) => Number.isFinite(value))
    .sort((a, b) => a.cost - b.cost)
    .slice(0, FOLLOWED);
  const ends = found.map(({ law }) => {
    let end = law;
    for (let round = 0; round < ROUNDS; round++) {
      const residuals = losses.map((loss, n) => Math.abs(loss - lawLoss(end, mixtures[n])));
      // The package multiplies residuals by weights.
      const weights = residuals.map((r) => Math.sqrt(r <= huber ? 1 : huber / r));
      const next = refined(mixtures, losses, end, weights);
      if (!(cost(next) < cost(end))) break;
      end = next;
    }
    return { law: end, cost: cost(end) };
  });
  return ends.reduce((best, end) => (end.cost < best.cost ? end : best)).law;
}

/** The plane `[K]` that fits losses at mixtures best, by least squares: sum_j a_j r_j. Its intercept is in it: proportions sum to 1. */
export function fitPlane(mixtures: readonly (readonly number[])[], losses: readonly number[]): number[] {
  const K = checkedMixtures(mixtures, losses);
  const plane = (a: readonly number[]) => (n: number) =>
    a.reduce((sum, value, j) => sum + value * mixtures[n][j], 0);
  return levenbergMarquardt({ x: range(losses.length), y: [...losses] }, plane, {
    initialValues: new Array(K).fill(1),
    jacobianFunction: () => (n) => [...mixtures[n]],
    damping: 1e-6,
    errorTolerance: 0,
    maxIterations: 20,
  }).parameterValues;
}

/** Share of the variance of `values` that predictions explain, at most 1; null where all values are equal. */
export function explained(values: readonly number[], predictions: readonly number[]): number | null {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const around = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  if (values.every((value) => value === values[0])) return null;
  return 1 - values.reduce((sum, value, n) => sum + (value - predictions[n]) ** 2, 0) / around;
}

function checkedMixtures(mixtures: readonly (readonly number[])[], losses: readonly number[]): number {
  const K = mixtures[0]?.length ?? 0;
  if (mixtures.length < K + 2)
    throw new ConfigError("mixtures", `${mixtures.length} mixtures of ${K} domains: give at least ${K + 2}.`);
  if (losses.length !== mixtures.length)
    throw new ConfigError("losses", `${losses.length} losses at ${mixtures.length} mixtures.`);
  return K;
}

/** Parameters are log c, log k and t: c and k are positive. */
function refined(
  mixtures: readonly (readonly number[])[],
  losses: readonly number[],
  { c, k, t }: MixingLaw,
  weights?: readonly number[],
): MixingLaw {
  const terms = ([q0, q1, ...slopes]: readonly number[]) => {
    const floor = Math.exp(q0);
    return (n: number) => {
      const slope = slopes.reduce((sum, value, j) => sum + value * mixtures[n][j], 0);
      return [floor, Math.exp(q1 + slope)] as const;
    };
  };
  const fitted = attempted(() =>
    levenbergMarquardt(
      { x: range(losses.length), y: [...losses] },
      (q) => {
        const of = terms(q);
        return (n) => {
          const [floor, excess] = of(n);
          return floor + excess;
        };
      },
      {
        initialValues: [Math.log(c), Math.log(k), ...t],
        jacobianFunction: (q) => {
          const of = terms(q);
          return (n) => {
            const [floor, excess] = of(n);
            return [floor, excess, ...mixtures[n].map((share) => share * excess)];
          };
        },
        ...(weights && { weights }),
        errorTolerance: 0,
        maxIterations: 100,
      },
    ),
  );
  if (fitted === undefined) return { c, k, t };
  const [q0, q1, ...slopes] = fitted.parameterValues;
  return { c: Math.exp(q0), k: Math.exp(q1), t: slopes };
}

/** A start from which a term vanishes has a singular matrix: it is left where it began. */
function attempted<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** A start: c somewhat below the smallest loss, its own domain's share lowering it. */
function firstLaw(seed: number, start: number, own: number, K: number, least: number): MixingLaw {
  const normal = (i: number) => normalPair(seed, PURPOSE.mixtures, STARTS + start, i >> 1)[i & 1];
  const t = range(K).map((j) => 0.5 * normal(2 + j) - (j === own ? 3 : 0));
  return { c: Math.min(Math.exp(-1.5 + normal(0)), 0.9 * least), k: Math.exp(normal(1)), t };
}

/** Counters of the mixtures' stream: the mixtures themselves, then the starts of fits. */
const STARTS = 1 << 16;

function huberLoss(residual: number, huber: number): number {
  const size = Math.abs(residual);
  return size <= huber ? residual * residual : huber * (2 * size - huber);
}
