/**
 * Bandits over four domains as an experiment: equal shares beside a bandit whose reward is the training loss, with a last domain that
 * is junk. Pure.
 *
 * Not here: training them (`domainTraining.ts`).
 */

import { digitsDataset } from "../../../../src/experiments/digits.ts";
import type { ImageSources } from "../../../../src/experiments/images/settings.ts";
import { bandedDigits, DOMAINS } from "../../../../src/experiments/online-mixing/data.ts";
import { adam, constantLambda, domainBandit, erm, mlp, range } from "../../../../src/index.ts";
import type { LabConfig } from "../../state/fields.ts";
import type { Experiment, Group } from "../experiment.ts";
import { policyQuantities } from "../measured/quantities.ts";
import { NO_PROBES } from "../probes.ts";
import { stopsOf } from "./mixtures.ts";

/** Images in each domain; all others are for validation. */
const TRAINING = 1200;
const BATCH = 32;
const EVALUATIONS = 40;

/** What the rewards are called. */
const REWARD_NAMES: Readonly<Record<LabConfig["reward"], string>> = {
  exp3: "exp3",
  ema: "smoothed",
  cumulative: "cumulative",
};

/** @throws ConfigError without the digits. */
export function policiesExperiment(
  { dataSeed, units, steps, seeds, firstSeed, reward, junk }: LabConfig,
  { digits }: ImageSources,
): Experiment {
  const last = junk === "labels" ? "random labels" : "noisy inputs";
  const { training, validation } = bandedDigits(digitsDataset(digits), dataSeed, TRAINING, last);
  const K = DOMAINS.length;
  const asked = last === "random labels" ? K - 1 : K;
  const groups: Group[] = [
    { kind: "erm", mixing: erm(), name: "Equal shares", short: "Equal", firstRun: 0, runs: seeds },
    {
      ...{ kind: "mixup", mixing: erm(), firstRun: seeds, runs: seeds },
      name: `Bandit, ${REWARD_NAMES[reward]}`,
      short: "Bandit",
    },
  ];
  // Equal shares draw a domain a step as well: a bandit that never ends its warm-up.
  const bandits = [domainBandit({ warm: 0x7fffffff }), domainBandit({ reward })];
  return {
    law: constantLambda(1),
    classNames: range(training.targetSize).map(String),
    picture: "policies",
    probe: NO_PROBES,
    quantities: policyQuantities(DOMAINS, asked),
    isTested: true,
    groups,
    steps,
    domains: { stops: stopsOf(steps, EVALUATIONS) },
    policies: { last, asked },
    train: {
      data: training,
      evaluationData: validation,
      model: mlp([training.dimensions, units, training.targetSize]),
      optimizer: adam({ learningRate: 1e-3 }),
      steps,
      batch: BATCH,
      runs: bandits.flatMap((bandit) =>
        range(seeds, firstSeed).map((seed) => ({ seed, mixing: erm(), bandit })),
      ),
    },
  };
}
