/** The uniform of one linear layer, shared by its forward and backward kernels: see `shaders/parts/layer.wgsl`. Not a kernel. */

import type { LayerLayout } from "../../model/perceptron.ts";

/** Where a layer reads its inputs, and how many rows of them. */
export interface LayerInputs {
  readonly batchSize: number;
  readonly inputOffset: number;
  /** 0 when all runs read the same rows. */
  readonly inputRunStride: number;
}

/** The `Layer` uniform. */
export function packLayer(
  layout: LayerLayout,
  parameterStride: number,
  rows: LayerInputs,
): Uint32Array<ArrayBuffer> {
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

/** Which of a layer's matrices lie at multiples of four numbers, line by line, so that they can be read four at a time. */
export function layerAlignment(
  { inputs, outputs, weightOffset }: LayerLayout,
  { inputOffset, inputRunStride }: LayerInputs,
): { readonly inputs: boolean; readonly weights: boolean; readonly deltas: boolean } {
  const isAligned = (...numbers: number[]) => numbers.every((number) => number % 4 === 0);
  return {
    inputs: isAligned(inputs, inputOffset, inputRunStride),
    weights: isAligned(inputs, weightOffset),
    deltas: isAligned(outputs),
  };
}
