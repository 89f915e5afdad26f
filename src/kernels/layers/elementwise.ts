/** The uniform of kernels that work number by number: see `shaders/parts/elementwise.wgsl`. Not a kernel. */

import type { Grid } from "../../gpu/kernel.ts";
import { stridedGroups } from "../population.ts";

/** The `Elements` uniform, for `[C, H, W]` or `[D]`; what comes in is at an offset, runs a stride apart. */
export function packElements(
  shape: readonly number[],
  batchSize: number,
  inputOffset: number,
  inputRunStride: number,
): Uint32Array<ArrayBuffer> {
  const [channels, height = 1, width = 1] = shape;
  return Uint32Array.of(batchSize, channels, height * width, inputOffset, inputRunStride);
}

/** Numbers of one thread: beginning costs the software adapter as much as some of them. */
const NUMBERS = 8;

/** One thread some numbers; `size` of a sample. */
export function elementsGrid(size: number, batchSize: number, runs: number): Grid {
  return [stridedGroups(batchSize * size, 64 * NUMBERS), runs, 1];
}
