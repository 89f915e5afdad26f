/**
 * Runs by the product of lists: `grid({ seed: range(10), mixing: [erm(), mixup(beta(1))] })` is 20 runs.
 */

import type { Mixing } from "../mixing/mixing.ts";
import type { Optimizer } from "../model/optimizer.ts";
import type { RunConfig } from "./config.ts";

/** All combinations; the seed varies fastest, so the runs of one mixing lie together. */
export function grid({
  seed,
  mixing,
  optimizer = [undefined],
}: {
  seed: readonly number[];
  mixing: readonly Mixing[];
  optimizer?: readonly (Optimizer | undefined)[];
}): RunConfig[] {
  return optimizer.flatMap((optimizer) =>
    mixing.flatMap((mixing) => seed.map((seed) => ({ seed, mixing, ...(optimizer && { optimizer }) }))),
  );
}

/** `count` integers from `first`: range(3) is [0, 1, 2]. */
export function range(count: number, first = 0): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}
