/**
 * Which stages a backward pass has to reach: those with parameters that some run trains, and all behind them. Where every run has
 * a trunk frozen throughout, no gradient is computed that nobody would use. Pure.
 *
 * Not here: keeping single runs' frozen parameters as they are (`shaders/step/optimizer.wgsl`).
 */

import { allPhases, frozenParameters } from "../../../population/phases.ts";
import type { Population } from "../../../population/population.ts";
import type { Stage } from "./stages.ts";

/** The stages whose deltas are needed; of no run do bits depend on it, since others' deltas end in frozen parameters alone. */
export function learningStages(
  stages: readonly Stage[],
  population: Pick<Population, "model" | "runs">,
): ReadonlySet<Stage> {
  const distinct = new Map(allPhases(population).map((run) => [String(run.frozen), run]));
  const masks = [...distinct.values()].map((run) => frozenParameters(population.model, run));
  const isTrained = (operation: Stage["operation"]) =>
    Object.values(operation?.parameters ?? {}).some(
      (tensor) => tensor !== undefined && masks.some((mask) => mask?.[tensor.offset] !== 1),
    );
  const learning = new Set<Stage>();
  for (const stage of stages) {
    const { operation, normalization, inputs } = stage;
    if (isTrained(operation) || isTrained(normalization) || inputs.some((input) => learning.has(input)))
      learning.add(stage);
  }
  return learning;
}
