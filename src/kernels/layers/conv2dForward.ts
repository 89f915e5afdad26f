/** Kernel `conv2dForward`: a convolution's outputs `[R, B, O, P, Q]`. */

import shader from "../../../shaders/layers/conv2dForward.wgsl";
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

/** Bindings of group 0: convolution, incoming, normalizations, samples, parameters, outputs. */
export const conv2dForwardKernel: Kernel = {
  shader,
  groups: [["uniform", "read", "read", "read", "read", "write"]],
};

function outputTile({ output, kernel, stride }: ConvolutionLayout, tiles: ConvolutionTiles) {
  // With a stride a tile reads as many columns as a wider one without.
  const narrow = {
    ...tiles,
    columns: Math.ceil(tiles.columns / stride),
    places: Math.ceil(tiles.places / stride),
  };
  return tileOf(narrow, [output[1], output[2]], kernel[0] * kernel[1]);
}

/** Overrides and prelude; how inputs come, and the activation before, is the executor's to say. */
export function conv2dForwardSpecialization(
  layout: ConvolutionLayout,
  tiles: ConvolutionTiles,
): ConvolutionSpecialization {
  const { height, width } = outputTile(layout, tiles);
  return {
    overrides: { THREADS: tiles.threads },
    prelude: { ...convolutionPrelude(layout), TILE_HEIGHT: height, TILE_WIDTH: width },
  };
}

/** A thread four outputs of a tile of places. */
export function conv2dForwardGrid(
  layout: ConvolutionLayout,
  batchSize: number,
  runs: number,
  tiles: ConvolutionTiles,
): Grid {
  const { output, groups } = layout;
  const { height, width } = outputTile(layout, tiles);
  const places = Math.ceil(output[1] / height) * Math.ceil(output[2] / width);
  return foldedGrid(batchSize * laneGroups(output[0], groups) * places, tiles.threads, runs);
}
