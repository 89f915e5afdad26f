/**
 * A long tail trained. The first stage trains a run for each draw; then they are forked, their trunks frozen, and each classifier goes
 * on its way, measured at some steps.
 *
 * Not here: data and ways (`longTail.ts`), the loop (`methodTraining.ts`).
 */

import { measureTail } from "../../../../src/experiments/long-tail/paths.ts";
import { type Device, type PopulationHandle, range } from "../../../../src/index.ts";
import { type MethodPlan, MethodTraining } from "../domains/methodTraining.ts";
import type { Experiment } from "../experiment.ts";
import { TAIL_MEASURES } from "../measured/quantities.ts";
import type { LabTrainOptions } from "../training.ts";

export class TailTraining extends MethodTraining {
  constructor(
    device: Device,
    experiment: Experiment,
    checkpoint: Uint8Array | undefined,
    options: LabTrainOptions,
  ) {
    super(device, experiment, planOf(experiment), checkpoint, options);
  }
}

function planOf({ longTail, train }: Experiment): MethodPlan {
  const { before, stops, changes, splits, labels } = longTail!;
  const draw = (r: number) => splits[r % splits.length];
  return {
    runs: train.runs.slice(0, splits.length),
    metadata: "longTail",
    measures: TAIL_MEASURES,
    stops: [before, ...stops.map((stop) => before + stop)],
    async measure(handle: PopulationHandle) {
      const evaluations = await handle.evaluate(undefined, {
        points: range(handle.size).map((r) => draw(r).splits.test),
      });
      return evaluations.map((evaluation, r) => {
        const measured = measureTail(evaluation, draw(r), labels);
        return Object.fromEntries(TAIL_MEASURES.map((name) => [name, measured[name] ?? Number.NaN]));
      });
    },
    async settle(handle) {
      if (handle.step < before || handle.size > splits.length) return;
      // Asked for together: no checkpoint finds the fork without the change.
      await Promise.all([
        handle.fork(changes.map((_, r) => r % splits.length)),
        handle.set(range(changes.length), (r) => changes[r]),
      ]);
    },
  };
}
