/**
 * The conditional entropy of the label given the mixed point, for all pairs of points of one line together:
 * between neighbouring points, the integral of the density of mixed points times the entropy of their label
 * mix.
 */

import {
  doubleExponential,
  doubleExponentialInverse,
  integrate,
  MAP_END,
} from "../../numeric/adaptiveQuadrature.ts";
import { leastOf } from "../../numeric/extremes.ts";
import { type LawMoments, lawMoments, logDensity, type PartialMoments } from "../moments.ts";
import type { LabelledPoints, PairWeights } from "../points.ts";
import type { SiteLine } from "./collinear.ts";

/** Pairs between two sites of the line that have the same two labels. */
interface Segment {
  /** Positions of its ends; lambda weights the first. */
  readonly from: number;
  readonly to: number;
  readonly firstLabel: number;
  readonly secondLabel: number;
  /** Probabilities of the pairs in this order and in the other one. */
  readonly forward: number;
  readonly backward: number;
}

/** E[H(label | mixed point); both points on the line, at different places] for Beta(a, b), in nats. */
export function lineEntropy(
  data: LabelledPoints,
  pairs: PairWeights,
  { sites, positions }: SiteLine,
  a: number,
  b: number,
): number {
  const segments: Segment[] = [];
  for (let p = 0; p < sites.length; p++) {
    for (let q = p + 1; q < sites.length; q++) {
      segments.push(
        ...segmentsBetween(data, pairs, sites[p].members, sites[q].members, positions[p], positions[q]),
      );
    }
  }
  const law = lawMoments({ kind: "beta", a, b });
  let entropy = 0;
  for (let i = 0; i + 1 < sites.length; i++) {
    const [low, high] = [positions[i], positions[i + 1]];
    const covering = segments.filter(
      (segment) => segment.from <= low && segment.to >= high && massOn(segment, low, high, law) > NEGLIGIBLE,
    );
    if (covering.length > 0) entropy += pieceEntropy(covering, low, high, data.classes, a, b);
  }
  return entropy;
}

/** Masses that can't change the sum: their entropy is below about 40 times as much. */
const NEGLIGIBLE = 1e-17;

/** Probability that a mixed point of a segment lies in [low, high]. */
function massOn(
  { from, to, forward, backward }: Segment,
  low: number,
  high: number,
  law: LawMoments,
): number {
  const part: PartialMoments = { first: 0, second: 0 };
  law.over((to - high) / (to - from), (to - low) / (to - from), part);
  let mass = forward * (part.first + part.second);
  law.over((low - from) / (to - from), (high - from) / (to - from), part);
  mass += backward * (part.first + part.second);
  return mass;
}

function segmentsBetween(
  { labels }: LabelledPoints,
  pairs: PairWeights,
  near: readonly number[],
  far: readonly number[],
  from: number,
  to: number,
): Segment[] {
  const segments = new Map<string, Segment>();
  for (const s of near) {
    for (const t of far) {
      const [forward, backward] = [pairs.weight(s, t), pairs.weight(t, s)];
      if (forward + backward === 0) continue;
      const key = `${labels[s]} ${labels[t]}`;
      const earlier = segments.get(key);
      segments.set(key, {
        from,
        to,
        firstLabel: labels[s],
        secondLabel: labels[t],
        forward: forward + (earlier?.forward ?? 0),
        backward: backward + (earlier?.backward ?? 0),
      });
    }
  }
  return [...segments.values()];
}

/** The integral over the piece [low, high], which every segment covers. */
function pieceEntropy(
  segments: readonly Segment[],
  low: number,
  high: number,
  classes: number,
  a: number,
  b: number,
): number {
  const density = logDensity(a, b);
  const width = high - low;
  const masses = new Float64Array(classes);
  const integrand = (t: number) => {
    const { left, right, slope } = doubleExponential(t);
    masses.fill(0);
    for (const { from, to, firstLabel, secondLabel, forward, backward } of segments) {
      const length = to - from;
      // Both from the nearer end of the piece, so that neither loses its digits.
      const lambda = (to - high + right * width) / length;
      const rest = (low - from + left * width) / length;
      let there = forward * Math.exp(density(lambda, rest));
      if (backward > 0) there += backward * Math.exp(density(rest, lambda));
      masses[firstLabel] += (there / length) * lambda;
      masses[secondLabel] += (there / length) * rest;
    }
    let total = 0;
    for (const mass of masses) total += mass;
    let entropy = 0;
    // Not the logarithm of the ratio: it overflows for the smallest masses.
    for (const mass of masses) if (mass > 0) entropy += mass * (Math.log(total) - Math.log(mass));
    return entropy * slope * width;
  };
  let entropy = 0;
  const cuts = peakCuts(segments, low, high, a, b).map((at) => doubleExponentialInverse((at - low) / width));
  const ends = [-MAP_END, ...cuts.filter((t) => Math.abs(t) < MAP_END), MAP_END];
  for (let i = 0; i + 1 < ends.length; i++) entropy += integrate(integrand, ends[i], ends[i + 1], 1e-12);
  return entropy;
}

/**
 * Where the segments' densities have their peaks and slopes inside a piece, ascending: a rule must not step
 * over one.
 */
function peakCuts(segments: readonly Segment[], low: number, high: number, a: number, b: number): number[] {
  const mean = a / (a + b);
  const deviation = Math.sqrt((a * b) / (a + b + 1)) / (a + b);
  const cuts = new Set<number>();
  for (const { from, to, forward, backward } of segments) {
    for (const offset of [-8, -2, 0, 2, 8]) {
      if (forward > 0) cuts.add(to - (mean + offset * deviation) * (to - from));
      if (backward > 0) cuts.add(from + (mean + offset * deviation) * (to - from));
    }
  }
  // Cuts that lie closer than the narrowest peak's half width are one cut.
  const shortest = leastOf(segments.map(({ from, to }) => to - from));
  const margin = Math.max(1e-9 * (high - low), 0.5 * deviation * shortest);
  const kept: number[] = [];
  for (const cut of [...cuts].sort((x, y) => x - y)) {
    const last = kept.at(-1) ?? low;
    if (cut - last > margin && high - cut > 1e-9 * (high - low)) kept.push(cut);
  }
  return kept;
}
