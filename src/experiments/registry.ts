/** All experiments by name, in the order in which they run. */

import { alternatingLineExperiment } from "./alternating-line/experiment.ts";
import { cMixupExperiment } from "./c-mixup/experiment.ts";
import { collisionsExperiment } from "./collisions/experiment.ts";
import type { Experiment } from "./experiment.ts";
import { fairWeightsExperiment } from "./fair-weights/experiment.ts";
import { featureLearningExperiment } from "./feature-learning/experiment.ts";
import { imagesExperiment } from "./images/experiment.ts";
import { linearExperiment } from "./linear/experiment.ts";
import { longTailExperiment } from "./long-tail/experiment.ts";
import { mergingExperiment } from "./merging/experiment.ts";
import { midpointExperiment } from "./midpoint/experiment.ts";
import { mixingLawsExperiment } from "./mixing-laws/experiment.ts";
import { noisyPairsExperiment } from "./noisy-pairs/experiment.ts";
import { onlineMixingExperiment } from "./online-mixing/experiment.ts";
import { overTrainingExperiment } from "./over-training/experiment.ts";
import { rateExperiment } from "./rate/experiment.ts";
import { selfEvolutionExperiment } from "./self-evolution/experiment.ts";
import { theoryExperiment } from "./theory/experiment.ts";
import { twoMoonsExperiment } from "./two-moons/experiment.ts";

/** The list: the quick and exact ones come first. */
export const EXPERIMENTS: readonly Experiment[] = [
  theoryExperiment,
  linearExperiment,
  alternatingLineExperiment,
  rateExperiment,
  collisionsExperiment,
  twoMoonsExperiment,
  imagesExperiment,
  featureLearningExperiment,
  midpointExperiment,
  selfEvolutionExperiment,
  longTailExperiment,
  overTrainingExperiment,
  cMixupExperiment,
  fairWeightsExperiment,
  mergingExperiment,
  mixingLawsExperiment,
  onlineMixingExperiment,
  noisyPairsExperiment,
];

/** The experiment of that name, or undefined. */
export function findExperiment(name: string): Experiment | undefined {
  return EXPERIMENTS.find((experiment) => experiment.name === name);
}
