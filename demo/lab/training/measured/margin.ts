/** The margin of a mean of nets in the plane: from the training point that is nearest to their boundary, to it. Pure. */

import type { Dataset } from "../../../../src/index.ts";
import { levelSegments } from "../../page/geometry.ts";
import { gridSize, type ProbeGrid } from "../probes.ts";

type Place = readonly [x: number, y: number];

/** Of two classes: 0 at a training point that is misclassified. */
export interface Margin {
  readonly length: number;
  readonly point: Place;
  readonly boundary: Place;
}

/** The least margin, to the boundary as it runs between grid points; undefined where it is not within the grid. */
export function leastMargin(
  { points, labels, size }: Pick<Dataset, "points" | "labels" | "size">,
  probe: ProbeGrid,
  probabilities: ArrayLike<number>,
): Margin | undefined {
  const { low, high, columns, rows } = probe;
  const place = (n: number): Place => [points[2 * n], points[2 * n + 1]];
  for (let n = 0; n < size; n++)
    if (probabilities[gridSize(probe) + n] > 0.5 !== (labels![n] === 1))
      return { length: 0, point: place(n), boundary: place(n) };
  const segments = levelSegments(columns, rows, (i) => probabilities[i], 0.5);
  const scale = [(high[0] - low[0]) / (columns - 1), (high[1] - low[1]) / (rows - 1)];
  const ends = segments.map((value, i) => low[i % 2] + scale[i % 2] * value);
  let best: Margin | undefined;
  for (let n = 0; n < size; n++) {
    const point = place(n);
    for (let s = 0; s < ends.length; s += 4) {
      const boundary = nearestOn(point, [ends[s], ends[s + 1]], [ends[s + 2], ends[s + 3]]);
      const length = Math.hypot(boundary[0] - point[0], boundary[1] - point[1]);
      if (best === undefined || length < best.length) best = { length, point, boundary };
    }
  }
  return best;
}

/** The place on a segment that is nearest to a point. */
function nearestOn([x, y]: Place, [ax, ay]: Place, [bx, by]: Place): Place {
  const [dx, dy] = [bx - ax, by - ay];
  const square = dx * dx + dy * dy;
  const t = square === 0 ? 0 : Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / square));
  return [ax + t * dx, ay + t * dy];
}
