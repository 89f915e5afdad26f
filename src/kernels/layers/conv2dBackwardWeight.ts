/** Kernel `conv2dBackwardWeight`: a convolution's weight and bias gradients, `[R, chunks, weight and bias]`. */

import shader from "../../../shaders/layers/conv2dBackwardWeight.wgsl";
import type { Grid, Kernel } from "../../gpu/kernel.ts";
import {
  type ConvolutionLayout,
  type ConvolutionSpecialization,
  type ConvolutionTiles,
  convolutionPrelude,
  foldedGrid,
  laneGroups,
  tileOf,
} from "./convolution.ts";

/** Bindings of group 0: convolution, incoming, normalizations, samples, deltas, gradients. */
export const conv2dBackwardWeightKernel: Kernel = {
  shader,
  groups: [["uniform", "read", "read", "read", "read", "write"]],
};

/** What one thread is about: input channels and rows of taps, few enough for registers. */
function weightTile(
  { input, kernel, groups }: ConvolutionLayout,
  { gradientSums }: ConvolutionTiles,
): { inputs: number; tapRows: number } {
  const inputs = Math.min(4, input[0] / groups);
  return { inputs, tapRows: inputs * kernel[0] * kernel[1] <= gradientSums ? kernel[0] : 1 };
}

/** Overrides and prelude; how inputs come, and the activation before, is the executor's to say. */
export function conv2dBackwardWeightSpecialization(
  layout: ConvolutionLayout,
  tiles: ConvolutionTiles,
): ConvolutionSpecialization {
  const { inputs, tapRows } = weightTile(layout, tiles);
  const { kernel, output, stride } = layout;
  const { height, width } = tileOf(
    { ...tiles, ...tiles.gradientTile },
    [output[1], output[2]],
    inputs * tapRows * kernel[1] * stride,
  );
  return {
    overrides: { THREADS: tiles.threads },
    prelude: {
      ...convolutionPrelude(layout),
      TILE_HEIGHT: height,
      TILE_WIDTH: width,
      INPUT_TILE: inputs,
      TAP_ROWS: tapRows,
    },
  };
}

/** Threads of one chunk. */
function threadsOf(layout: ConvolutionLayout, tiles: ConvolutionTiles): number {
  const { inputs, tapRows } = weightTile(layout, tiles);
  const { input, output, groups, kernel } = layout;
  const parts = Math.ceil(input[0] / groups / inputs) * Math.ceil(kernel[0] / tapRows);
  return laneGroups(output[0], groups) * parts;
}

/**
 * Images of a chunk: so many that there are enough threads, or one. A function of the layer and the batch alone, so that a
 * run's bits don't depend on how many runs there are.
 */
export function gradientChunk(layout: ConvolutionLayout, batchSize: number, tiles: ConvolutionTiles): number {
  const chunks = Math.max(1, Math.ceil(tiles.gradientThreads / threadsOf(layout, tiles)));
  return Math.max(1, Math.floor(batchSize / chunks));
}

/** A thread four outputs, some channels and a row of taps of a chunk. */
export function conv2dBackwardWeightGrid(
  layout: ConvolutionLayout,
  batchSize: number,
  runs: number,
  tiles: ConvolutionTiles,
): Grid {
  const chunks = Math.ceil(batchSize / gradientChunk(layout, batchSize, tiles));
  return foldedGrid(chunks * threadsOf(layout, tiles), tiles.threads, runs);
}
