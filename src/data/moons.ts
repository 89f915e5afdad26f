/**
 * The paper's two moons (section 3.1 and its code): scikit-learn's two half circles with noise, pulled apart
 * until a straight strip separates them, and turned so that the strip stands upright.
 *
 * Same distribution as the authors' data, from our own keyed random numbers; the points themselves differ.
 */

import { checkInteger, checkNumber, checkOptions, checkSeed } from "../check.ts";
import { normalPair } from "../numeric/normal.ts";
import { permuted } from "../numeric/permutation.ts";
import { PURPOSE } from "../numeric/threefry.ts";
import { classDataset, type Dataset } from "./dataset.ts";

export interface MoonsOptions {
  /** Number of points, N: floor(N / 2) of class 0, the rest of class 1. The paper has 300. */
  points?: number;
  /** Class separation delta: half the width of the empty strip around x = 0. The paper has 0.1 and 0.5. */
  separation: number;
  /**
   * Standard deviation of the noise on each coordinate, before the classes are separated. The paper has 0.1.
   */
  noise?: number;
  /** Integer in [0, 2^32). */
  seed: number;
}

/** Counters of the data stream: the shuffle, the noise. */
const SHUFFLE = 0;
const NOISE = 1;

/**
 * Two moons, `[N, 2]`: class 1 at x <= -separation, class 0 at x >= separation. The order of the points is a
 * keyed permutation, the noise is normal by Box and Muller's method from Threefry (key (seed, data)).
 * @throws ConfigError for fewer than 2 points, a negative separation or noise, a bad seed.
 */
export function twoMoons(options: MoonsOptions): Dataset {
  checkOptions("data", options, ["points", "separation", "noise", "seed"]);
  const { points = 300, separation, noise = 0.1, seed } = options;
  checkInteger("data.points", points, 2, 2 ** 28, "a number of points");
  checkNumber("data.separation", separation, { from: 0, to: 1e30, what: "a length" });
  checkNumber("data.noise", noise, { from: 0, to: 1e30, what: "a length" });
  checkSeed("data.seed", seed);
  const order = Array.from({ length: points }, (_, n) => permuted(seed, PURPOSE.data, SHUFFLE, n, points));
  const offsets = new Float64Array(2 * points);
  for (let n = 0; n < points; n++) {
    const [first, second] = normalPair(seed, PURPOSE.data, NOISE, n);
    offsets[2 * n] = noise * first;
    offsets[2 * n + 1] = noise * second;
  }
  return classDataset({ ...moonsFrom({ order, offsets, separation }), dimensions: 2, classes: 2 });
}

/**
 * The construction without its random numbers: point n is half-circle point `order[n]` plus `offsets[2n,
 * 2n+1]`. Given scikit-learn's order and noise it gives the authors' points.
 */
export function moonsFrom({
  order,
  offsets,
  separation,
}: {
  order: ArrayLike<number>;
  offsets: ArrayLike<number>;
  separation: number;
}): { points: Float64Array; labels: Uint32Array } {
  const size = order.length;
  const outer = Math.floor(size / 2);
  const labels = Uint32Array.from(order, (index) => (index < outer ? 0 : 1));
  const along = new Float64Array(size);
  const across = new Float64Array(size);
  let sum = 0;
  for (let n = 0; n < size; n++) {
    const index = labels[n] === 0 ? order[n] : order[n] - outer;
    const count = labels[n] === 0 ? outer : size - outer;
    const angle = count === 1 ? 0 : (Math.PI * index) / (count - 1);
    const [x, y] =
      labels[n] === 0 ? [Math.cos(angle), Math.sin(angle)] : [1 - Math.cos(angle), 0.5 - Math.sin(angle)];
    const side = labels[n] === 0 ? -1 : 1;
    along[n] = x + offsets[2 * n] - 0.5;
    across[n] = y + offsets[2 * n + 1] - 0.3 * side;
    sum += across[n];
  }
  const points = new Float64Array(2 * size);
  for (let n = 0; n < size; n++) {
    // The sign is forced: whatever noise carried over the middle is folded back.
    const distance = Math.abs(across[n] - sum / size) + separation;
    points[2 * n] = labels[n] === 0 ? distance : -distance;
    points[2 * n + 1] = along[n];
  }
  return { points, labels };
}
