/** Kernel `conv2dBackwardInputProduct`: deltas of the stage that a convolution reads, `[R, B, I, H, W]`, in tiles of a workgroup. */

import shader from "../../../shaders/layers/conv2dBackwardInputProduct.wgsl";
import type { Grid, Kernel } from "../../gpu/kernel.ts";
import type { ConvolutionLayout, ConvolutionProduct } from "./convolution.ts";
import { convolutionProductSpecialization } from "./convolutionProduct.ts";
import { type ProductShape, type ProductSpecialization, productGrid } from "./product.ts";

/** Bindings of group 0: convolution, incoming, normalizations, deltas, parameters, previous. */
export const conv2dBackwardInputProductKernel: Kernel = {
  shader,
  groups: [["uniform", "read", "read", "read", "read", "write"]],
};

/** Rows are a group's channels, columns the pixels of a phase of the stride; of the phase that has most of them, and most taps. */
export function conv2dBackwardInputProduct(layout: ConvolutionLayout, batchSize: number): ConvolutionProduct {
  const { input, output, kernel, stride, groups } = layout;
  const every = (count: number) => Math.ceil(count / stride);
  return {
    rows: input[0] / groups,
    columns: batchSize * every(input[1]) * every(input[2]),
    depth: (output[0] / groups) * every(kernel[0]) * every(kernel[1]),
    parts: groups * stride * stride,
  };
}

/** Overrides and prelude; the activation of the stage before, and whether to add, is the executor's to say. */
export function conv2dBackwardInputProductSpecialization(
  layout: ConvolutionLayout,
  shape: ProductShape,
): ProductSpecialization {
  const { kernel } = layout;
  return convolutionProductSpecialization(layout, shape, {
    // A pixel's weights lie side by side, else those of an output's channels do.
    leftAlongSum: kernel[0] * kernel[1] > 1,
    rightAlongSum: false,
    leftAligned: false,
  });
}

/** As many workgroups as compute that. */
export function conv2dBackwardInputProductGrid(
  layout: ConvolutionLayout,
  batchSize: number,
  runs: number,
  shape: ProductShape,
): Grid {
  const product = conv2dBackwardInputProduct(layout, batchSize);
  return productGrid(shape, product, runs, product.parts);
}
