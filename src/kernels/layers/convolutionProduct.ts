/**
 * A convolution as products of matrices in tiles of a workgroup, for GPUs (`shaders/parts/convolutionTile.wgsl`): what its three
 * kernels are told. Not a kernel, and not which of them runs (`convolutionChoice.ts`).
 */

import { type ConvolutionLayout, convolutionPrelude } from "./convolution.ts";
import {
  type ProductOperands,
  type ProductShape,
  type ProductSpecialization,
  productSpecialization,
} from "./product.ts";

/** Overrides and prelude of a kernel. */
export function convolutionProductSpecialization(
  layout: ConvolutionLayout,
  shape: ProductShape,
  operands: Pick<ProductOperands, "leftAlongSum" | "rightAlongSum" | "leftAligned" | "rowSums">,
): ProductSpecialization {
  const { prelude, ...rest } = productSpecialization(shape, {
    ...operands,
    rightAligned: false,
    aligned: false,
  });
  return { ...rest, prelude: { ...prelude, ...convolutionPrelude(layout) } };
}
