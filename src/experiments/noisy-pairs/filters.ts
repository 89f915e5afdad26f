/**
 * Which pairs are kept, and how much they count: decided of measures of all training pairs, now and then.
 *
 * Not here: when (`experiment.ts`), the measures (`model/metrics/pairs.ts`).
 */

import type { PairMeasures } from "../../model/metrics/pairs.ts";
import { trim } from "../../numeric/ranking.ts";
import type { ArmName } from "./results.ts";

const FILTERED: readonly ArmName[] = ["filtered", "weighted", "energy", "complementary"];

export function isFiltered(arm: ArmName): boolean {
  return FILTERED.includes(arm);
}

/**
 * The pairs that an arm keeps, `ceil(share n)` by their index, ties by the smaller one; and their weights, if it has any.
 * @param losses of all pairs, `[n]`: minus half of their scores
 * @param measure what takes longer; asked for where it is needed
 */
export function keptPairs(
  arm: ArmName,
  losses: Float64Array,
  measure: () => PairMeasures,
  share: number,
): { kept: Uint32Array; weights?: Float32Array } {
  if (arm !== "energy") {
    const kept = trim(losses, 1 - share);
    return arm === "weighted" ? { kept, weights: entropyWeights(measure(), kept) } : { kept };
  }
  const { rowEnergies, columnEnergies } = measure();
  return {
    kept: trim(
      rowEnergies.map((energy, n) => energy + columnEnergies[n]),
      1 - share,
    ),
  };
}

/** exp(-H) of the swapped entropies H of kept pairs, divided by their mean. */
function entropyWeights({ swappedEntropies }: PairMeasures, kept: Uint32Array): Float32Array {
  const raw = Float64Array.from(kept, (n) => Math.exp(-swappedEntropies[n]));
  const mean = raw.reduce((sum, weight) => sum + weight, 0) / raw.length;
  return Float32Array.from(raw, (weight) => weight / mean);
}
