/** Kernel `pairEmbeddingsBackward`: derivatives by embeddings, `[R, B, H]` each, as those by logits `[R, B, 2 H]`, in their place. */

import shader from "../../../shaders/step/pairEmbeddingsBackward.wgsl";
import type { Grid, Kernel } from "../../gpu/kernel.ts";
import { POPULATION_GROUP } from "../population.ts";

/** Bindings of group 1: logits, firstDeltas, secondDeltas. */
export const pairEmbeddingsBackwardKernel: Kernel = {
  shader,
  groups: [POPULATION_GROUP, ["write", "read", "read"]],
};

/** One thread a pair. */
export function pairEmbeddingsBackwardGrid(batchSize: number, runs: number): Grid {
  return [Math.ceil(batchSize / 64), runs, 1];
}
