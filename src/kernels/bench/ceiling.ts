/** Kernel `ceiling`: what the adapter can do at most, for the bench. Vectors of four, `[V, 4]`, in and out. */

import shader from "../../../shaders/bench/ceiling.wgsl";
import type { Grid, Kernel, Specialization } from "../../gpu/kernel.ts";

/** Bindings of group 0: source, results. */
export const ceilingKernel: Kernel = { shader, groups: [["read", "write"]] };

export type CeilingWork = "nothing" | "multiply-adds" | "copy";

/** The kernel for one kind of work on V vectors. Its eight chains do `rounds` multiply-adds of four numbers each. */
export function ceilingSpecialization(work: CeilingWork, vectors: number, rounds = 1): Specialization {
  const WORK = ["nothing", "multiply-adds", "copy"].indexOf(work);
  return { overrides: { WORK, ROUNDS: rounds, VECTORS: vectors } };
}

/** Multiply-adds of one thread. */
export function ceilingMultiplyAdds(rounds: number): number {
  return 8 * 4 * rounds;
}

/** One thread a vector; rows of the grid where it is too long for one. */
export function ceilingGrid(vectors: number): Grid {
  const groups = Math.ceil(vectors / 64);
  const rows = Math.ceil(groups / 32768);
  return [Math.ceil(groups / rows), rows, 1];
}
