/** Two moons whose points are shaken until the classes overlap: where no net is right on all fresh points. */

import { classDataset, type Dataset, type MoonsOptions, twoMoons } from "../../../src/index.ts";
import { normalPair } from "../../../src/numeric/normal.ts";
import { PURPOSE } from "../../../src/numeric/threefry.ts";

/** The counter's stream of the shaking; the moons have their own. */
const STREAM = 0x5ade;

/** Moons of little noise, every point then moved by N(0, noise^2) in each direction. */
export function overlappingMoons({ points, separation, noise, seed }: Required<MoonsOptions>): Dataset {
  const { points: places, labels, size } = twoMoons({ points, separation, noise: 0.1, seed });
  const moved = Float64Array.from(places);
  for (let n = 0; n < size; n++) {
    const [x, y] = normalPair(seed, PURPOSE.data, STREAM, n);
    moved[2 * n] += noise * x;
    moved[2 * n + 1] += noise * y;
  }
  return classDataset({ points: moved, labels: labels!, dimensions: 2, classes: 2 });
}
