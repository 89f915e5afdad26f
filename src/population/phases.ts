/**
 * What of a run may change while it trains: by phases of its description, and by hand between two stretches of training. At
 * each step a run is one plain description; who trains asks for that of the step.
 *
 * Not here: what a description may be (`config.ts`).
 */

import { type Batching, batchingOf } from "../mixing/batching.ts";
import type { Model } from "../model/layers/layer.ts";
import { traceModel } from "../model/trace.ts";
import { membersOf } from "./domains.ts";
import type { Population, Run } from "./population.ts";

/** A run's description at a step (0-based): its own, or that of the latest phase that has begun. */
export function runAt(run: Run, step: number): Run {
  let found = run;
  for (const { from, run: later } of run.phases ?? []) if (from <= step) found = later;
  return found;
}

/** All descriptions that the runs go through, for what has to suit all of them. */
export function allPhases({ runs }: Pick<Population, "runs">): Run[] {
  return runs.flatMap((run) => [run, ...(run.phases ?? []).map(({ run: later }) => later)]);
}

/** Steps at which some run's description changes, ascending. */
export function phaseStarts({ runs }: Pick<Population, "runs">): number[] {
  const starts = new Set(runs.flatMap(({ phases = [] }) => phases.map(({ from }) => from)));
  return [...starts].sort((a, b) => a - b);
}

/** A run whose optimizer began with empty moments at a step, in all of its phases. */
export function startedAt(run: Run, optimizerStart: number): Run {
  if (optimizerStart === (run.optimizerStart ?? 0)) return run;
  const { phases } = run;
  return {
    ...run,
    optimizerStart,
    ...(phases && {
      phases: phases.map(({ from, run: later }) => ({ from, run: { ...later, optimizerStart } })),
    }),
  };
}

/** Number of points that a run is trained on: n. */
export function pointsOf(run: Run, { data }: Pick<Population, "data">): number {
  return membersOf(run, data)?.length ?? data.size;
}

/** What of points all runs of a population do alike: which points a step of a run draws. */
export function batchingOfRun(
  run: Run,
  { data, batch, lastBatch }: Pick<Population, "data" | "batch" | "lastBatch">,
): Batching {
  const size = pointsOf(run, { data });
  return batchingOf(run.mixing.pairing === "all-pairs" ? size * size : size, batch, lastBatch);
}

/** For each parameter whether it is frozen, `[P]`; undefined where none is. */
export function frozenParameters(model: Model, { frozen }: Run): Uint8Array | undefined {
  if (frozen === undefined || frozen.length === 0) return undefined;
  const { tensors, size } = traceModel(model).parameters;
  const mask = new Uint8Array(size);
  for (const { name, offset, size: own } of tensors)
    if (frozen.some((layer) => name.startsWith(`${layer}.`))) mask.fill(1, offset, offset + own);
  return mask;
}
