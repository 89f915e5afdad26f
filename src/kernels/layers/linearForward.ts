/** Kernel `linearForward`: a linear layer and its activation. Pre-activations and activations `[R, B, O]`. */

import shader from "../../../shaders/layers/linearForward.wgsl";
import type { Grid, Kernel } from "../../gpu/kernel.ts";
import type { LayerLayout } from "../../model/perceptron.ts";
import { type LayerInputs, layerAlignment } from "./layer.ts";
import {
  type ProductShape,
  type ProductSize,
  type ProductSpecialization,
  productGrid,
  productSpecialization,
} from "./product.ts";

/** Bindings of group 0: layer, inputs, parameters, preActivations, activations. */
export const linearForwardKernel: Kernel = {
  shader,
  groups: [["uniform", "read", "read", "write", "write"]],
};

/** Overrides and prelude for a layer; `HIDDEN` and the activation come with the executor's. */
export function linearForwardSpecialization(
  layout: LayerLayout,
  rows: LayerInputs,
  shape: ProductShape,
): ProductSpecialization {
  const { inputs, weights } = layerAlignment(layout, rows);
  return productSpecialization(shape, {
    leftAlongSum: true,
    rightAlongSum: true,
    leftAligned: inputs,
    rightAligned: weights,
    aligned: layout.inputs % 4 === 0,
    productsAligned: layout.outputs % 4 === 0,
  });
}

/** Rows are samples, columns units. */
export function linearForwardSize({ inputs, outputs }: LayerLayout, batchSize: number): ProductSize {
  return { rows: batchSize, columns: outputs, depth: inputs };
}

/** As many workgroups as compute that. */
export function linearForwardGrid(
  layout: LayerLayout,
  batchSize: number,
  runs: number,
  shape: ProductShape,
): Grid {
  return productGrid(shape, linearForwardSize(layout, batchSize), runs);
}
