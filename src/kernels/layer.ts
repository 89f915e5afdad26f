/** The uniform of one linear layer, shared by its forward and backward kernels: see `shaders/layer.wgsl`. Not a kernel. */

import type { LayerLayout } from "../model/layout.ts";

/** Where a layer reads its inputs, and how many rows of them. */
export interface LayerInputs {
  readonly batchSize: number;
  readonly inputOffset: number;
  /** 0 when all runs read the same rows. */
  readonly inputRunStride: number;
}

/** The `Layer` uniform. */
export function packLayer(layout: LayerLayout, parameterStride: number, rows: LayerInputs): Uint32Array {
  return Uint32Array.of(
    rows.batchSize,
    layout.inputs,
    layout.outputs,
    parameterStride,
    layout.weightOffset,
    Math.max(layout.biasOffset, 0),
    layout.biasOffset < 0 ? 0 : 1,
    rows.inputOffset,
    rows.inputRunStride,
  );
}
