/**
 * The Mixup-optimal classifier h_eps of finite data (paper 2.2, Lemma 2.3): the expected label of the mixed
 * points that fall into the open ball of radius epsilon around a query. Closed form over ordered pairs, in
 * float64.
 *
 * Not here: its limit for epsilon -> 0 (`limitClassifier.ts`), thresholds (`flips.ts`).
 */

import { checkNumber, float64Numbers } from "../../check.ts";
import { ConfigError } from "../../errors.ts";
import type { Law } from "../../mixing/laws.ts";
import type { Pairing } from "../../mixing/mixing.ts";
import { mostOf } from "../../numeric/extremes.ts";
import { checkLaws, lawMoments } from "../moments.ts";
import {
  checkRequest,
  type LabelledPoints,
  labelledPoints,
  type PairWeights,
  pairWeights,
  queryPoints,
  type TheoryData,
} from "../points.ts";
import { classMasses, hitsOf, makeHits, pairsNear } from "./hits.ts";
import { queryTiles } from "./tiles.ts";

/**
 * Below this probability of the ball a query counts as not reached: smaller masses are near the end of
 * float64.
 */
export const LEAST_MASS = 1e-300;

/** What h_eps is asked for. */
export interface ClassifierRequest {
  data: TheoryData;
  /** Laws of lambda, L of them. */
  laws: readonly Law[];
  /** Radii above 0, E of them, in the data's units. */
  epsilons: ArrayLike<number>;
  /** `[Q, D]`. */
  queries: ArrayLike<number>;
  /** Defaults to `uniform`: self pairs included, as in the paper. */
  pairing?: Pairing;
  /** Probability of each point up to a factor, `[N]`; equal by default. */
  weights?: ArrayLike<number>;
  /** Balls of less probability are reported as not reached. Defaults to {@link LEAST_MASS}. */
  leastMass?: number;
}

/** A checked request with its defaults. Pure data: what any backend works from. */
export interface ClassifierPlan {
  readonly data: LabelledPoints;
  readonly pairs: PairWeights;
  readonly laws: readonly Law[];
  readonly epsilons: Float64Array;
  /** `[Q, D]`. */
  readonly queries: Float64Array;
  readonly queryCount: number;
  readonly leastMass: number;
}

/** h_eps at all queries. */
export interface ClassifierResult {
  /** `[L, E, Q, C]`: rows sum to 1, or are all 0 where the query is not reached. Never NaN. */
  readonly probabilities: Float64Array;
  /**
   * `[L, E, Q]`: probability that a mixed point falls into the ball; exactly 0 where the query is not
   * reached.
   */
  readonly mass: Float64Array;
}

/**
 * h_eps for every law, epsilon and query. Time grows with Q times the pairs that pass near; nothing is stored
 * per pair. Duplicate points with different labels are right as they are: the answer is the expected label.
 * @throws ConfigError for data, weights, laws, epsilons or queries that make no sense.
 */
export function optimalClassifier(request: ClassifierRequest): ClassifierResult {
  return evaluateClassifier(planClassifier(request));
}

/** The probabilities of one law, epsilon and query, `[C]`, out of a result of {@link optimalClassifier}. */
export function probabilitiesAt(
  plan: Pick<ClassifierPlan, "data" | "epsilons" | "queryCount">,
  result: ClassifierResult,
  { law, epsilon, query }: { law: number; epsilon: number; query: number },
): Float64Array {
  const row = (law * plan.epsilons.length + epsilon) * plan.queryCount + query;
  return result.probabilities.subarray(row * plan.data.classes, (row + 1) * plan.data.classes);
}

/**
 * Checks a request.
 * @throws ConfigError naming what is wrong.
 */
export function planClassifier(request: ClassifierRequest): ClassifierPlan {
  checkRequest(request, ["laws", "epsilons", "queries", "leastMass"]);
  const data = labelledPoints(request.data);
  const pairs = pairWeights(data, request.pairing, request.weights);
  const laws = checkLaws(request.laws);
  const epsilons = float64Numbers("epsilons", request.epsilons);
  if (epsilons.length === 0) throw new ConfigError("epsilons", "no radii. Give at least one, such as 0.1.");
  for (const [i, epsilon] of epsilons.entries()) checkEpsilon(epsilon, `epsilons[${i}]`);
  const leastMass = request.leastMass ?? LEAST_MASS;
  checkNumber("leastMass", leastMass, { from: LEAST_MASS, below: 1, what: "a probability" });
  const queries = queryPoints(request.queries, data.dimensions);
  return { data, pairs, laws, epsilons, queries, queryCount: queries.length / data.dimensions, leastMass };
}

/** @throws ConfigError unless epsilon is a finite number above 0 whose square is, too. */
export function checkEpsilon(epsilon: number, path = "epsilon"): void {
  checkNumber(path, epsilon, { from: 1e-150, to: 1e150, what: "a radius (limitClassifier is the limit 0)" });
}

/**
 * Computes a plan in float64 on the CPU. Pairs are looked up for `tile` queries at a time: fewer, where queries lie far
 * from each other.
 */
export function evaluateClassifier(plan: ClassifierPlan, tile = 64): ClassifierResult {
  const { data, pairs, epsilons, queries, queryCount, leastMass } = plan;
  const { classes, dimensions } = data;
  const laws = plan.laws.map((law) => lawMoments(law));
  const rows = laws.length * epsilons.length * queryCount;
  const probabilities = new Float64Array(rows * classes);
  const mass = new Float64Array(rows);
  const reach = mostOf(epsilons);
  const hits = makeHits();
  const masses = new Float64Array(classes);
  for (const { center, radius, queries: members } of queryTiles(queries, dimensions, tile)) {
    const candidates = pairsNear(data, pairs, center, radius + reach);
    for (const q of members) {
      const query = queries.subarray(q * dimensions, (q + 1) * dimensions);
      hitsOf(data, pairs, candidates, query, reach, hits);
      laws.forEach((law, l) => {
        epsilons.forEach((epsilon, e) => {
          classMasses(hits, data.labels, law, epsilon, masses);
          const total = masses.reduce((sum, value) => sum + value, 0);
          if (total < leastMass) return;
          const row = (l * epsilons.length + e) * queryCount + q;
          mass[row] = total;
          for (let c = 0; c < classes; c++) probabilities[row * classes + c] = masses[c] / total;
        });
      });
    }
  }
  return { probabilities, mass };
}
