/**
 * Bind group 0 of every kernel that knows about runs: see `shaders/parts/population.wgsl`, whose layout this is. Not a kernel.
 */

import type { Binding } from "../gpu/kernel.ts";

/** population, runs, data, tables, indices, states. */
export const POPULATION_GROUP: readonly Binding[] = ["uniform", "read", "read", "read", "read", "write"];

/** Of these only what clocks need, for a kernel with many buffers of its own. */
export const CLOCK_GROUP: readonly Binding[] = ["uniform", "read", "none", "none", "none", "write"];

/** Bytes of one `Run` and of one `RunState`. */
export const RUN_BYTES = 168;
export const RUN_STATE_BYTES = 28;

/** Workgroups that WebGPU promises in each dimension of a grid. */
const MAX_GROUPS = 65535;

/** Workgroups for `items`, so many a group; past the limit of a grid the kernel's threads take several each. */
export function stridedGroups(items: number, itemsPerGroup: number): number {
  return Math.min(Math.ceil(items / itemsPerGroup), MAX_GROUPS);
}

/** `RunState.nonFiniteStep` of a run that has always been finite. */
export const FINITE = 0xffffffff;

/** Words of a run in a metrics entry: points misclassified, loss, training loss, non-finite step. */
export const METRICS_PER_RUN = 4;
