/** Kernel `sumChunks`: chunks of a layer's gradients added up in order, into `[R, P]`. */

import shader from "../../../shaders/layers/sumChunks.wgsl";
import type { Grid, Kernel } from "../../gpu/kernel.ts";
import { stridedGroups } from "../population.ts";

/** Bindings of group 0: chunks, parts, gradients. */
export const sumChunksKernel: Kernel = { shader, groups: [["uniform", "read", "write"]] };

/** The `Chunks` uniform; `adds` to what is there. */
export function packChunks(
  numbers: number,
  count: number,
  parameterStride: number,
  offset: number,
  adds: boolean,
): Uint32Array<ArrayBuffer> {
  return Uint32Array.of(numbers, count, parameterStride, offset, adds ? 1 : 0);
}

/** One thread a number, or several. */
export function sumChunksGrid(numbers: number, runs: number): Grid {
  return [stridedGroups(numbers, 64), runs, 1];
}
