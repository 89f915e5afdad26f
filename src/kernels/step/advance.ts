/** Kernel `advance`: closes a step: batch loss into the run's account, clock and bias corrections forward. */

import shader from "../../../shaders/step/advance.wgsl";
import type { Grid, Kernel, Specialization } from "../../gpu/kernel.ts";
import { POPULATION_GROUP } from "../population.ts";

/** Bindings of group 1: sampleLosses. */
export const advanceKernel: Kernel = { shader, groups: [POPULATION_GROUP, ["read"]] };

/** Who sums a run's losses: a workgroup, or one thread; the bits are the same. */
export type BatchSums = "workgroup" | "thread";

/** Threads side by side: a run's, or one each of some runs. */
const THREADS = { workgroup: 64, thread: 4 } as const satisfies Record<BatchSums, number>;

export function advanceSpecialization(
  sums: BatchSums,
): Required<Pick<Specialization, "overrides" | "prelude">> {
  return { overrides: { THREADS: THREADS[sums] }, prelude: { ALONE: sums === "thread" ? 1 : 0 } };
}

/** A workgroup a run, or a few runs. */
export function advanceGrid(runs: number, sums: BatchSums): Grid {
  return [sums === "thread" ? Math.ceil(runs / THREADS.thread) : runs, 1, 1];
}
