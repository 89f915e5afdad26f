/** Kernel `pairEmbeddings`: logits `[R, B, 2 H]` of pairs as embeddings of length 1, `[R, 2, B, H]`. */

import shader from "../../../shaders/step/pairEmbeddings.wgsl";
import type { Grid, Kernel } from "../../gpu/kernel.ts";
import { POPULATION_GROUP } from "../population.ts";

/** Bindings of group 1: logits, embeddings. */
export const pairEmbeddingsKernel: Kernel = { shader, groups: [POPULATION_GROUP, ["write", "write"]] };

/** One thread a pair. */
export function pairEmbeddingsGrid(batchSize: number, runs: number): Grid {
  return [Math.ceil(batchSize / 64), runs, 1];
}
