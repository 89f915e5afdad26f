/** The uniform of one pool, shared by the kernels of both kinds: see `shaders/parts/pool2d.wgsl`. Not a kernel. */

import type { Grid, Specialization } from "../../gpu/kernel.ts";
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
export function packPool({ input, output }: PoolLayout, batchSize: number): Uint32Array<ArrayBuffer> {
  return Uint32Array.of(batchSize, ...input, output[1], output[2]);
}

/** Windows of more numbers than this are gone through by loops. */
const MOST_UNROLLED = 16;

/** Prelude of a pool's kernels; the activation before comes with the executor's. */
export function poolSpecialization(layout: PoolLayout): Required<Pick<Specialization, "prelude" | "rolled">> {
  const { kernel, stride, padding } = layout;
  return {
    prelude: {
      KERNEL_HEIGHT: kernel[0],
      KERNEL_WIDTH: kernel[1],
      STRIDE: stride,
      PADDING_TOP: padding[0],
      PADDING_LEFT: padding[1],
      DISJOINT: isDisjoint(layout) ? 1 : 0,
    },
    rolled: kernel[0] * kernel[1] > MOST_UNROLLED ? ["KERNEL_HEIGHT", "KERNEL_WIDTH", "STRIDE"] : [],
  };
}

/** Whether windows don't meet, and there is no padding. */
function isDisjoint({ kernel, stride, padding }: PoolLayout): boolean {
  return Math.max(...kernel) <= stride && padding[0] === 0 && padding[1] === 0;
}

/** Numbers of one thread. */
const NUMBERS = 4;

/** One thread some numbers of `shape`: of the output forward, of the input backward. */
export function poolGrid(shape: readonly number[], batchSize: number, runs: number): Grid {
  return [stridedGroups(batchSize * shape[0] * shape[1] * shape[2], 64 * NUMBERS), runs, 1];
}

/** Of the max pool backward: a thread a block of the input, where windows don't meet, else a number. */
export function maxPoolBackwardGrid(layout: PoolLayout, batchSize: number, runs: number): Grid {
  const [channels, height, width] = layout.input;
  const block = isDisjoint(layout) ? layout.stride : 1;
  return poolGrid([channels, Math.ceil(height / block), Math.ceil(width / block)], batchSize, runs);
}
