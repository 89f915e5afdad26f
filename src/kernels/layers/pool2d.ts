/** The uniform of one pool, shared by the kernels of both kinds: see `shaders/parts/pool2d.wgsl`. Not a kernel. */

import type { Grid } from "../../gpu/kernel.ts";
import { stridedGroups } from "../population.ts";

/** Windows over maps `[C, H, W]`, `[C, P, Q]` of them. */
export interface PoolLayout {
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly kernel: readonly [number, number];
  readonly stride: number;
  readonly padding: readonly [number, number];
}

/** The `Pool` uniform. */
export function packPool(
  { input, output, kernel, stride, padding }: PoolLayout,
  batchSize: number,
): Uint32Array<ArrayBuffer> {
  return Uint32Array.of(batchSize, ...input, output[1], output[2], ...kernel, stride, ...padding);
}

/** One thread a number of `shape`, or several: of the output forward, of the input backward. */
export function poolGrid(shape: readonly number[], batchSize: number, runs: number): Grid {
  return [stridedGroups(batchSize * shape[0] * shape[1] * shape[2], 64), runs, 1];
}
