/**
 * The tiles of `shaders/parts/product.wgsl`, which the three kernels of a linear layer share, and of `tile.wgsl` beside it, which those
 * of a convolution share, too: their variants, what a kernel must be told about its two matrices, and its grid. Not a kernel.
 */

import type { Grid, Specialization } from "../../gpu/kernel.ts";

/** A product's sizes: those of the result, and how many terms its sums have. */
export interface ProductSize {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
}

/** How a matrix product is cut up. */
export interface ProductShape {
  /** Whether threads read their operands together into workgroup memory, or from storage straight into registers. */
  readonly workgroupTiles: boolean;
  /** Whether the threads of register tiles share what they all need by subgroup operations. */
  readonly subgroups: boolean;
  /** Products that one thread computes; multiples of 4, and the same both ways with workgroup tiles. */
  readonly rows: number;
  readonly columns: number;
  /** Parts of a sum that groups of threads of one workgroup work on at once. More than one make other bits. */
  readonly slices: number;
  readonly threads: number;
}

/** Which shape a product has; always the same for the same sizes. */
export type ProductShapes = (size: ProductSize) => ProductShape;

/** Threads each way of a workgroup with workgroup tiles, slice by slice. */
const SIDE = 8;
/** Workgroups that WebGPU promises in each dimension of a grid. */
const MAX_GROUPS = 65535;

/** Tiles for a GPU, whose threads compute `side` x `side` products each. */
const workgroupTiles = (side: number, slices: number): ProductShape => ({
  workgroupTiles: true,
  subgroups: false,
  rows: side,
  columns: side,
  slices,
  threads: SIDE * SIDE * slices,
});

/** 64 x 64 products a workgroup, where there are many of them. */
export const LARGE_WORKGROUP_TILES = workgroupTiles(8, 1);
/** 32 x 32, where there are few, and sums are short. */
export const SMALL_WORKGROUP_TILES = workgroupTiles(4, 1);
/** The same where sums are long; with all of the 16,384 bytes of workgroup memory that WebGPU promises. */
export const SLICED_WORKGROUP_TILES = workgroupTiles(4, 4);

/** Large tiles, for the software adapter: a workgroup is one of its vectors. Narrow ones are for few columns. */
export function registerTiles(subgroups: boolean, columns: 4 | 8 = 8): ProductShape {
  return { workgroupTiles: false, subgroups, rows: 16, columns, slices: 1, threads: 4 };
}

/** What a kernel's matrices look like in memory. */
export interface ProductOperands {
  /** Whether neighbours in memory are neighbours along the sum. */
  readonly leftAlongSum: boolean;
  readonly rightAlongSum: boolean;
  /** Whether all lines begin at multiples of four numbers, and have so many. */
  readonly leftAligned: boolean;
  readonly rightAligned: boolean;
  /** Whether so many products are summed. */
  readonly aligned: boolean;
  /** Whether rows of products are of so many; the bits do not depend on it. */
  readonly productsAligned?: boolean;
  /** Whether the sums of the left matrix's rows are wanted, too. */
  readonly rowSums?: boolean;
}

/** What `compileKernel` is told about a product. */
export type ProductSpecialization = Required<
  Pick<Specialization, "overrides" | "prelude" | "rolled" | "subgroups">
>;

/** Overrides and prelude of a product. */
export function productSpecialization(
  { workgroupTiles, subgroups, rows, columns, slices, threads }: ProductShape,
  {
    leftAlongSum,
    rightAlongSum,
    leftAligned,
    rightAligned,
    aligned,
    productsAligned = false,
    rowSums = false,
  }: ProductOperands,
): ProductSpecialization {
  return {
    subgroups,
    overrides: {
      THREADS: threads,
      LEFT_ALONG_K: Number(leftAlongSum),
      RIGHT_ALONG_K: Number(rightAlongSum),
      LEFT_ALIGNED: Number(leftAligned),
      RIGHT_ALIGNED: Number(rightAligned),
      DEPTH_ALIGNED: Number(aligned),
      ROW_SUMS: Number(rowSums),
    },
    prelude: {
      WORKGROUP_TILES: Number(workgroupTiles),
      SLICES: slices,
      TILE_ROWS: rows,
      TILE_COLUMNS: columns,
      RESULT_ROWS: rows / slices,
      STORED_TOGETHER: productsAligned ? 4 : 1,
    },
    // A GPU keeps results in registers, which have no index; on the software adapter the code would be too long.
    rolled: workgroupTiles ? [] : ["RESULT_ROWS"],
  };
}

/** Workgroups for a product of each run, or for several of the same sizes. */
export function productGrid(
  { workgroupTiles, ...tile }: ProductShape,
  { rows, columns }: ProductSize,
  runs: number,
  parts = 1,
): Grid {
  const tiles = workgroupTiles
    ? Math.ceil(rows / (SIDE * tile.rows)) * Math.ceil(columns / (SIDE * tile.columns))
    : Math.ceil(rows / tile.rows) * Math.ceil(columns / (tile.threads * tile.columns));
  const groups = parts * tiles;
  const across = Math.min(groups, MAX_GROUPS);
  return [across, Math.ceil(groups / across), runs];
}
