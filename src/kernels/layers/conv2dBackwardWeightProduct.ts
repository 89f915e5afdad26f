/** Kernel `conv2dBackwardWeightProduct`: a convolution's weight and bias gradients, `[R, chunks, weight and bias]`, in tiles of a workgroup. */

import shader from "../../../shaders/layers/conv2dBackwardWeightProduct.wgsl";
import type { Grid, Kernel } from "../../gpu/kernel.ts";
import type { ConvolutionLayout, ConvolutionProduct } from "./convolution.ts";
import { convolutionProductSpecialization } from "./convolutionProduct.ts";
import { type ProductShape, type ProductSpecialization, productGrid } from "./product.ts";

/** Bindings of group 0: convolution, incoming, normalizations, samples, deltas, gradients. */
export const conv2dBackwardWeightProductKernel: Kernel = {
  shader,
  groups: [["uniform", "read", "read", "read", "read", "write"]],
};

/** So many workgroups there should be, chunks counted, ... */
const WORKGROUPS = 512;
/** ... but no more chunks, each of which is read once more, one after the other, and no fewer places in each, since each is written. */
const MOST_CHUNKS = 64;
const FEWEST_PLACES = 256;

/** Places that there are of the output in a batch. */
export function placesOf({ output }: ConvolutionLayout, batchSize: number): number {
  return batchSize * output[1] * output[2];
}

/**
 * Places of a chunk of the sums, a multiple of 16. A function of the layer and the batch alone, so that a run's bits don't depend on
 * how many runs there are.
 */
export function placeChunk(layout: ConvolutionLayout, batchSize: number): number {
  const { input, output, kernel, groups } = layout;
  const columns = (input[0] / groups) * kernel[0] * kernel[1];
  const tiles = groups * Math.ceil(output[0] / groups / 64) * Math.ceil(columns / 64);
  const chunks = Math.min(MOST_CHUNKS, Math.ceil(WORKGROUPS / tiles));
  return 16 * Math.ceil(Math.max(FEWEST_PLACES, placesOf(layout, batchSize) / chunks) / 16);
}

/** Rows are a group's outputs, columns its weights, summed over the places of a chunk. */
export function conv2dBackwardWeightProduct(
  layout: ConvolutionLayout,
  batchSize: number,
  chunk = placeChunk(layout, batchSize),
): ConvolutionProduct {
  const { input, output, kernel, groups } = layout;
  const places = placesOf(layout, batchSize);
  return {
    rows: output[0] / groups,
    columns: (input[0] / groups) * kernel[0] * kernel[1],
    depth: Math.min(chunk, places),
    parts: groups * Math.ceil(places / chunk),
  };
}

/** Overrides and prelude; how inputs come, and the activation before, is the executor's to say. */
export function conv2dBackwardWeightProductSpecialization(
  layout: ConvolutionLayout,
  shape: ProductShape,
): ProductSpecialization {
  const { output, biasOffset } = layout;
  return convolutionProductSpecialization(layout, shape, {
    leftAlongSum: true,
    rightAlongSum: true,
    leftAligned: (output[1] * output[2]) % 4 === 0,
    rowSums: biasOffset >= 0,
  });
}

/** As many workgroups as compute that. */
export function conv2dBackwardWeightProductGrid(
  layout: ConvolutionLayout,
  batchSize: number,
  runs: number,
  shape: ProductShape,
  chunk = placeChunk(layout, batchSize),
): Grid {
  const product = conv2dBackwardWeightProduct(layout, batchSize, chunk);
  return productGrid(shape, product, runs, product.parts);
}
