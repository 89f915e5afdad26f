/**
 * Distance from data points to a net's decision boundary in any number of dimensions: along segments to
 * points that are predicted differently, then along the normals of the boundary that is found.
 *
 * An upper bound that a real crossing proves: every margin comes with the boundary point it was measured to.
 * It is the true distance where the boundary is flat, and a local minimum of it elsewhere.
 */

import { checkInteger, checkOptions } from "../../check.ts";
import { type Classifier, predictedClasses, scoresAt } from "../classifier.ts";
import { type LabelledPoints, labelledPoints, type TheoryData } from "../points.ts";

export interface SegmentMargins {
  /**
   * Distance to the boundary, `[N]`; 0 for misclassified points, Infinity where no class change was found.
   */
  readonly margins: Float64Array;
  /** The boundary points, `[N, D]`; NaN where there is none. */
  readonly boundary: Float64Array;
}

/** How far to search. */
export interface SegmentOptions {
  /** Nearest points of other predicted classes to search towards; default 8. */
  targets?: number;
  /** Steps of a segment; default 32. */
  steps?: number;
  /** Searches towards the normal, at most; default 20. */
  refinements?: number;
}

/** Their names. */
export const SEGMENT_OPTIONS = ["targets", "steps", "refinements"] as const;

/**
 * A search that asks for scores: yields points `[count, D]`, is given their scores `[count, C]`, and returns what it
 * found. So one search serves classifiers that answer at once and those that don't.
 */
export type Search<T> = Generator<Float64Array, T, ArrayLike<number>>;

/** Numbers of the positions that a search asks for at a time. */
const POSITION_NUMBERS = 1 << 21;

/**
 * Margins of a classifier at the data points. From each point, segments to its `targets` nearest data points
 * that are predicted as another class are searched at `steps` equal steps and then by bisection; from the
 * nearest crossing, up to `refinements` searches towards the boundary's normal there, taken from differences
 * of scores.
 *
 * `classifier` is called with many points at a time, those of several data points' searches together.
 * @throws ConfigError for bad data, counts or scores.
 */
export function segmentMargins(
  request: { data: TheoryData; classifier: Classifier } & SegmentOptions,
): SegmentMargins {
  checkOptions("", request, ["data", "classifier", ...SEGMENT_OPTIONS]);
  const { data, classifier, ...options } = request;
  const { search, dimensions, classes } = planSegments(data, options);
  let asked = search.next();
  while (!asked.done) {
    asked = search.next(scoresAt(classifier, asked.value, asked.value.length / dimensions, classes));
  }
  return asked.value;
}

/**
 * The search of all margins. `difference` is the step of the scores' differences, as a part of the distance searched:
 * small against the boundary's bends, large against the scores' rounding.
 * @throws ConfigError for bad data or counts.
 */
export function planSegments(
  data: TheoryData,
  { targets = 8, steps = 32, refinements = 20 }: SegmentOptions,
  difference = 1e-4,
): { search: Search<SegmentMargins>; dimensions: number; classes: number } {
  checkInteger("targets", targets, 1, 2 ** 20, "a number of targets");
  checkInteger("steps", steps, 1, 2 ** 20, "a number of steps");
  checkInteger("refinements", refinements, 0, 2 ** 20, "a number of refinements");
  const labelled = labelledPoints(data);
  const settled = { targets, steps, refinements, difference };
  const { dimensions, classes } = labelled;
  return { search: searchAll(labelled, settled), dimensions, classes };
}

type Settled = Required<SegmentOptions> & { readonly difference: number };

function* searchAll(
  { size, dimensions, points, labels }: LabelledPoints,
  settled: Settled,
): Search<SegmentMargins> {
  const predicted = predictedClasses(yield points.slice(), size);
  const margins = new Float64Array(size).fill(Number.POSITIVE_INFINITY);
  const boundary = new Float64Array(size * dimensions).fill(Number.NaN);
  // As many points together as memory allows: few calls with many points are what a net is good at.
  const segments = Math.max(settled.targets, TURNS.length) * settled.steps;
  const perPoint = Math.max(segments, dimensions + 1) * dimensions;
  const atOnce = Math.max(1, Math.floor(POSITION_NUMBERS / perPoint));
  for (let first = 0; first < size; first += atOnce) {
    const some = Array.from({ length: Math.min(atOnce, size - first) }, (_, i) => first + i);
    const starts = some.map((n) => points.slice(n * dimensions, (n + 1) * dimensions));
    const searches = some.map((n, i) => {
      const right = predicted[n] === labels[n];
      const ends = right ? nearestOthers(points, dimensions, predicted, n, settled.targets) : undefined;
      return searchOne(starts[i], ends, labels[n], settled);
    });
    const found = yield* together(searches, dimensions);
    found.forEach((point, i) => {
      if (point === undefined) return;
      margins[some[i]] = distance(starts[i], point);
      boundary.set(point, some[i] * dimensions);
    });
  }
  return { margins, boundary };
}

/** Several searches at the same time: what they ask for is asked in one. */
function* together<T>(searches: readonly Search<T>[], dimensions: number): Search<T[]> {
  const results: T[] = [];
  let asking = searches.map((search, at) => ({ at, search, asked: search.next() }));
  for (;;) {
    asking = asking.filter(({ at, asked }) => {
      if (asked.done) results[at] = asked.value;
      return !asked.done;
    });
    if (asking.length === 0) return results;
    const positions = asking.map(({ asked }) => asked.value as Float64Array);
    const all = flatten(positions);
    const scores = Float64Array.from(yield all);
    const classes = (scores.length * dimensions) / all.length;
    let from = 0;
    asking.forEach((one, i) => {
      const to = from + (positions[i].length / dimensions) * classes;
      one.asked = one.search.next(scores.subarray(from, to));
      from = to;
    });
  }
}

/** The nearest boundary point that is found from a point on; without `ends` the point is misclassified: beyond it already. */
function* searchOne(
  start: Float64Array,
  ends: readonly Float64Array[] | undefined,
  label: number,
  { steps, refinements, difference }: Settled,
): Search<Float64Array | undefined> {
  if (ends === undefined) return start;
  let best = nearest(start, yield* crossings(start, ends, label, steps));
  for (let round = 0; best !== undefined && round < refinements; round++) {
    const closer = yield* alongNormal(start, best, label, steps, difference);
    if (closer === undefined || distance(start, closer) >= distance(start, best) * (1 - 1e-9)) break;
    best = closer;
  }
  return best;
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
function* crossings(
  start: Float64Array,
  ends: readonly Float64Array[],
  label: number,
  steps: number,
): Search<(Float64Array | undefined)[]> {
  if (ends.length === 0) return [];
  const positions = ends.flatMap((end) =>
    Array.from({ length: steps }, (_, i) => between(start, end, (i + 1) / steps)),
  );
  const classes = yield* classesOf(positions);
  const low = new Float64Array(ends.length);
  const high = new Float64Array(ends.length);
  const found = ends.map((_, e) => {
    const first = classes.subarray(e * steps, (e + 1) * steps).findIndex((predicted) => predicted !== label);
    low[e] = first / steps;
    high[e] = (first + 1) / steps;
    return first >= 0;
  });
  for (let halving = 0; halving < 48 && found.includes(true); halving++) {
    const middles = ends.map((end, e) => between(start, end, 0.5 * (low[e] + high[e])));
    (yield* classesOf(middles)).forEach((predicted, e) => {
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
function* alongNormal(
  start: Float64Array,
  crossing: Float64Array,
  label: number,
  steps: number,
  difference: number,
): Search<Float64Array | undefined> {
  const reach = distance(start, crossing);
  if (reach === 0) return undefined;
  const normal = yield* scoreGradient(crossing, label, difference * reach);
  const length = Math.hypot(...normal);
  if (!(length > 0)) return undefined;
  const ends = TURNS.map((turn) => {
    const direction = start.map(
      (value, k) => (1 - turn) * (crossing[k] - value) - turn * reach * (normal[k] / length),
    );
    const scale = reach / Math.hypot(...direction);
    return start.map((value, k) => value + scale * direction[k]);
  });
  return nearest(start, yield* crossings(start, ends, label, steps));
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
function* scoreGradient(at: Float64Array, label: number, step: number): Search<Float64Array> {
  const dimensions = at.length;
  const positions = [at, ...Array.from(at, (_, k) => at.map((value, j) => (j === k ? value + step : value)))];
  const scores = yield flatten(positions);
  const classes = scores.length / positions.length;
  let rival = label === 0 ? 1 : 0;
  for (let c = 0; c < classes; c++) if (c !== label && scores[c] > scores[rival]) rival = c;
  const lead = (i: number) => scores[i * classes + label] - scores[i * classes + rival];
  return Float64Array.from({ length: dimensions }, (_, k) => (lead(k + 1) - lead(0)) / step);
}

function* classesOf(positions: readonly Float64Array[]): Search<Uint32Array> {
  return predictedClasses(yield flatten(positions), positions.length);
}

function flatten(positions: readonly Float64Array[]): Float64Array {
  const flat = new Float64Array(positions.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const position of positions) {
    flat.set(position, at);
    at += position.length;
  }
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
