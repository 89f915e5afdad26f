/** All experiments by name, in the order in which they run. */

import { alternatingLineExperiment } from "./alternatingLine.ts";
import { collisionsExperiment } from "./collisions.ts";
import type { Experiment } from "./experiment.ts";
import { linearExperiment } from "./linear.ts";
import { rateExperiment } from "./rate.ts";
import { theoryExperiment } from "./theory.ts";
import { twoMoonsExperiment } from "./twoMoons.ts";

/** The list: the quick and exact ones come first. */
export const EXPERIMENTS: readonly Experiment[] = [
  theoryExperiment,
  linearExperiment,
  alternatingLineExperiment,
  rateExperiment,
  collisionsExperiment,
  twoMoonsExperiment,
];

/** The experiment of that name, or undefined. */
export function findExperiment(name: string): Experiment | undefined {
  return EXPERIMENTS.find((experiment) => experiment.name === name);
}
