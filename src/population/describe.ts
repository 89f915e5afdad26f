/** A checked run as the description that it can be made from again: for files. */

import type { PhaseConfig, Run, RunConfig } from "./population.ts";

/** The run without its first parameters: they are history once it has begun. */
export function describeRun(run: Run): RunConfig {
  const { seed, optimizer, bandit, phases } = run;
  return {
    seed,
    optimizer,
    ...(bandit && { bandit }),
    ...describeChanges(run),
    ...(phases && {
      phases: phases.map(({ from, run: later }): PhaseConfig => {
        const { learningRate } = later.optimizer;
        return { from, learningRate, ...describeChanges(later) };
      }),
    }),
  };
}

function describeChanges(run: Run) {
  const { mixing, labelSmoothing, selfDistillation = 0, train, proportions, weights, frozen = [] } = run;
  return {
    mixing,
    labelSmoothing,
    // Of a phase that it is 0 again, or nothing is frozen, has to be said.
    selfDistillation,
    ...(train && { train: Array.from(train) }),
    ...(proportions && { proportions: Array.from(proportions) }),
    ...(weights && { weights: Array.from(weights) }),
    frozen,
  };
}
