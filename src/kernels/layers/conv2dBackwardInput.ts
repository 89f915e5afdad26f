/** Kernel `conv2dBackwardInput`: deltas of the stage that a convolution reads, `[R, B, I, H, W]`. */

import shader from "../../../shaders/layers/conv2dBackwardInput.wgsl";
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

/** Bindings of group 0: convolution, incoming, normalizations, deltas, parameters, previous. */
export const conv2dBackwardInputKernel: Kernel = {
  shader,
  groups: [["uniform", "read", "read", "read", "read", "write"]],
};

/** With a stride only every so many taps meet a place: there may be as many more places. */
function inputTile({ input, kernel, stride }: ConvolutionLayout, tiles: ConvolutionTiles) {
  const wide = { ...tiles, places: tiles.places * stride, products: tiles.products * stride * stride };
  return tileOf(wide, [input[1], input[2]], kernel[0] * kernel[1], stride);
}

/** Overrides and prelude; the activation of the stage before, and whether to add, is the executor's to say. */
export function conv2dBackwardInputSpecialization(
  layout: ConvolutionLayout,
  tiles: ConvolutionTiles,
): ConvolutionSpecialization {
  const { kernel, stride, padding } = layout;
  const { height, width } = inputTile(layout, tiles);
  const reach = (side: 0 | 1) => Math.ceil((kernel[side] - 1 - padding[side]) / stride);
  const deltas = (side: 0 | 1, tile: number) =>
    Math.floor((tile - 1 + padding[side]) / stride) + reach(side) + 1;
  return {
    overrides: { THREADS: tiles.threads },
    prelude: {
      ...convolutionPrelude(layout),
      TILE_HEIGHT: height,
      TILE_WIDTH: width,
      REACH_TOP: reach(0),
      REACH_LEFT: reach(1),
      DELTA_ROWS: deltas(0, height),
      DELTA_COLUMNS: deltas(1, width),
    },
  };
}

/** A thread four channels of a tile of places. */
export function conv2dBackwardInputGrid(
  layout: ConvolutionLayout,
  batchSize: number,
  runs: number,
  tiles: ConvolutionTiles,
): Grid {
  const { input, groups } = layout;
  const { height, width } = inputTile(layout, tiles);
  const places = Math.ceil(input[1] / height) * Math.ceil(input[2] / width);
  return foldedGrid(batchSize * laneGroups(input[0], groups) * places, tiles.threads, runs);
}
