/** Kernel `conv2dForwardProduct`: a convolution's outputs `[R, B, O, P, Q]`, in tiles of a workgroup. */

import shader from "../../../shaders/layers/conv2dForwardProduct.wgsl";
import type { Grid, Kernel } from "../../gpu/kernel.ts";
import type { ConvolutionLayout, ConvolutionProduct } from "./convolution.ts";
import { convolutionProductSpecialization } from "./convolutionProduct.ts";
import { type ProductShape, type ProductSpecialization, productGrid } from "./product.ts";

/** Bindings of group 0: convolution, incoming, normalizations, samples, parameters, outputs. */
export const conv2dForwardProductKernel: Kernel = {
  shader,
  groups: [["uniform", "read", "read", "read", "read", "write"]],
};

/** Rows are a group's outputs, columns places. */
export function conv2dForwardProduct(layout: ConvolutionLayout, batchSize: number): ConvolutionProduct {
  const { input, output, kernel, groups } = layout;
  return {
    rows: output[0] / groups,
    columns: batchSize * output[1] * output[2],
    depth: (input[0] / groups) * kernel[0] * kernel[1],
    parts: groups,
  };
}

/** Overrides and prelude; how inputs come, and the activation before, is the executor's to say. */
export function conv2dForwardProductSpecialization(
  layout: ConvolutionLayout,
  parameterStride: number,
  shape: ProductShape,
): ProductSpecialization {
  const { depth } = conv2dForwardProduct(layout, 1);
  return convolutionProductSpecialization(layout, shape, {
    leftAlongSum: true,
    rightAlongSum: false,
    leftAligned: [depth, layout.weightOffset, parameterStride].every((number) => number % 4 === 0),
  });
}

/** As many workgroups as compute that. */
export function conv2dForwardProductGrid(
  layout: ConvolutionLayout,
  batchSize: number,
  runs: number,
  shape: ProductShape,
): Grid {
  const product = conv2dForwardProduct(layout, batchSize);
  return productGrid(shape, product, runs, product.parts);
}
