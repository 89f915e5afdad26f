/**
 * Data sets of pairs: what two towers take, one behind the other in each point.
 *
 * Not here: the loss that pulls pairs together (`model/loss.ts`).
 */

import { checkInteger, checkLength, checkOptions, float32Numbers } from "../check.ts";
import { ConfigError } from "../errors.ts";
import { type Dataset, regressionDataset } from "./dataset.ts";

/** `{ first [N, D1], second [N, D2], dimensions: [D1, D2] }`. */
export interface PairData {
  first: ArrayLike<number>;
  second: ArrayLike<number>;
  dimensions: readonly [first: number, second: number];
}

/**
 * A data set of N pairs: points are `[N, D1 + D2]`, firsts before seconds. Pairs have no labels; the one column of targets holds zeros,
 * which a loss of pairs does not look at.
 * @throws ConfigError for numbers that don't make rows or are not finite with 32 bits, and for another number of seconds than of firsts.
 */
export function pairDataset(data: PairData): Dataset {
  const { first, second, dimensions } = checkOptions<PairData>("data", data, [
    "first",
    "second",
    "dimensions",
  ]);
  if (!Array.isArray(dimensions) || dimensions.length !== 2)
    throw new ConfigError("data.dimensions", "give two numbers: dimensions of a first and of a second.");
  const [D1, D2] = dimensions.map((count, i) =>
    checkInteger(`data.dimensions[${i}]`, count, 1, Number.MAX_SAFE_INTEGER, "a number of dimensions"),
  );
  const rowsOf = (path: string, numbers: ArrayLike<number>, width: number) => {
    const length = checkLength(path, numbers);
    if (length === 0 || length % width !== 0)
      throw new ConfigError(path, `${length} numbers don't make rows of ${width}, at least one.`);
    return length / width;
  };
  const size = rowsOf("data.first", first, D1);
  const seconds = rowsOf("data.second", second, D2);
  if (seconds !== size)
    throw new ConfigError("data.second", `${seconds} seconds for ${size} firsts. Give one for each.`);
  const [a, b] = [float32Numbers("data.first", first), float32Numbers("data.second", second)];
  const points = new Float32Array(size * (D1 + D2));
  for (let n = 0; n < size; n++) {
    points.set(a.subarray(n * D1, (n + 1) * D1), n * (D1 + D2));
    points.set(b.subarray(n * D2, (n + 1) * D2), n * (D1 + D2) + D1);
  }
  return regressionDataset({ points, targets: new Float32Array(size), dimensions: D1 + D2, outputs: 1 });
}
