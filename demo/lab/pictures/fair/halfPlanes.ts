/** Half-planes in a square around 0: which part of a polygon lies in one, and where its edge runs. Pure. */

export type Point = readonly [x: number, y: number];

/** Where a x + b y + c is above 0. */
export interface HalfPlane {
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** What a logistic model says is of class 1 among points of a group; theta is of x, y, the group and 1. */
export function groupHalfPlane(
  [a, b, ofGroup, bias]: ArrayLike<number> & Iterable<number>,
  group: number,
): HalfPlane {
  return { a, b, c: ofGroup * group + bias };
}

export function opposite({ a, b, c }: HalfPlane): HalfPlane {
  return { a: -a, b: -b, c: -c };
}

/** The square from -reach to reach. */
export function squareOf(reach: number): Point[] {
  return [
    [-reach, -reach],
    [reach, -reach],
    [reach, reach],
    [-reach, reach],
  ];
}

/** The part of a convex polygon that lies in a half-plane; empty where none does. */
export function clipped(polygon: readonly Point[], { a, b, c }: HalfPlane): Point[] {
  const value = ([x, y]: Point) => a * x + b * y + c;
  return polygon.flatMap((point, i): Point[] => {
    const next = polygon[(i + 1) % polygon.length];
    const [here, there] = [value(point), value(next)];
    const own = here > 0 ? [point] : [];
    if (here > 0 === there > 0) return own;
    const part = here / (here - there);
    return [...own, [point[0] + part * (next[0] - point[0]), point[1] + part * (next[1] - point[1])]];
  });
}

/** The edge of a half-plane within the square, from left to right; undefined where there is none. */
export function edgeIn(reach: number, { a, b, c }: HalfPlane): [from: Point, to: Point] | undefined {
  const square = a * a + b * b;
  if (!(square > 0)) return undefined;
  const start: Point = [(-c * a) / square, (-c * b) / square];
  const along: Point = [-b, a];
  let [from, to] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const d of [0, 1]) {
    if (along[d] === 0) {
      if (Math.abs(start[d]) > reach) return undefined;
      continue;
    }
    const ends = [-reach, reach].map((end) => (end - start[d]) / along[d]);
    from = Math.max(from, Math.min(...ends));
    to = Math.min(to, Math.max(...ends));
  }
  if (!(to > from)) return undefined;
  const at = (t: number): Point => [start[0] + t * along[0], start[1] + t * along[1]];
  const [first, last] = [at(from), at(to)];
  return first[0] <= last[0] ? [first, last] : [last, first];
}
