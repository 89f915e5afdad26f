/**
 * Which kernel computes which part of a convolution: each thread its own outputs (`conv2dForward` and so on), or a workgroup the tiles
 * of a product of matrices (`conv2dForwardProduct` and so on), where the variant has a shape for its sizes. Both have the same bindings.
 * Not a kernel.
 */

import type { Grid, Kernel, Specialization } from "../../gpu/kernel.ts";
import {
  conv2dBackwardInputGrid,
  conv2dBackwardInputKernel,
  conv2dBackwardInputSpecialization,
} from "./conv2dBackwardInput.ts";
import {
  conv2dBackwardInputProduct,
  conv2dBackwardInputProductGrid,
  conv2dBackwardInputProductKernel,
  conv2dBackwardInputProductSpecialization,
} from "./conv2dBackwardInputProduct.ts";
import {
  conv2dBackwardWeightGrid,
  conv2dBackwardWeightKernel,
  conv2dBackwardWeightSpecialization,
  gradientChunk,
} from "./conv2dBackwardWeight.ts";
import {
  conv2dBackwardWeightProduct,
  conv2dBackwardWeightProductGrid,
  conv2dBackwardWeightProductKernel,
  conv2dBackwardWeightProductSpecialization,
  placeChunk,
  placesOf,
} from "./conv2dBackwardWeightProduct.ts";
import { conv2dForwardGrid, conv2dForwardKernel, conv2dForwardSpecialization } from "./conv2dForward.ts";
import {
  conv2dForwardProduct,
  conv2dForwardProductGrid,
  conv2dForwardProductKernel,
  conv2dForwardProductSpecialization,
} from "./conv2dForwardProduct.ts";
import type { ConvolutionLayout, ConvolutionTiles } from "./convolution.ts";

/** A kernel for a part of a convolution. */
export interface ConvolutionKernel {
  readonly kernel: Kernel;
  readonly specialization: Required<Pick<Specialization, "overrides" | "prelude">> & Specialization;
  readonly grid: Grid;
}

/** How the sums of the weights' gradient are cut up: see `ConvolutionRows`. */
export interface GradientChunks {
  readonly chunk: number;
  readonly chunked: number;
  readonly chunks: number;
}

/** What all parts are chosen by. */
export interface ConvolutionSizes {
  readonly layout: ConvolutionLayout;
  readonly batchSize: number;
  readonly runs: number;
  readonly parameterStride: number;
}

/** `shapedFor` so many images, however many there are. */
export function forwardKernel(
  { layout, batchSize, runs, parameterStride }: ConvolutionSizes,
  tiles: ConvolutionTiles,
  shapedFor = batchSize,
): ConvolutionKernel {
  const shape = tiles.shapes?.(conv2dForwardProduct(layout, shapedFor));
  if (shape === undefined) {
    return {
      kernel: conv2dForwardKernel,
      specialization: conv2dForwardSpecialization(layout, tiles),
      grid: conv2dForwardGrid(layout, batchSize, runs, tiles),
    };
  }
  return {
    kernel: conv2dForwardProductKernel,
    specialization: conv2dForwardProductSpecialization(layout, parameterStride, shape),
    grid: conv2dForwardProductGrid(layout, batchSize, runs, shape),
  };
}

export function backwardInputKernel(
  { layout, batchSize, runs }: ConvolutionSizes,
  tiles: ConvolutionTiles,
): ConvolutionKernel {
  const shape = tiles.shapes?.(conv2dBackwardInputProduct(layout, batchSize));
  if (shape === undefined) {
    return {
      kernel: conv2dBackwardInputKernel,
      specialization: conv2dBackwardInputSpecialization(layout, tiles),
      grid: conv2dBackwardInputGrid(layout, batchSize, runs, tiles),
    };
  }
  return {
    kernel: conv2dBackwardInputProductKernel,
    specialization: conv2dBackwardInputProductSpecialization(layout, shape),
    grid: conv2dBackwardInputProductGrid(layout, batchSize, runs, shape),
  };
}

export function backwardWeightKernel(
  { layout, batchSize, runs }: ConvolutionSizes,
  tiles: ConvolutionTiles,
): ConvolutionKernel & GradientChunks {
  const shape = tiles.shapes?.(conv2dBackwardWeightProduct(layout, batchSize));
  const chunksOf = (chunk: number, chunked: number): GradientChunks => ({
    chunk,
    chunked,
    chunks: Math.ceil(chunked / chunk),
  });
  if (shape === undefined) {
    return {
      kernel: conv2dBackwardWeightKernel,
      specialization: conv2dBackwardWeightSpecialization(layout, tiles),
      grid: conv2dBackwardWeightGrid(layout, batchSize, runs, tiles),
      ...chunksOf(gradientChunk(layout, batchSize, tiles), batchSize),
    };
  }
  return {
    kernel: conv2dBackwardWeightProductKernel,
    specialization: conv2dBackwardWeightProductSpecialization(layout, shape),
    grid: conv2dBackwardWeightProductGrid(layout, batchSize, runs, shape),
    ...chunksOf(placeChunk(layout, batchSize), placesOf(layout, batchSize)),
  };
}
