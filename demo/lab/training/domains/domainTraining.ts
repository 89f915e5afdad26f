/**
 * Nets on mixtures of domains trained: losses by domain at some steps, and of bandits the policies.
 *
 * Not here: which mixtures (`mixtures.ts`), which bandits (`policies.ts`), the loop (`methodTraining.ts`).
 */

import { type Device, type PopulationHandle, range } from "../../../../src/index.ts";
import type { Experiment } from "../experiment.ts";
import { domainMeasure } from "../measured/quantities.ts";
import type { LabTrainOptions } from "../training.ts";
import { type MethodPlan, MethodTraining } from "./methodTraining.ts";

export class DomainTraining extends MethodTraining {
  constructor(
    device: Device,
    experiment: Experiment,
    checkpoint: Uint8Array | undefined,
    options: LabTrainOptions,
  ) {
    super(device, experiment, planOf(experiment), checkpoint, options);
  }
}

function planOf({ domains, train }: Experiment): MethodPlan {
  const { stops } = domains!;
  const K = train.data.domains!.length;
  const hasPolicies = train.runs.some(({ bandit }) => bandit !== undefined);
  return {
    runs: train.runs,
    metadata: "domains",
    measures: [
      ...range(K).map((k) => domainMeasure("loss", k)),
      ...(hasPolicies ? range(K).map((k) => domainMeasure("share", k)) : []),
    ],
    stops,
    async measure(handle: PopulationHandle) {
      const evaluations = await handle.evaluate(train.evaluationData);
      const policies = hasPolicies ? await handle.policies() : [];
      return evaluations.map((evaluation, r) =>
        Object.fromEntries([
          ...evaluation.domains!.map(({ loss }, k) => [domainMeasure("loss", k), loss ?? Number.NaN]),
          ...(policies[r] ?? []).map((share, k) => [domainMeasure("share", k), share]),
        ]),
      );
    },
  };
}
