/** Kernel `linearBackwardInput`: deltas of the hidden layer that a layer reads, `[R, B, I]`, in place. */

import shader from "../../../shaders/layers/linearBackwardInput.wgsl";
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

/** Bindings of group 0: layer, deltas, parameters, previous. */
export const linearBackwardInputKernel: Kernel = { shader, groups: [["uniform", "read", "read", "write"]] };

/** Overrides and prelude for a layer; the activation comes with the executor's. */
export function linearBackwardInputSpecialization(
  layout: LayerLayout,
  rows: LayerInputs,
  shape: ProductShape,
): ProductSpecialization {
  const { weights, deltas } = layerAlignment(layout, rows);
  return productSpecialization(shape, {
    leftAlongSum: true,
    rightAlongSum: false,
    leftAligned: deltas,
    rightAligned: weights,
    aligned: layout.outputs % 4 === 0,
    productsAligned: layout.inputs % 4 === 0,
  });
}

/** Rows are samples, columns inputs. */
export function linearBackwardInputSize({ inputs, outputs }: LayerLayout, batchSize: number): ProductSize {
  return { rows: batchSize, columns: inputs, depth: outputs };
}

/** As many workgroups as compute that. */
export function linearBackwardInputGrid(
  layout: LayerLayout,
  batchSize: number,
  runs: number,
  shape: ProductShape,
): Grid {
  return productGrid(shape, linearBackwardInputSize(layout, batchSize), runs);
}
