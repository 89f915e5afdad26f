/** Kernel `initialize`: first values of one parameter tensor in every run, `[R, P]`. */

import shader from "../../../shaders/step/initialize.wgsl";
import type { Grid, Kernel } from "../../gpu/kernel.ts";
import type { TensorLayout } from "../../model/trace.ts";
import { POPULATION_GROUP, stridedGroups } from "../population.ts";

/** Bindings of group 1: tensor, parameters. */
export const initializeKernel: Kernel = { shader, groups: [POPULATION_GROUP, ["uniform", "write"]] };

/** Bytes of `Tensor`. */
export const TENSOR_BYTES = 20;

/** The uniform of a tensor. Those that begin normally distributed are made on the CPU. */
export function packTensor({ offset, size, initial }: TensorLayout): ArrayBuffer {
  const bytes = new ArrayBuffer(TENSOR_BYTES);
  const stream = initial.kind === "uniform" ? initial.stream : 0;
  const bound = initial.kind === "uniform" ? initial.bound : 0;
  const center = initial.kind === "constant" ? initial.value : 0;
  new Uint32Array(bytes).set([stream, offset, size]);
  new Float32Array(bytes).set([bound, center], 3);
  return bytes;
}

/** One thread an element, or several. */
export function initializeGrid(elements: number, runs: number): Grid {
  return [stridedGroups(elements, 64), runs, 1];
}
