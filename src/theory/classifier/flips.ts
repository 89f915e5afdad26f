/**
 * Where h_eps changes its mind: the smallest epsilon, or alpha, at which a point is no longer given its own
 * class, and the epsilon at which h_eps gives a class a certain probability (the effective epsilon of a
 * trained net).
 */

import { checkInteger, checkNumber } from "../../check.ts";
import { ConfigError } from "../../errors.ts";
import { beta, type Law, MAX_ALPHA, MIN_ALPHA } from "../../mixing/laws.ts";
import type { Pairing } from "../../mixing/mixing.ts";
import { type LawMoments, lawMoments } from "../moments.ts";
import {
  checkRequest,
  type LabelledPoints,
  labelledPoints,
  type PairWeights,
  pairWeights,
  queryPoints,
  type TheoryData,
} from "../points.ts";
import { bisect, type Comparison, firstNegative } from "./firstCrossing.ts";
import { classMasses, type Hits, hitsOf, makeHits, pairsNear } from "./hits.ts";
import { diagonal, type LimitResult, limitClassifier } from "./limitClassifier.ts";
import { checkEpsilon, LEAST_MASS } from "./optimalClassifier.ts";
import { rivalClasses, siteNumbers } from "./rivals.ts";

/** What all diagnostics of a data set take. */
export interface MixingRequest {
  data: TheoryData;
  /** Defaults to `uniform`. */
  pairing?: Pairing;
  /** `[N]`, equal by default. */
  weights?: ArrayLike<number>;
}

/**
 * For each data point, the smallest epsilon at which some other class gets more of h_eps than its own, `[N]`.
 *
 * 0 if that is so for epsilon -> 0 already (duplicates of other labels; pairing without self pairs); classes that tie
 * for every epsilon, as those of coincident points can, never get more. Infinity
 * if it never happens up to `upTo`, by default the data's diagonal, beyond which the ball holds everything
 * and nothing changes. The search leaves no gaps, see {@link firstNegative}: a point may flip back and forth,
 * this is its first flip. A point of many that never flips is slow to prove (seconds for 300 points): give a
 * smaller `upTo` if that is all you need.
 * @throws ConfigError for bad data, weights or law.
 */
export function flipEpsilons(request: MixingRequest & { law: Law; upTo?: number }): Float64Array {
  checkRequest(request, ["law", "upTo"]);
  const { data, pairs } = resolve(request);
  const law = lawMoments(request.law);
  if (request.upTo !== undefined) checkEpsilon(request.upTo, "upTo");
  const upTo = Math.min(request.upTo ?? Number.POSITIVE_INFINITY, reachOfAll(data));
  const sites = siteNumbers(data);
  const limits = limitClassifier({
    data: request.data,
    pairing: request.pairing,
    weights: request.weights,
    laws: [request.law],
    queries: data.points,
  });
  return Float64Array.from({ length: data.size }, (_, n) => {
    const query = pointAt(data, n);
    const massesAt = massesAround(data, pairs, query, law, upTo);
    const own = data.labels[n];
    const rivals = rivalClasses(data, pairs, sites, own, query, upTo);
    if (leadAtZero(massesAt, upTo, (masses) => ownLead(masses, own, rivals), limits, n) < 0) return 0;
    return firstNegative(massesAt, ownLeadComparison(own, rivals), upTo);
  });
}

/**
 * For each data point, the smallest alpha in [from, to] at which h_eps with Beta(alpha, alpha) gives some
 * other class more than its own, `[N]`; Infinity if there is none, `from` if it is so there already.
 *
 * Found by a scan of `steps` alphas in geometric steps and bisection: two flips within one step can be
 * missed.
 * @throws ConfigError for bad data, weights, epsilon or range.
 */
export function flipAlphas(
  request: MixingRequest & { epsilon: number; from?: number; to?: number; steps?: number },
): Float64Array {
  checkRequest(request, ["epsilon", "from", "to", "steps"]);
  const { epsilon, from = 0.05, to = 10_000, steps = 200 } = request;
  checkEpsilon(epsilon);
  // beta(0) is ERM, which no scan in geometric steps could start from.
  checkNumber("from", from, { from: MIN_ALPHA, below: MAX_ALPHA, what: "an alpha" });
  checkNumber("to", to, { above: from, to: MAX_ALPHA, what: "an alpha" });
  checkInteger("steps", steps, 1, 2 ** 24, "a number of steps");
  const { data, pairs } = resolve(request);
  const hits = makeHits();
  const masses = new Float64Array(data.classes);
  const sites = siteNumbers(data);
  return Float64Array.from({ length: data.size }, (_, n) => {
    const query = pointAt(data, n);
    const rivals = rivalClasses(data, pairs, sites, data.labels[n], query, epsilon);
    hitsOf(data, pairs, pairsNear(data, pairs, query, epsilon), query, epsilon, hits);
    const lead = (logAlpha: number) => {
      classMasses(hits, data.labels, lawMoments(beta(Math.exp(logAlpha))), epsilon, masses);
      return ownLead(masses, data.labels[n], rivals);
    };
    let [left, right] = [Math.log(from), Math.log(from)];
    if (lead(left) < 0) return from;
    for (let step = 1; step <= steps; step++) {
      left = right;
      right = Math.log(from) + (step / steps) * Math.log(to / from);
      // The ends themselves, not what exp and log make of them.
      if (step === steps) right = Math.log(to);
      if (lead(right) < 0) return Math.exp(bisect(lead, left, right));
    }
    return Number.POSITIVE_INFINITY;
  });
}

/**
 * The smallest epsilon at which h_eps gives class `label` the probability `probability` at `query [D]`: the
 * effective epsilon of a net that predicts it. Where h_eps jumps over that probability, because the ball
 * takes in another point with all the mass that sits there, it is the epsilon of the jump; where h_eps starts with
 * it, the smallest epsilon that is reached, 0 on a point or segment. Equal means within 1e-12; h_eps that takes it on
 * and leaves it again within 1e-6 of the diagonal can be missed. NaN if h_eps does so for no epsilon up to the distance at which the ball holds everything (a net's probability below h's
 * limit for small epsilon or above all it reaches).
 * @throws ConfigError for bad data, weights, law, query, label or a probability outside [0, 1].
 */
export function effectiveEpsilon(
  request: MixingRequest & { law: Law; query: ArrayLike<number>; label: number; probability: number },
): number {
  checkRequest(request, ["law", "query", "label", "probability"]);
  const { label, probability } = request;
  const { data, pairs } = resolve(request);
  const query = queryPoints(request.query, data.dimensions, "query");
  if (query.length !== data.dimensions)
    throw new ConfigError("query", `give one point of ${data.dimensions} numbers.`);
  checkInteger("label", label, 0, data.classes - 1, "a class");
  checkNumber("probability", probability, { from: 0, to: 1, what: "a probability" });
  let furthest = reachOfAll(data);
  for (let n = 0; n < data.size; n++)
    furthest = Math.max(furthest, 1.0001 * distance(pointAt(data, n), query));
  const massesAt = massesAround(data, pairs, query, lawMoments(request.law), furthest);
  const start = firstReached(massesAt, furthest);
  if (start === undefined) return Number.NaN;
  // How much h gives the class more than asked for, times the total: above 0 on the side where h starts, up to a tie.
  const excess = (low: Float64Array, high: Float64Array, sign: number) => {
    let value = 0;
    for (let c = 0; c < data.classes; c++) {
      const factor = sign * ((c === label ? 1 : 0) - probability);
      value += factor * (factor > 0 ? low[c] : high[c]) - TIE * high[c];
    }
    return value;
  };
  const sign = [1, -1].find((side) => excess(start.masses, start.masses, side) > 0);
  if (sign === undefined) return start.epsilon;
  const found = firstNegative(
    massesAt,
    { value: (masses) => excess(masses, masses, sign), least: (low, high) => excess(low, high, sign) },
    furthest,
    EFFECTIVE_SEARCH,
  );
  return Number.isFinite(found) ? found : Number.NaN;
}

function resolve(request: MixingRequest): { data: LabelledPoints; pairs: PairWeights } {
  const data = labelledPoints(request.data);
  return { data, pairs: pairWeights(data, request.pairing, request.weights) };
}

/**
 * Ties up to this share of the mass count as own: a ball that holds everything ties balanced classes up to
 * rounding.
 */
const TIE = 1e-12;

/**
 * Part of the diagonal within which h may take on the effective epsilon's probability twice, unseen: where h stays at
 * another probability very near, the search has to look at so many intervals.
 */
const EFFECTIVE_SEARCH = { resolution: 1e-6, leastGrowth: 1e-4 };

/** How much more mass the own class has, at least `low`, than the best of its rivals, at most `high`. */
function ownLead(low: Float64Array, own: number, rivals: readonly number[], high = low): number {
  let best = 0;
  for (const c of rivals) best = Math.max(best, high[c]);
  return low[own] * (1 + TIE) - best;
}

function ownLeadComparison(own: number, rivals: readonly number[]): Comparison {
  return {
    value: (masses) => ownLead(masses, own, rivals),
    least: (low, high) => ownLead(low, own, rivals, high),
  };
}

/**
 * Class masses around a query as a function of epsilon up to `upTo`; at 0, the mass that sits at the query
 * itself.
 */
function massesAround(
  data: LabelledPoints,
  pairs: PairWeights,
  query: Float64Array,
  law: LawMoments,
  upTo: number,
): (epsilon: number) => Float64Array {
  const hits = makeHits();
  hitsOf(data, pairs, pairsNear(data, pairs, query, upTo), query, upTo, hits);
  sortBySquare(hits);
  // What is left for epsilon -> 0: pairs that coincide with the query; of a constant law, all atoms there.
  const atQuery = law.continuous ? countAtQuery(hits) : hits.count;
  const smallest = 1e-9 * reachOfAll(data);
  return (epsilon) => {
    const masses = new Float64Array(data.classes);
    const radius = epsilon === 0 ? smallest : epsilon;
    // Pairs beyond the ball come last, and need not be looked at.
    const count = Math.min(countBelow(hits, radius * radius), epsilon === 0 ? atQuery : hits.count);
    classMasses({ ...hits, count }, data.labels, law, radius, masses);
    return masses;
  };
}

/** Hits whose pair coincides with the query itself. They come first. */
function countAtQuery(hits: Hits): number {
  let count = 0;
  while (count < hits.count && hits.square[count] === 0 && hits.length[count] === 0) count++;
  return count;
}

function countBelow(hits: Hits, square: number): number {
  let [low, high] = [0, hits.count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (hits.square[middle] < square) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Nearest first; among those at distance 0, coincident pairs first. */
function sortBySquare(hits: Hits): void {
  const order = Array.from({ length: hits.count }, (_, i) => i).sort(
    (i, j) => hits.square[i] - hits.square[j] || hits.length[i] - hits.length[j] || i - j,
  );
  for (const key of ["first", "partner"] as const) hits[key] = Uint32Array.from(order, (i) => hits[key][i]);
  for (const key of ["forward", "backward", "lambda", "square", "length"] as const) {
    hits[key] = Float64Array.from(order, (i) => hits[key][i]);
  }
}

/**
 * The smallest ball that is reached, with its masses; one of the smallest that can be told apart from 0 counts as 0.
 * Undefined if none up to `upTo` is.
 */
function firstReached(
  massesAt: (epsilon: number) => Float64Array,
  upTo: number,
): { epsilon: number; masses: Float64Array } | undefined {
  const smallest = 1e-9 * upTo;
  const reached = (epsilon: number) => massesAt(epsilon).reduce((sum, mass) => sum + mass, 0) >= LEAST_MASS;
  for (const epsilon of [0, smallest]) {
    if (reached(epsilon)) return { epsilon: 0, masses: massesAt(epsilon) };
  }
  if (!reached(upTo)) return undefined;
  const epsilon = bisect((radius) => (reached(radius) ? -1 : 1), smallest, upTo);
  // A little more, so that pairs that are reached together, but for rounding, are all in it.
  return { epsilon, masses: massesAt(epsilon * (1 + 1e-9)) };
}

/**
 * The lead of data point n's own class for epsilon -> 0: from the smallest ball if it holds anything, else from the
 * limit, whose logarithms do not underflow; 0 where no small ball is reached.
 */
function leadAtZero(
  massesAt: (epsilon: number) => Float64Array,
  upTo: number,
  lead: (masses: Float64Array) => number,
  { probabilities, reached }: LimitResult,
  n: number,
): number {
  for (const epsilon of [0, 1e-9 * upTo]) {
    const masses = massesAt(epsilon);
    if (masses.some((mass) => mass > 0)) return lead(masses);
  }
  const classes = probabilities.length / reached.length;
  return reached[n] === 1 ? lead(probabilities.subarray(n * classes, (n + 1) * classes)) : 0;
}

/** A radius within which a ball around any data point holds all data: a little more than the diagonal. */
function reachOfAll(data: LabelledPoints): number {
  return 1.0001 * diagonal(data.points, data.dimensions) || 1;
}

function pointAt({ points, dimensions }: LabelledPoints, n: number): Float64Array {
  return points.subarray(n * dimensions, (n + 1) * dimensions);
}

function distance(first: Float64Array, second: Float64Array): number {
  let square = 0;
  for (let k = 0; k < first.length; k++) square += (first[k] - second[k]) ** 2;
  return Math.sqrt(square);
}
