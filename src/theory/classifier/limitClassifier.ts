/**
 * The limit of h_eps for epsilon -> 0: the discontinuous Mixup-optimal classifier h of finite data (paper
 * 2.2, Remark 2.4 and Proposition 2.8).
 *
 * Around a point, what each pair contributes shrinks as coefficient * epsilon^exponent, and the smallest
 * exponent wins:
 * - 0: the pair's mixed points sit at the query (a point with itself or its duplicate; a constant law);
 * - 1: the segment passes through, coefficient 2 f(lambda) / length;
 * - b where lambda -> 1, a where lambda -> 0: the segment of a Beta(a, b) law ends here. These decide only
 *   where no point mixes with itself (pairing `other`).
 */

import { checkNumber } from "../../check.ts";
import type { Law } from "../../mixing/laws.ts";
import type { Pairing } from "../../mixing/mixing.ts";
import { logBeta } from "../../numeric/incompleteBeta.ts";
import { checkLaws, lawMoments, logDensity } from "../moments.ts";
import { checkRequest, labelledPoints, pairWeights, queryPoints, type TheoryData } from "../points.ts";
import { type Hits, hitsOf, makeHits, pairsNear } from "./hits.ts";
import { queryTiles } from "./tiles.ts";

export interface LimitRequest {
  data: TheoryData;
  /** L laws. */
  laws: readonly Law[];
  /** `[Q, D]`. */
  queries: ArrayLike<number>;
  pairing?: Pairing;
  weights?: ArrayLike<number>;
  /**
   * Distance up to which a query counts as lying on a point or segment. Defaults to 1e-9 of the data's
   * diagonal.
   */
  tolerance?: number;
}

export interface LimitResult {
  /** `[L, Q, C]`: rows sum to 1, or are all 0 where h is undefined because no mixed point comes near. */
  readonly probabilities: Float64Array;
  /** `[L, Q]`: 1 where the query is reached (is in the closure X_mix of the mixed points), else 0. */
  readonly reached: Uint8Array;
}

/**
 * The limit classifier at every query, for every law. At a data point: its own label with probability 1, or
 * the label frequencies of its duplicates over ordered pairs.
 * @throws ConfigError for bad data, weights, laws, queries or tolerance.
 */
export function limitClassifier(request: LimitRequest): LimitResult {
  checkRequest(request, ["laws", "queries", "tolerance"]);
  const data = labelledPoints(request.data);
  const pairs = pairWeights(data, request.pairing, request.weights);
  const queries = queryPoints(request.queries, data.dimensions);
  const laws = checkLaws(request.laws);
  const tolerance = request.tolerance ?? 1e-9 * (diagonal(data.points, data.dimensions) || 1);
  checkNumber("tolerance", tolerance, { above: 0, what: "a distance" });
  const { classes, dimensions, labels } = data;
  const queryCount = queries.length / dimensions;
  const probabilities = new Float64Array(laws.length * queryCount * classes);
  const reached = new Uint8Array(laws.length * queryCount);
  const terms = laws.map((law) => limitTerms(law, tolerance));
  const hits = makeHits();
  for (const tile of queryTiles(queries, dimensions)) {
    const candidates = pairsNear(data, pairs, tile.center, tile.radius + tolerance);
    for (const q of tile.queries) {
      hitsOf(
        data,
        pairs,
        candidates,
        queries.subarray(q * dimensions, (q + 1) * dimensions),
        tolerance,
        hits,
      );
      terms.forEach((termsOf, l) => {
        const row = l * queryCount + q;
        const into = probabilities.subarray(row * classes, (row + 1) * classes);
        reached[row] = leadingLabels(hits, labels, termsOf, into) ? 1 : 0;
      });
    }
  }
  return { probabilities, reached };
}

/** Diagonal of the bounding box of points `[N, D]`. */
export function diagonal(points: Float64Array, dimensions: number): number {
  let square = 0;
  for (let k = 0; k < dimensions; k++) {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let i = k; i < points.length; i += dimensions) {
      low = Math.min(low, points[i]);
      high = Math.max(high, points[i]);
    }
    square += (high - low) ** 2;
  }
  return Math.sqrt(square);
}

/**
 * What an ordered pair contributes around the query: exp(logCoefficient) * epsilon^exponent, label weight of
 * first.
 */
interface Term {
  exponent: number;
  logCoefficient: number;
  lambda: number;
}

/**
 * The contribution of an ordered pair of distance `length` whose nearest mixed point has `lambda`, if any.
 */
type TermOf = (lambda: number, length: number) => Term | undefined;

function limitTerms(law: Law, tolerance: number): TermOf {
  const { mean } = lawMoments(law);
  if (law.kind === "constant") {
    return (lambda, length) =>
      length === 0 || Math.abs(lambda - law.value) * length <= tolerance
        ? { exponent: 0, logCoefficient: 0, lambda: law.value }
        : undefined;
  }
  const [a, b] = law.kind === "beta" ? [law.a, law.b] : [1, 1];
  const density = logDensity(a, b);
  const normalizer = logBeta(a, b);
  return (lambda, length) => {
    if (length === 0) return { exponent: 0, logCoefficient: 0, lambda: mean };
    if (Math.abs(lambda) * length <= tolerance) {
      return { exponent: a, logCoefficient: -a * Math.log(length) - Math.log(a) - normalizer, lambda: 0 };
    }
    if (Math.abs(1 - lambda) * length <= tolerance) {
      return { exponent: b, logCoefficient: -b * Math.log(length) - Math.log(b) - normalizer, lambda: 1 };
    }
    if (lambda < 0 || lambda > 1) return undefined;
    return { exponent: 1, logCoefficient: Math.log(2 / length) + density(lambda, 1 - lambda), lambda };
  };
}

/** Writes the label mix of the terms of least exponent to `into [C]`; false if there is none. */
function leadingLabels(hits: Hits, labels: Uint32Array, termOf: TermOf, into: Float64Array): boolean {
  const terms: (Term & { first: number; partner: number })[] = [];
  const add = (s: number, t: number, weight: number, lambda: number, length: number) => {
    const term = weight > 0 ? termOf(lambda, length) : undefined;
    if (term === undefined) return;
    const logCoefficient = term.logCoefficient + Math.log(weight);
    terms.push({ ...term, logCoefficient, first: labels[s], partner: labels[t] });
  };
  for (let i = 0; i < hits.count; i++) {
    const [s, t, lambda, length] = [hits.first[i], hits.partner[i], hits.lambda[i], hits.length[i]];
    add(s, t, hits.forward[i], lambda, length);
    add(t, s, hits.backward[i], 1 - lambda, length);
  }
  const least = terms.reduce((exponent, term) => Math.min(exponent, term.exponent), Number.POSITIVE_INFINITY);
  const leading = terms.filter((term) => term.exponent === least);
  const largest = leading.reduce((log, term) => Math.max(log, term.logCoefficient), Number.NEGATIVE_INFINITY);
  let total = 0;
  for (const { logCoefficient, lambda, first, partner } of leading) {
    const coefficient = Math.exp(logCoefficient - largest);
    into[first] += coefficient * lambda;
    into[partner] += coefficient * (1 - lambda);
    total += coefficient;
  }
  for (let c = 0; c < into.length; c++) into[c] = total > 0 ? into[c] / total : 0;
  return total > 0;
}
