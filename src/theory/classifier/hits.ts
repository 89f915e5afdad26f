/**
 * Which pairs' segments pass near a query point, and what falls to each class inside a ball around it: the
 * geometry of the closed form of h_eps. Unordered pairs are visited once and stand for both of their orders.
 *
 * Not here: batching over queries (`optimalClassifier.ts`).
 */

import type { LawMoments, PartialMoments } from "../moments.ts";
import type { LabelledPoints, PairWeights } from "../points.ts";

/**
 * The pairs near one query, as columns; the first `count` entries of each are valid. Reused from query to
 * query.
 */
export interface Hits {
  count: number;
  /** The pair's points s <= t. */
  first: Uint32Array;
  partner: Uint32Array;
  /** Probabilities of the ordered pairs (s, t) and (t, s); for s = t the second is 0. */
  forward: Float64Array;
  backward: Float64Array;
  /** The lambda of the point of the line through s and t that is nearest to the query; lambda weights s. */
  lambda: Float64Array;
  /** Squared distance of the query from that line (from the point itself if s and t coincide). */
  square: Float64Array;
  /** Distance of s and t. */
  length: Float64Array;
}

/** Room for hits; it grows by itself. */
export function makeHits(capacity = 256): Hits {
  return {
    count: 0,
    first: new Uint32Array(capacity),
    partner: new Uint32Array(capacity),
    forward: new Float64Array(capacity),
    backward: new Float64Array(capacity),
    lambda: new Float64Array(capacity),
    square: new Float64Array(capacity),
    length: new Float64Array(capacity),
  };
}

function grow(hits: Hits): void {
  const larger = makeHits(2 * hits.first.length);
  for (const key of ["first", "partner"] as const) larger[key].set(hits[key]);
  for (const key of ["forward", "backward", "lambda", "square", "length"] as const)
    larger[key].set(hits[key]);
  const { count } = hits;
  Object.assign(hits, larger, { count });
}

/**
 * Pairs (s <= t, both orders taken together) whose segment passes within `reach` of `center [D]` and that are
 * drawn at all, as s, t, s, t ...; always in the same order.
 */
export function pairsNear(
  data: LabelledPoints,
  pairs: PairWeights,
  center: ArrayLike<number>,
  reach: number,
): Uint32Array {
  const { size, dimensions, points } = data;
  let found = new Uint32Array(1024);
  let count = 0;
  for (let s = 0; s < size; s++) {
    for (let t = s; t < size; t++) {
      let dd = 0;
      let wd = 0;
      let ww = 0;
      for (let k = 0; k < dimensions; k++) {
        const d = points[s * dimensions + k] - points[t * dimensions + k];
        const w = points[t * dimensions + k] - center[k];
        dd += d * d;
        wd += w * d;
        ww += w * w;
      }
      const lambda = dd > 0 ? Math.min(Math.max(-wd / dd, 0), 1) : 0;
      // A little more than the reach: the exact test comes later, this one must only not lose a pair by
      // rounding.
      const square = ww + lambda * (2 * wd + lambda * dd);
      if (square - 1e-12 * (ww + dd) > reach * reach) continue;
      if (pairs.weight(s, t) === 0 && pairs.weight(t, s) === 0) continue;
      if (count + 2 > found.length) {
        const larger = new Uint32Array(2 * found.length);
        larger.set(found);
        found = larger;
      }
      found[count++] = s;
      found[count++] = t;
    }
  }
  return found.slice(0, count);
}

/**
 * Fills `hits` with those of the `candidates` (from {@link pairsNear}) whose line passes within `reach` of a
 * query.
 */
export function hitsOf(
  data: LabelledPoints,
  pairs: PairWeights,
  candidates: Uint32Array,
  query: ArrayLike<number>,
  reach: number,
  hits: Hits,
): void {
  const { dimensions, points } = data;
  hits.count = 0;
  for (let c = 0; c < candidates.length; c += 2) {
    const [s, t] = [candidates[c], candidates[c + 1]];
    let dd = 0;
    let wd = 0;
    for (let k = 0; k < dimensions; k++) {
      const d = points[s * dimensions + k] - points[t * dimensions + k];
      dd += d * d;
      wd += (points[t * dimensions + k] - query[k]) * d;
    }
    const lambda = dd > 0 ? -wd / dd : 0;
    // From the residual, not from |w|^2 - (w.d)^2 / |d|^2, which cancels.
    let square = 0;
    for (let k = 0; k < dimensions; k++) {
      const w = points[t * dimensions + k] - query[k];
      square += (w + lambda * (points[s * dimensions + k] - points[t * dimensions + k])) ** 2;
    }
    if (square >= reach * reach) continue;
    if (hits.count === hits.first.length) grow(hits);
    const i = hits.count++;
    hits.first[i] = s;
    hits.partner[i] = t;
    hits.forward[i] = pairs.weight(s, t);
    hits.backward[i] = s === t ? 0 : pairs.weight(t, s);
    hits.lambda[i] = lambda;
    hits.square[i] = square;
    hits.length[i] = Math.sqrt(dd);
  }
}

const forward: PartialMoments = { first: 0, second: 0 };
const backward: PartialMoments = { first: 0, second: 0 };

/**
 * What one hit gives to the label of s and to that of t inside the open ball of radius `epsilon`, both orders
 * together; written to `into` as `first` (label of s) and `second` (label of t). False if the segment misses
 * the ball.
 */
export function hitMass(
  hits: Hits,
  i: number,
  law: LawMoments,
  epsilon: number,
  into: PartialMoments,
): boolean {
  const inside = epsilon * epsilon - hits.square[i];
  if (!(inside > 0)) return false;
  const length = hits.length[i];
  if (length === 0) {
    const [there, back] = [hits.forward[i], hits.backward[i]];
    into.first = there * law.mean + back * (1 - law.mean);
    into.second = there * (1 - law.mean) + back * law.mean;
    return true;
  }
  const half = Math.sqrt(inside) / length;
  const low = hits.lambda[i] - half;
  const high = hits.lambda[i] + half;
  if (high < 0 || low > 1) return false;
  law.over(low, high, forward);
  if (law.symmetric) {
    const weight = hits.forward[i] + hits.backward[i];
    into.first = weight * forward.first;
    into.second = weight * forward.second;
  } else {
    // The order (t, s) sees the segment from the other end.
    law.over(1 - high, 1 - low, backward);
    into.first = hits.forward[i] * forward.first + hits.backward[i] * backward.second;
    into.second = hits.forward[i] * forward.second + hits.backward[i] * backward.first;
  }
  return true;
}

const share: PartialMoments = { first: 0, second: 0 };

/**
 * Writes to `into [C]` the probability that a mixed point is in the ball of `epsilon` and has that label, per
 * class.
 */
export function classMasses(
  hits: Hits,
  labels: Uint32Array,
  law: LawMoments,
  epsilon: number,
  into: Float64Array,
): void {
  into.fill(0);
  for (let i = 0; i < hits.count; i++) {
    if (!hitMass(hits, i, law, epsilon, share)) continue;
    into[labels[hits.first[i]]] += share.first;
    into[labels[hits.partner[i]]] += share.second;
  }
}
