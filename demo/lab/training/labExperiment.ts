/** The experiment that a state of the lab describes, whichever preset it is of. Pure. */

import type { ImageSources } from "../../../src/experiments/images/settings.ts";
import { resolvePopulation } from "../../../src/population/config.ts";
import type { LabConfig } from "../state/fields.ts";
import { mergingExperiment } from "./domains/merging.ts";
import { mixturesExperiment } from "./domains/mixtures.ts";
import { policiesExperiment } from "./domains/policies.ts";
import { type Experiment, plainExperiment } from "./experiment.ts";
import { fairWeightsExperiment } from "./fair/fairWeights.ts";
import { longTailExperiment } from "./methods/longTail.ts";
import { overTrainingExperiment } from "./methods/overTraining.ts";

/**
 * The experiment that a state describes. One on images needs those among the `sources`.
 * @throws ConfigError if it can't be run.
 */
export function labExperiment(config: LabConfig, sources: ImageSources = {}): Experiment {
  switch (config.preset) {
    case "over-training":
      return overTrainingExperiment(config);
    case "long-tail":
      return longTailExperiment(config, sources);
    case "mixing":
      return mixturesExperiment(config, sources);
    case "policies":
      return policiesExperiment(config, sources);
    case "fair-weights":
      return fairWeightsExperiment(config);
    case "merging":
      return mergingExperiment(config, sources);
    default:
      return plainExperiment(config, sources);
  }
}

/**
 * Asks the library whether it can train this.
 * @throws ConfigError if not.
 */
export function checkExperiment({ train: { executor: _, variants: __, ...config } }: Experiment): void {
  resolvePopulation(config);
}
