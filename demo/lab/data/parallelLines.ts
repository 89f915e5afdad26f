/**
 * Data in the plane of which every point is a support vector, as Theorem 3.5 assumes (and as Gaussian data of many more
 * dimensions than points almost always are): two parallel lines, one a class, as far from the origin on either side.
 */

import { ConfigError, classDataset, type Dataset } from "../../../src/index.ts";
import { normalPair } from "../../../src/numeric/normal.ts";
import { PURPOSE } from "../../../src/numeric/threefry.ts";

/** Direction across the lines: no axis, so that nothing is right by accident. */
export const ACROSS: readonly [number, number] = [Math.cos(0.5), Math.sin(0.5)];

/**
 * `points` points (an even number is balanced, as the theorem needs), class 0 at distance `separation` on one side,
 * class 1 on the other, spread along the line with standard deviation `spread`.
 */
export function parallelLines({
  points: N,
  separation,
  spread,
  seed,
}: {
  points: number;
  separation: number;
  spread: number;
  seed: number;
}): Dataset {
  if (!(separation > 0)) throw new ConfigError("separation", "0 puts both classes on one line. Give more.");
  const points = new Float64Array(2 * N);
  const labels = new Uint32Array(N);
  for (let n = 0; n < N; n++) {
    labels[n] = n % 2;
    const side = labels[n] === 0 ? -separation : separation;
    const along = spread * normalPair(seed, PURPOSE.data, 0, n)[0];
    points[2 * n] = side * ACROSS[0] - along * ACROSS[1];
    points[2 * n + 1] = side * ACROSS[1] + along * ACROSS[0];
  }
  return classDataset({ points, labels, dimensions: 2, classes: 2 });
}
