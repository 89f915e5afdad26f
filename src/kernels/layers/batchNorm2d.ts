/** The uniform of one BatchNorm layer, shared by its kernels: see `shaders/parts/batchNorm2d.wgsl`. Not a kernel. */

import type { BatchNorm2d } from "../../model/layers/batchNorm2d.ts";
import type { Operation } from "../../model/trace.ts";

/** How far rows of runs lie apart in parameters and in state. */
export interface NormStrides {
  readonly parameterStride: number;
  readonly stateStride: number;
}

/** Which of a step's passes through the layer it is, and how many there are. */
export interface NormPass {
  readonly pass: number;
  readonly passes: number;
}

/** The `BatchNorm` uniform for a batch of maps `[C, H, W]`. */
export function packBatchNorm(
  { layer, parameters, state }: Operation,
  [channels, height, width]: readonly number[],
  batchSize: number,
  { parameterStride, stateStride }: NormStrides,
  { pass, passes }: NormPass = { pass: 0, passes: 1 },
): Uint8Array<ArrayBuffer> {
  const { epsilon, momentum } = layer as BatchNorm2d;
  const bytes = new ArrayBuffer(56);
  new Uint32Array(bytes).set([
    batchSize,
    channels,
    height * width,
    parameterStride,
    parameters.weight.offset,
    parameters.bias.offset,
    stateStride,
    state.running_mean.offset,
    state.running_var.offset,
    state.num_batches_tracked.offset,
    pass,
    passes,
  ]);
  new Float32Array(bytes).set([epsilon, momentum === "cumulative" ? -1 : momentum], 12);
  return new Uint8Array(bytes);
}
