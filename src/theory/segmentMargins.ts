/**
 * Distance from data points to a net's decision boundary in any number of dimensions: along segments to
 * points that are predicted differently, then along the normals of the boundary that is found.
 *
 * An upper bound that a real crossing proves: every margin comes with the boundary point it was measured to.
 * It is the true distance where the boundary is flat, and a local minimum of it elsewhere.
 */

import { ConfigError } from "../errors.ts";
import { type Classifier, predictedClasses } from "./classifier.ts";
import { labelledPoints, type TheoryData } from "./points.ts";

export interface SegmentMargins {
  /**
   * Distance to the boundary, `[N]`; 0 for misclassified points, Infinity where no class change was found.
   */
  readonly margins: Float64Array;
  /** The boundary points, `[N, D]`; NaN where there is none. */
  readonly boundary: Float64Array;
}

/**
 * Margins of a classifier at the data points. From each point, segments to its `targets` nearest data points
 * that are predicted as another class are searched at `steps` equal steps and then by bisection; from the
 * nearest crossing, up to `refinements` searches towards the boundary's normal there, taken from differences
 * of scores.
 *
 * `classifier` is called with many points at a time: N times targets times steps, and D + 1 for each normal.
 * @throws ConfigError for bad data or counts.
 */
export function segmentMargins({
  data,
  classifier,
  targets = 8,
  steps = 32,
  refinements = 20,
}: {
  data: TheoryData;
  classifier: Classifier;
  targets?: number;
  steps?: number;
  refinements?: number;
}): SegmentMargins {
  for (const [name, value] of Object.entries({ targets, steps })) {
    if (!Number.isInteger(value) || value < 1)
      throw new ConfigError(name, `${value}. Give an integer from 1.`);
  }
  if (!Number.isInteger(refinements) || refinements < 0) {
    throw new ConfigError("refinements", `${refinements}. Give an integer from 0.`);
  }
  const { size, dimensions, points, labels } = labelledPoints(data);
  const predicted = predictedClasses(classifier(points.slice(), size), size);
  const margins = new Float64Array(size).fill(Number.POSITIVE_INFINITY);
  const boundary = new Float64Array(size * dimensions).fill(Number.NaN);
  for (let n = 0; n < size; n++) {
    const start = points.slice(n * dimensions, (n + 1) * dimensions);
    if (predicted[n] !== labels[n]) {
      margins[n] = 0;
      boundary.set(start, n * dimensions);
      continue;
    }
    const ends = nearestOthers(points, dimensions, predicted, n, targets);
    let best = nearest(start, crossings(classifier, start, ends, labels[n], steps));
    for (let round = 0; best !== undefined && round < refinements; round++) {
      const closer = alongNormal(classifier, start, best, labels[n], steps);
      if (closer === undefined || distance(start, closer) >= distance(start, best) * (1 - 1e-9)) break;
      best = closer;
    }
    if (best === undefined) continue;
    margins[n] = distance(start, best);
    boundary.set(best, n * dimensions);
  }
  return { margins, boundary };
}

/** The data points nearest to point n among those that are predicted as another class. */
function nearestOthers(
  points: Float64Array,
  dimensions: number,
  predicted: Uint32Array,
  n: number,
  count: number,
): Float64Array[] {
  const at = (i: number) => points.slice(i * dimensions, (i + 1) * dimensions);
  const start = at(n);
  return Array.from(predicted, (_, i) => i)
    .filter((i) => predicted[i] !== predicted[n])
    .map((i) => ({ point: at(i), distance: distance(at(i), start) }))
    .sort((first, second) => first.distance - second.distance)
    .slice(0, count)
    .map(({ point }) => point);
}

/**
 * On each segment from `start` to an end, the first place where the class is no longer `label`; undefined if
 * none.
 */
function crossings(
  classifier: Classifier,
  start: Float64Array,
  ends: readonly Float64Array[],
  label: number,
  steps: number,
): (Float64Array | undefined)[] {
  if (ends.length === 0) return [];
  const positions = ends.flatMap((end) =>
    Array.from({ length: steps }, (_, i) => between(start, end, (i + 1) / steps)),
  );
  const classes = classesOf(classifier, positions);
  const low = new Float64Array(ends.length);
  const high = new Float64Array(ends.length);
  const found = ends.map((_, e) => {
    const first = classes.subarray(e * steps, (e + 1) * steps).findIndex((predicted) => predicted !== label);
    low[e] = first / steps;
    high[e] = (first + 1) / steps;
    return first >= 0;
  });
  // All segments together: few calls with many points are what a net is good at.
  for (let halving = 0; halving < 48 && found.includes(true); halving++) {
    const middles = ends.map((end, e) => between(start, end, 0.5 * (low[e] + high[e])));
    classesOf(classifier, middles).forEach((predicted, e) => {
      if (predicted === label) low[e] = 0.5 * (low[e] + high[e]);
      else high[e] = 0.5 * (low[e] + high[e]);
    });
  }
  return ends.map((end, e) => (found[e] ? between(start, end, high[e]) : undefined));
}

/**
 * How far the direction is turned from the crossing towards the normal; all are tried, the nearest crossing
 * wins.
 */
const TURNS = [1, 0.5, 0.25, 0.125, 0.03];

/**
 * The nearest crossing in directions between that of `crossing` and the boundary's normal there, within the
 * same reach. The whole turn is right for a flat boundary; for a boundary that bends away, it may miss, and a
 * part of it will not.
 */
function alongNormal(
  classifier: Classifier,
  start: Float64Array,
  crossing: Float64Array,
  label: number,
  steps: number,
): Float64Array | undefined {
  const reach = distance(start, crossing);
  if (reach === 0) return undefined;
  const normal = scoreGradient(classifier, crossing, label, 1e-4 * reach);
  const length = Math.hypot(...normal);
  if (!(length > 0)) return undefined;
  const ends = TURNS.map((turn) => {
    const direction = start.map(
      (value, k) => (1 - turn) * (crossing[k] - value) - turn * reach * (normal[k] / length),
    );
    const scale = reach / Math.hypot(...direction);
    return start.map((value, k) => value + scale * direction[k]);
  });
  return nearest(start, crossings(classifier, start, ends, label, steps));
}

function nearest(
  start: Float64Array,
  found: readonly (Float64Array | undefined)[],
): Float64Array | undefined {
  let best: Float64Array | undefined;
  for (const point of found) {
    if (point !== undefined && (best === undefined || distance(start, point) < distance(start, best)))
      best = point;
  }
  return best;
}

/**
 * By forward differences, the gradient of how much the score of `label` exceeds that of its strongest rival.
 */
function scoreGradient(classifier: Classifier, at: Float64Array, label: number, step: number): Float64Array {
  const dimensions = at.length;
  const positions = [at, ...Array.from(at, (_, k) => at.map((value, j) => (j === k ? value + step : value)))];
  const scores = classifier(flatten(positions), positions.length);
  const classes = scores.length / positions.length;
  let rival = label === 0 ? 1 : 0;
  for (let c = 0; c < classes; c++) if (c !== label && scores[c] > scores[rival]) rival = c;
  const lead = (i: number) => scores[i * classes + label] - scores[i * classes + rival];
  return Float64Array.from({ length: dimensions }, (_, k) => (lead(k + 1) - lead(0)) / step);
}

function classesOf(classifier: Classifier, positions: readonly Float64Array[]): Uint32Array {
  return predictedClasses(classifier(flatten(positions), positions.length), positions.length);
}

function flatten(positions: readonly Float64Array[]): Float64Array {
  const dimensions = positions[0].length;
  const flat = new Float64Array(positions.length * dimensions);
  positions.forEach((position, i) => {
    flat.set(position, i * dimensions);
  });
  return flat;
}

function between(start: Float64Array, end: Float64Array, fraction: number): Float64Array {
  return start.map((value, k) => value + fraction * (end[k] - value));
}

function distance(first: Float64Array, second: Float64Array): number {
  let square = 0;
  for (let k = 0; k < first.length; k++) square += (first[k] - second[k]) ** 2;
  return Math.sqrt(square);
}
