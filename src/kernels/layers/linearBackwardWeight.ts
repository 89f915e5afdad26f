/** Kernel `linearBackwardWeight`: a layer's weight and bias gradients, in `[R, P]`. */

import shader from "../../../shaders/layers/linearBackwardWeight.wgsl";
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

/** Bindings of group 0: layer, deltas, inputs, gradients. */
export const linearBackwardWeightKernel: Kernel = { shader, groups: [["uniform", "read", "read", "write"]] };

/** Overrides and prelude for a layer. */
export function linearBackwardWeightSpecialization(
  layout: LayerLayout,
  rows: LayerInputs,
  shape: ProductShape,
): ProductSpecialization {
  const { inputs, deltas } = layerAlignment(layout, rows);
  return productSpecialization(shape, {
    leftAlongSum: false,
    rightAlongSum: false,
    leftAligned: deltas,
    rightAligned: inputs,
    aligned: rows.batchSize % 4 === 0,
    productsAligned: layout.inputs % 4 === 0,
    rowSums: layout.biasOffset >= 0,
  });
}

/** Rows are outputs, columns inputs. */
export function linearBackwardWeightSize({ inputs, outputs }: LayerLayout, batchSize: number): ProductSize {
  return { rows: outputs, columns: inputs, depth: batchSize };
}

/** As many workgroups as compute that. */
export function linearBackwardWeightGrid(
  layout: LayerLayout,
  batchSize: number,
  runs: number,
  shape: ProductShape,
): Grid {
  return productGrid(shape, linearBackwardWeightSize(layout, batchSize), runs);
}
