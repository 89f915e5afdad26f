/**
 * Classes that tie with another one at every epsilon and for every law, because their points coincide: two equal
 * points with different labels, say. No search need, or could, find out which of them is ahead.
 */

import type { LabelledPoints, PairWeights } from "../points.ts";
import { hitsOf, makeHits, pairsNear } from "./hits.ts";

/** A number for each data point, `[N]`; the same for points with the same coordinates and no others. */
export function siteNumbers({ size, dimensions, points }: LabelledPoints): Uint32Array {
  const numbers = new Map<string, number>();
  return Uint32Array.from({ length: size }, (_, n) => {
    const key = points.subarray(n * dimensions, (n + 1) * dimensions).join(" ");
    if (!numbers.has(key)) numbers.set(key, numbers.size);
    return numbers.get(key)!;
  });
}

/** Differences between weights up to this share of them are rounding. */
const ROUNDING = 1e-12;

/**
 * The classes whose mass around `query` is not the same as that of `own` for every epsilon up to `upTo`: those that can
 * get ahead of it. `sites` are those of {@link siteNumbers}.
 */
export function rivalClasses(
  data: LabelledPoints,
  pairs: PairWeights,
  sites: Uint32Array,
  own: number,
  query: Float64Array,
  upTo: number,
): number[] {
  const others = Array.from({ length: data.classes }, (_, c) => c).filter((c) => c !== own);
  // Without coinciding points of different classes there are no such ties.
  if (new Set(sites).size === data.size) return others;
  // What falls to a class is, for each place of a segment, a sum of four moments of lambda: these are their weights.
  const coefficients = new Map<string, Float64Array>();
  const add = (from: number, to: number, label: number, moment: number, weight: number) => {
    const key = `${from} ${to} ${moment}`;
    let ofClasses = coefficients.get(key);
    if (ofClasses === undefined) {
      ofClasses = new Float64Array(data.classes);
      coefficients.set(key, ofClasses);
    }
    ofClasses[label] += weight;
  };
  /** The ordered pair (s, t); lambda is that of s. */
  const addPair = (s: number, t: number, weight: number) => {
    const [from, to] = [sites[s], sites[t]];
    const [near, far] = from <= to ? [0, 1] : [2, 3];
    add(Math.min(from, to), Math.max(from, to), data.labels[s], near, weight);
    add(Math.min(from, to), Math.max(from, to), data.labels[t], far, weight);
  };
  const hits = makeHits();
  hitsOf(data, pairs, pairsNear(data, pairs, query, upTo), query, upTo, hits);
  for (let i = 0; i < hits.count; i++) {
    addPair(hits.first[i], hits.partner[i], hits.forward[i]);
    addPair(hits.partner[i], hits.first[i], hits.backward[i]);
  }
  const weights = [...coefficients.values()];
  return others.filter((c) =>
    weights.some((ofClasses) => Math.abs(ofClasses[c] - ofClasses[own]) > ROUNDING * ofClasses[own]),
  );
}
