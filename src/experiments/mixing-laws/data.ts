/**
 * Three domains of digits, each under a permutation of the pixels of its own (the first under none): what a net learns of one is of no
 * use to another. And the mixtures of them, uniform over all there are.
 *
 * Not here: training (`experiment.ts`).
 */

import type { Dataset } from "../../data/dataset.ts";
import { withDomains } from "../../data/domains.ts";
import { permuted } from "../../numeric/permutation.ts";
import { openUnit, PURPOSE, threefry } from "../../numeric/threefry.ts";
import { range } from "../../population/grid.ts";
import { randomSplit, selectRows } from "../splits.ts";
import { copiesOf } from "../transforms.ts";

export const DOMAINS = ["first", "second", "third"];

export interface DomainSets {
  readonly training: Dataset;
  readonly validation: Dataset;
}

/** `training` images in each domain, and all others, in each, for validation; which, and how pixels are permuted, `seed` decides. */
export function permutedDigits(digits: Dataset, seed: number, training: number): DomainSets {
  const { splits } = randomSplit(digits, { seed, training });
  const { dimensions: D } = digits;
  const maps = DOMAINS.map((_, k) =>
    Uint32Array.from({ length: D }, (_, d) =>
      k === 0 ? d : permuted(seed, PURPOSE.permutedDomains, k, d, D),
    ),
  );
  const set = (rows: Uint32Array) =>
    withDomains(
      copiesOf(selectRows(digits, rows), maps),
      Object.fromEntries(
        DOMAINS.map((name, k) => [name, { from: k * rows.length, to: (k + 1) * rows.length }]),
      ),
    );
  return { training: set(splits.training), validation: set(splits.test) };
}

/** `count` mixtures, from Dirichlet's law with all parameters 1, `[count][K]`. */
export function dirichletMixtures(seed: number, count: number): number[][] {
  return range(count).map((m) => {
    const parts = DOMAINS.map((_, k) => -Math.log(openUnit(threefry(seed, PURPOSE.mixtures, m, k))));
    const sum = parts.reduce((total, part) => total + part, 0);
    return parts.map((part) => part / sum);
  });
}
