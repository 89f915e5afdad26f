/**
 * Which pairs make a point fail, and how far a point is from any mixture that could.
 *
 * Not here: thresholds (`flips.ts`), the loss bound (`optimalLoss.ts`).
 */

import { checkInteger } from "../../check.ts";
import { ConfigError } from "../../errors.ts";
import type { Law } from "../../mixing/laws.ts";
import { lawMoments, type PartialMoments } from "../moments.ts";
import { checkRequest, labelledPoints, pairWeights, queryPoints } from "../points.ts";
import type { MixingRequest } from "./flips.ts";
import { hitMass, hitsOf, makeHits, pairsNear } from "./hits.ts";
import { checkEpsilon } from "./optimalClassifier.ts";

/** An ordered pair and what it puts into the ball. */
export interface Culprit {
  /** Index of the first point, which lambda weights. */
  first: number;
  partner: number;
  /** Probability that the pair is drawn and its mixed point falls into the ball. */
  mass: number;
  /** The part of it that carries labels other than `against`; all of it when nothing is asked for. */
  otherMass: number;
  /** `mass` as a share of all that falls into the ball. */
  share: number;
  /** The lambdas that fall into the ball, cut to [0, 1]. */
  lambda: [number, number];
}

/**
 * The ordered pairs that carry most weight in h_eps at `query [D]`, the heaviest first. With `against`, a
 * class, they are ordered by the weight they give to other classes: what makes a point of that class fail.
 * None if no pair comes that near.
 * @throws ConfigError for bad data, weights, law, epsilon, query, class or count.
 */
export function culprits(
  request: MixingRequest & {
    law: Law;
    epsilon: number;
    query: ArrayLike<number>;
    against?: number;
    /** How many at most; 10 by default. */
    count?: number;
  },
): Culprit[] {
  checkRequest(request, ["law", "epsilon", "query", "against", "count"]);
  const { epsilon, against, count = 10 } = request;
  const data = labelledPoints(request.data);
  const pairs = pairWeights(data, request.pairing, request.weights);
  const law = lawMoments(request.law);
  checkEpsilon(epsilon);
  const query = queryPoints(request.query, data.dimensions, "query");
  if (query.length !== data.dimensions)
    throw new ConfigError("query", `give one point of ${data.dimensions} numbers.`);
  if (against !== undefined) checkInteger("against", against, 0, data.classes - 1, "a class");
  checkInteger("count", count, 0, Number.MAX_SAFE_INTEGER, "a count");
  const hits = makeHits();
  hitsOf(data, pairs, pairsNear(data, pairs, query, epsilon), query, epsilon, hits);
  const found: Culprit[] = [];
  const given: PartialMoments = { first: 0, second: 0 };
  let total = 0;
  const add = (
    first: number,
    partner: number,
    toFirst: number,
    toPartner: number,
    range: [number, number],
  ) => {
    const mass = toFirst + toPartner;
    if (mass === 0) return;
    total += mass;
    const otherMass =
      (data.labels[first] === against ? 0 : toFirst) + (data.labels[partner] === against ? 0 : toPartner);
    found.push({ first, partner, mass, otherMass, share: 0, lambda: range });
  };
  // Each order of a pair alone: the other one gets no weight.
  const { backward } = hits;
  const none = new Float64Array(hits.first.length);
  for (let i = 0; i < hits.count; i++) {
    const half = hits.length[i] === 0 ? 0 : Math.sqrt(epsilon * epsilon - hits.square[i]) / hits.length[i];
    const low = hits.length[i] === 0 ? 0 : Math.max(hits.lambda[i] - half, 0);
    const high = hits.length[i] === 0 ? 1 : Math.min(hits.lambda[i] + half, 1);
    const [s, t] = [hits.first[i], hits.partner[i]];
    if (hitMass({ ...hits, backward: none }, i, law, epsilon, given))
      add(s, t, given.first, given.second, [low, high]);
    if (backward[i] > 0 && hitMass({ ...hits, forward: none }, i, law, epsilon, given)) {
      add(t, s, given.second, given.first, [1 - high, 1 - low]);
    }
  }
  for (const culprit of found) culprit.share = culprit.mass / total;
  const rank = (culprit: Culprit) => (against === undefined ? culprit.mass : culprit.otherMass);
  return found
    .sort((x, y) => rank(y) - rank(x) || y.mass - x.mass || x.first - y.first || x.partner - y.partner)
    .slice(0, count);
}

/**
 * For each data point, the distance to the nearest mixture of two points that are both of other classes,
 * `[N]`: the largest radius for which the no-collision assumption (paper 2.4, Assumption 2.9) holds. 0 where
 * such a segment passes through the point: the assumption fails there. Infinity if no such pair is ever
 * drawn. Time grows as N^3.
 * @throws ConfigError for bad data or weights.
 */
export function collisionRadii(request: MixingRequest): Float64Array {
  checkRequest(request, []);
  const data = labelledPoints(request.data);
  const pairs = pairWeights(data, request.pairing, request.weights);
  const { size, dimensions, labels, points } = data;
  return Float64Array.from({ length: size }, (_, n) => {
    let nearest = Number.POSITIVE_INFINITY;
    for (let s = 0; s < size; s++) {
      if (labels[s] === labels[n]) continue;
      for (let t = s; t < size; t++) {
        if (labels[t] === labels[n] || (pairs.weight(s, t) === 0 && pairs.weight(t, s) === 0)) continue;
        nearest = Math.min(nearest, squareToSegment(points, dimensions, n, s, t));
      }
    }
    return Math.sqrt(nearest);
  });
}

/** Squared distance of point n from the segment between points s and t of `points [N, D]`. */
function squareToSegment(points: Float64Array, dimensions: number, n: number, s: number, t: number): number {
  let dd = 0;
  let wd = 0;
  for (let k = 0; k < dimensions; k++) {
    const d = points[s * dimensions + k] - points[t * dimensions + k];
    dd += d * d;
    wd += (points[t * dimensions + k] - points[n * dimensions + k]) * d;
  }
  const lambda = dd > 0 ? Math.min(Math.max(-wd / dd, 0), 1) : 0;
  let square = 0;
  for (let k = 0; k < dimensions; k++) {
    const end = points[t * dimensions + k];
    square += (end - points[n * dimensions + k] + lambda * (points[s * dimensions + k] - end)) ** 2;
  }
  return square;
}

/**
 * How many of an epoch's N mixtures are of a point with itself, in expectation: unmixed points (paper 2.5). 1
 * for uniform pairing, 0 for `other`.
 * @throws ConfigError for bad data or weights.
 */
export function expectedSelfPairs(request: MixingRequest): number {
  checkRequest(request, []);
  const data = labelledPoints(request.data);
  const pairs = pairWeights(data, request.pairing, request.weights);
  let probability = 0;
  for (let n = 0; n < data.size; n++) probability += pairs.weight(n, n);
  return probability * data.size;
}
