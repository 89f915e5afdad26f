/**
 * The uniform of one convolution, shared by its forward and backward kernels (`shaders/parts/convolution.wgsl`), and the tiles
 * in which they cut their work. Not a kernel.
 */

import type { Grid, Specialization } from "../../gpu/kernel.ts";
import type { Conv2d } from "../../model/layers/conv2d.ts";
import type { Operation } from "../../model/trace.ts";
import type { ProductShape, ProductSize } from "./product.ts";

/** One convolution: what it reads and writes, and where its parameters are. */
export interface ConvolutionLayout {
  /** `[I, H, W]` */
  readonly input: readonly number[];
  /** `[O, P, Q]` */
  readonly output: readonly number[];
  readonly kernel: readonly [number, number];
  readonly stride: number;
  readonly padding: readonly [number, number];
  readonly groups: number;
  readonly weightOffset: number;
  /** -1 without bias. */
  readonly biasOffset: number;
  /** Numbers of weight and bias. */
  readonly size: number;
}

/** The layout of a convolution of a trace. */
export function convolutionLayout(
  { layer, parameters: { weight, bias } }: Operation,
  input: readonly number[],
  output: readonly number[],
): ConvolutionLayout {
  const { kernel, stride, padding, groups } = layer as Conv2d;
  return {
    input,
    output,
    kernel,
    stride,
    padding,
    groups,
    weightOffset: weight.offset,
    biasOffset: bias?.offset ?? -1,
    size: weight.size + (bias?.size ?? 0),
  };
}

/** Where a convolution reads its images, how many, and where chunks of its gradient go. */
export interface ConvolutionRows {
  readonly batchSize: number;
  readonly inputOffset: number;
  /** 0 when all runs read the same images. */
  readonly inputRunStride: number;
  /** Images of a chunk of the weights' gradient, or places of the output. */
  readonly chunk: number;
  /** How many of them there are; without, images. */
  readonly chunked?: number;
  /** Whether the only chunk goes straight to the layer's place among the gradients. */
  readonly straight?: boolean;
}

/** The `Convolution` uniform. */
export function packConvolution(
  layout: ConvolutionLayout,
  parameterStride: number,
  { batchSize, inputOffset, inputRunStride, chunk, chunked = batchSize, straight = false }: ConvolutionRows,
): Uint32Array<ArrayBuffer> {
  const { input, output, groups, weightOffset, biasOffset, size } = layout;
  return Uint32Array.of(
    batchSize,
    ...input,
    ...output,
    groups,
    parameterStride,
    weightOffset,
    Math.max(biasOffset, 0),
    biasOffset < 0 ? 0 : 1,
    inputOffset,
    inputRunStride,
    chunk,
    straight ? weightOffset : 0,
    straight ? parameterStride : Math.ceil(chunked / chunk) * size,
  );
}

/** Products of a convolution: their sizes, which all are the same, and how many there are. */
export interface ConvolutionProduct extends ProductSize {
  /** Groups of channels, by chunks of the sums or phases of the stride. */
  readonly parts: number;
}

/** Which shape they have; undefined where tiles would be all but empty. Always the same for the same sizes. */
export type ConvolutionShapes = (product: ConvolutionProduct) => ProductShape | undefined;

/** How convolutions are cut up: what one thread computes at most, and threads a workgroup. */
export interface ConvolutionTiles {
  /** Places of one thread, in all, and in a row. */
  readonly places: number;
  readonly columns: number;
  /** Places times taps at most: they are unrolled, and longer code takes seconds to compile. */
  readonly products: number;
  readonly threads: number;
  /** Threads that the weights' gradient should have at least, chunks of the batch counted. */
  readonly gradientThreads: number;
  /** Places of the deltas that one of them has in hand. */
  readonly gradientTile: { readonly places: number; readonly columns: number; readonly products: number };
  /** Vectors of four weights that one of them sums, at most. */
  readonly gradientSums: number;
  /** Threads of a channel's BatchNorm, at most 64. */
  readonly normThreads: number;
  /** Shapes of what is computed as products of matrices instead; without, nothing is. */
  readonly shapes?: ConvolutionShapes;
}

/** Large tiles, for the software adapter: its time is what is loaded, and a workgroup is one of its vectors. */
export const LARGE_TILES: ConvolutionTiles = {
  places: 32,
  columns: 16,
  products: 256,
  threads: 4,
  gradientThreads: 32,
  gradientTile: { places: 16, columns: 8, products: 576 },
  gradientSums: 36,
  normThreads: 4,
};

/** Small tiles, for a GPU, which wants threads and has few registers for each. */
export const SMALL_TILES: ConvolutionTiles = {
  places: 8,
  columns: 4,
  products: 256,
  threads: 64,
  gradientThreads: 8192,
  gradientTile: { places: 4, columns: 4, products: 576 },
  gradientSums: 12,
  normThreads: 64,
};

/**
 * A thread's tile of a map of `rows` x `columns` for so many taps: as few tiles a row as the bounds allow, all equally wide;
 * a multiple of `step`.
 */
export function tileOf(
  tiles: Pick<ConvolutionTiles, "places" | "columns" | "products">,
  [rows, columns]: readonly [number, number],
  taps: number,
  step = 1,
): { readonly height: number; readonly width: number } {
  const places = Math.max(1, Math.min(tiles.places, Math.floor(tiles.products / taps)));
  const up = (count: number) => Math.ceil(count / step) * step;
  const across = Math.ceil(columns / Math.min(tiles.columns, places));
  const width = up(Math.ceil(columns / across));
  const height = up(Math.min(rows, Math.max(1, Math.floor(places / width))));
  return { height, width };
}

/** Channels by fours of one group each: see `laneGroups` of the shader. */
export function laneGroups(channels: number, groups: number): number {
  return groups * Math.ceil(channels / groups / 4);
}

/** Most workgroups in one dimension of a grid. */
const MAX_GROUPS = 65535;

/** So many threads, folded into two dimensions, for each run. */
export function foldedGrid(threads: number, workgroup: number, runs: number): Grid {
  const groups = Math.ceil(threads / workgroup);
  const across = Math.min(groups, MAX_GROUPS);
  return [across, Math.ceil(groups / across), runs];
}

/** What all kernels of a convolution are told. */
export function convolutionPrelude({ kernel, stride, padding }: ConvolutionLayout): Record<string, number> {
  return {
    KERNEL_HEIGHT: kernel[0],
    KERNEL_WIDTH: kernel[1],
    STRIDE: stride,
    PADDING_TOP: padding[0],
    PADDING_LEFT: padding[1],
  };
}

/** Overrides and prelude of a kernel. */
export type ConvolutionSpecialization = Required<Pick<Specialization, "overrides" | "prelude">>;
