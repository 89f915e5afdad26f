/** Layout maths of the plots: scales, ticks, paths, level lines. Pure. */

/** Maps data to pixels. */
export type Scale = (value: number) => number;

/** `low..high` to `from..to`, linear. */
export function linearScale(low: number, high: number, from: number, to: number): Scale {
  const factor = (to - from) / (high - low || 1);
  return (value) => from + (value - low) * factor;
}

/** `low..high`, both above 0, to `from..to` by logarithms. */
export function logScale(low: number, high: number, from: number, to: number): Scale {
  const linear = linearScale(Math.log(low), Math.log(high), from, to);
  return (value) => linear(Math.log(value));
}

/** About `count` round numbers from `low` to `high`: steps of 1, 2 or 5 times a power of ten. */
export function ticks(low: number, high: number, count: number): number[] {
  if (!(high > low)) return [low];
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough * 0.999)!;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => +((first + i) * step).toPrecision(12));
}

/**
 * An SVG path through points; gaps where a value is not finite. Coordinates to a hundredth of a pixel; points that no eye would
 * miss are left out, since long paths take long to paint.
 */
export function linePath(xs: ArrayLike<number>, ys: ArrayLike<number>): string {
  let path = "";
  for (let from = 0; from < ys.length; from++) {
    if (!Number.isFinite(ys[from])) continue;
    let to = from;
    while (to + 1 < ys.length && Number.isFinite(ys[to + 1])) to++;
    path += `M${needed(xs, ys, from, to)
      .map((i) => `${short(xs[i])},${short(ys[i])}`)
      .join("L")}`;
    from = to;
  }
  return path;
}

/** Pixels by which a line may miss a point that is left out. */
const MISSED = 0.15;

/** Which of the points `from..to`, ends included, a line needs so as to miss none of the others visibly (Douglas and Peucker). */
function needed(xs: ArrayLike<number>, ys: ArrayLike<number>, from: number, to: number): number[] {
  const kept = [from];
  const visit = (a: number, b: number) => {
    const [dx, dy] = [xs[b] - xs[a], ys[b] - ys[a]];
    const length = Math.hypot(dx, dy) || 1;
    let [farthest, most] = [-1, MISSED];
    for (let i = a + 1; i < b; i++) {
      const miss = Math.abs(dx * (ys[i] - ys[a]) - dy * (xs[i] - xs[a])) / length;
      if (miss > most) [farthest, most] = [i, miss];
    }
    if (farthest < 0) {
      kept.push(b);
      return;
    }
    visit(a, farthest);
    visit(farthest, b);
  };
  if (to > from) visit(from, to);
  return kept;
}

/** The area between two curves, where both are finite. */
export function bandPath(xs: ArrayLike<number>, lower: ArrayLike<number>, upper: ArrayLike<number>): string {
  const known = Array.from(xs, (_, i) => i).filter((i) => Number.isFinite(lower[i] + upper[i]));
  if (known.length === 0) return "";
  const own = known.map((i) => xs[i]);
  const edge = (values: ArrayLike<number>) => {
    const ys = known.map((i) => values[i]);
    return needed(own, ys, 0, known.length - 1).map((i) => `${short(own[i])},${short(ys[i])}`);
  };
  return `M${[...edge(upper), ...edge(lower).toReversed()].join("L")}Z`;
}

function short(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/**
 * Mean, least and largest over rows `from .. from + count` of `values [rows, width]`, column by column. Entries that are
 * not finite, of nets that diverged, are left out; where all are, nothing is.
 */
export function spreadOf(
  values: ArrayLike<number>,
  width: number,
  from: number,
  count: number,
): { mean: Float64Array; least: Float64Array; largest: Float64Array } {
  const mean = new Float64Array(width);
  const least = new Float64Array(width).fill(Number.POSITIVE_INFINITY);
  const largest = new Float64Array(width).fill(Number.NEGATIVE_INFINITY);
  for (let i = 0; i < width; i++) {
    let known = 0;
    for (let row = from; row < from + count; row++) {
      const value = values[row * width + i];
      if (!Number.isFinite(value)) continue;
      known++;
      mean[i] += value;
      least[i] = Math.min(least[i], value);
      largest[i] = Math.max(largest[i], value);
    }
    mean[i] /= known;
  }
  return { mean, least, largest };
}

/**
 * Level lines by marching squares: where `value(i)` on a grid (x fastest) passes `level`. Returns segments
 * `x1, y1, x2, y2` in grid units. A cell with a corner that is not finite has no line.
 */
export function levelSegments(
  columns: number,
  rows: number,
  value: (index: number) => number,
  level: number,
): number[] {
  const segments: number[] = [];
  const corner = new Float64Array(4);
  const crossing: number[] = [];
  for (let row = 0; row + 1 < rows; row++) {
    for (let column = 0; column + 1 < columns; column++) {
      const at = row * columns + column;
      // Anticlockwise from the lower left.
      corner[0] = value(at) - level;
      corner[1] = value(at + 1) - level;
      corner[2] = value(at + columns + 1) - level;
      corner[3] = value(at + columns) - level;
      if (!corner.every(Number.isFinite)) continue;
      crossing.length = 0;
      for (let edge = 0; edge < 4; edge++) {
        const [a, b] = [corner[edge], corner[(edge + 1) % 4]];
        if (a > 0 === b > 0) continue;
        const t = a / (a - b);
        if (edge === 0) crossing.push(column + t, row);
        else if (edge === 1) crossing.push(column + 1, row + t);
        else if (edge === 2) crossing.push(column + 1 - t, row + 1);
        else crossing.push(column, row + 1 - t);
      }
      if (crossing.length === 8 && corner[0] + corner[1] + corner[2] + corner[3] > 0 !== corner[0] > 0) {
        // A saddle: the middle decides which corners belong together.
        segments.push(crossing[0], crossing[1], crossing[6], crossing[7]);
        segments.push(crossing[2], crossing[3], crossing[4], crossing[5]);
      } else segments.push(...crossing);
    }
  }
  return segments;
}

/** Segments as an SVG path. */
export function segmentPath(segments: readonly number[], x: Scale, y: Scale): string {
  let path = "";
  for (let i = 0; i < segments.length; i += 4) {
    path += `M${short(x(segments[i]))},${short(y(segments[i + 1]))}L${short(x(segments[i + 2]))},${short(y(segments[i + 3]))}`;
  }
  return path;
}

/** Density of Beta(a, a) at x in (0, 1), over its largest value, so that it fits any picture. */
export function relativeBetaDensity(a: number, x: number): number {
  // Where a < 1 the density has no largest value: over that at 1/100.
  const reference = a >= 1 ? 0.25 : 0.01 * 0.99;
  return Math.min(1, Math.exp((a - 1) * Math.log((x * (1 - x)) / reference)));
}
