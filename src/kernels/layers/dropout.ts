/** Kernel `dropout`: numbers `[R, B, ...]`, or their deltas, dropped or scaled in place. */

import shader from "../../../shaders/layers/dropout.wgsl";
import type { Kernel } from "../../gpu/kernel.ts";
import { POPULATION_GROUP } from "../population.ts";

/** Bindings of group 1: dropout, numbers. */
export const dropoutKernel: Kernel = { shader, groups: [POPULATION_GROUP, ["uniform", "write"]] };

/** The `Dropout` uniform: numbers of one run, the layer's place in the net, the probability. */
export function packDropout(count: number, place: number, probability: number): Uint8Array<ArrayBuffer> {
  const bytes = new ArrayBuffer(16);
  new Uint32Array(bytes).set([count, place, Math.min(Math.round(probability * 2 ** 32), 2 ** 32 - 1)]);
  new Float32Array(bytes)[3] = 1 / (1 - probability);
  return new Uint8Array(bytes);
}
