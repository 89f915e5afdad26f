/** Kernel `initialize`: first values of one parameter tensor in every run, `[R, P]`. */

import shader from "../../../shaders/step/initialize.wgsl";
import type { Grid, Kernel } from "../../gpu/kernel.ts";
import { POPULATION_GROUP, stridedGroups } from "../population.ts";

/** Bindings of group 1: tensor, parameters. */
export const initializeKernel: Kernel = { shader, groups: [POPULATION_GROUP, ["uniform", "write"]] };

/** Bytes of `Tensor`. */
export const TENSOR_BYTES = 16;

/** The uniform of a tensor: its index (2 * layer, + 1 for a bias), its place and its bound, 1/sqrt(fan_in). */
export function packTensor(index: number, offset: number, size: number, bound: number): ArrayBuffer {
  const bytes = new ArrayBuffer(TENSOR_BYTES);
  new Uint32Array(bytes).set([index, offset, size]);
  new Float32Array(bytes)[3] = bound;
  return bytes;
}

/** One thread an element, or several. */
export function initializeGrid(elements: number, runs: number): Grid {
  return [stridedGroups(elements, 64), runs, 1];
}
