/**
 * Runs by the product of lists: `grid({ seed: range(10), mixing: [erm(), mixup(beta(1))] })` is 20 runs.
 */

import { checkInteger, checkOptions, checkSeed, shown } from "../check.ts";
import { ConfigError } from "../errors.ts";
import { checkMixing, type Mixing } from "../mixing/mixing.ts";
import { checkOptimizer, type Optimizer } from "../model/optimizer.ts";
import { MOST_RUNS } from "./config.ts";
import type { RunConfig } from "./population.ts";

/**
 * All combinations; the seed varies fastest, so the runs of one mixing lie together.
 * @throws ConfigError for unknown lists, empty ones, entries that can't be run, and more runs than a population may have.
 */
export function grid(lists: {
  seed: readonly number[];
  mixing: readonly Mixing[];
  optimizer?: readonly (Optimizer | undefined)[];
}): RunConfig[] {
  checkOptions("grid", lists, ["seed", "mixing", "optimizer"]);
  const { seed, mixing, optimizer = [undefined] } = lists;
  for (const [name, list] of Object.entries({ seed, mixing, optimizer })) {
    if (!Array.isArray(list) || list.length === 0) {
      throw new ConfigError(
        `grid.${name}`,
        `${shown(list)} is not possible here. Give a list with at least one entry.`,
      );
    }
  }
  const count = seed.length * mixing.length * optimizer.length;
  if (count > MOST_RUNS)
    throw new ConfigError("grid", `${count} runs. At most ${MOST_RUNS} make a population.`);
  // By index and copied: a hole is an entry that is missing.
  for (let i = 0; i < seed.length; i++) checkSeed(`grid.seed[${i}]`, seed[i]);
  for (let i = 0; i < mixing.length; i++) checkMixing(mixing[i], `grid.mixing[${i}]`);
  for (let i = 0; i < optimizer.length; i++)
    if (optimizer[i] !== undefined) checkOptimizer(optimizer[i]!, `grid.optimizer[${i}]`);
  return Array.from(optimizer).flatMap((optimizer) =>
    mixing.flatMap((mixing) => seed.map((seed) => ({ seed, mixing, ...(optimizer && { optimizer }) }))),
  );
}

/**
 * `count` integers from `first`: range(3) is [0, 1, 2].
 * @throws ConfigError for what is no count, or no integer to begin with.
 */
export function range(count: number, first = 0): number[] {
  checkInteger("count", count, 0, 2 ** 24, "a count");
  checkInteger("first", first, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, "an integer");
  return Array.from({ length: count }, (_, i) => first + i);
}
