/**
 * Random class data for tests: points uniform in the unit cube, class = index mod classes. Float64, keyed by
 * seed.
 */

import { threefry, threefrySecond } from "../../src/numeric/threefry.ts";

export function randomPoints({
  size,
  dimensions,
  classes,
  seed,
}: {
  size: number;
  dimensions: number;
  classes: number;
  seed: number;
}) {
  const points = Float64Array.from({ length: size * dimensions }, (_, i) => {
    const word = threefry(seed, 1000, 0, i);
    return (word + (threefrySecond() + 0.5) * 2 ** -32) * 2 ** -32;
  });
  const labels = Uint32Array.from({ length: size }, (_, n) => n % classes);
  return { points, labels, dimensions, classes };
}
