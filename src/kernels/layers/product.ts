/**
 * The tiles of `shaders/parts/product.wgsl`, which the three kernels of a linear layer share: their variants, what a kernel must
 * be told about its two matrices, and its grid. Not a kernel.
 */

import type { Grid, Specialization } from "../../gpu/kernel.ts";

/** How a matrix product is cut up. */
export interface ProductShape {
  /** Whether threads read their operands together into workgroup memory, or from storage straight into registers. */
  readonly workgroupTiles: boolean;
  /** Whether the threads of register tiles share what they all need by subgroup operations. */
  readonly subgroups: boolean;
  /** Products that one thread computes; multiples of 4. */
  readonly rows: number;
  readonly columns: number;
  readonly threads: number;
}

/** Threads each way of a workgroup with workgroup tiles. */
const SIDE = 8;
/** Workgroups that WebGPU promises in each dimension of a grid. */
const MAX_GROUPS = 65535;

/** The shape with workgroup tiles, for a GPU. */
export const WORKGROUP_TILES: ProductShape = {
  workgroupTiles: true,
  subgroups: false,
  rows: 4,
  columns: 4,
  threads: SIDE * SIDE,
};

/** Large tiles, for the software adapter: a workgroup is one of its vectors. */
export function registerTiles(subgroups: boolean): ProductShape {
  return { workgroupTiles: false, subgroups, rows: 16, columns: 8, threads: 4 };
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
  /** Whether the sums of the left matrix's rows are wanted, too. */
  readonly rowSums?: boolean;
}

/** What `compileKernel` is told about a product. */
export type ProductSpecialization = Required<Pick<Specialization, "overrides" | "prelude" | "subgroups">>;

/** Overrides and prelude of a product. */
export function productSpecialization(
  { workgroupTiles, subgroups, rows, columns, threads }: ProductShape,
  { leftAlongSum, rightAlongSum, leftAligned, rightAligned, aligned, rowSums = false }: ProductOperands,
): ProductSpecialization {
  return {
    subgroups,
    overrides: {
      WORKGROUP_TILES: Number(workgroupTiles),
      THREADS: threads,
      LEFT_ALONG_K: Number(leftAlongSum),
      RIGHT_ALONG_K: Number(rightAlongSum),
      LEFT_ALIGNED: Number(leftAligned),
      RIGHT_ALIGNED: Number(rightAligned),
      DEPTH_ALIGNED: Number(aligned),
      ROW_SUMS: Number(rowSums),
    },
    prelude: { TILE_ROWS: rows, TILE_COLUMNS: columns },
  };
}

/** Workgroups for `rows` x `columns` products of each run. */
export function productGrid(
  { workgroupTiles, ...tile }: ProductShape,
  rows: number,
  columns: number,
  runs: number,
): Grid {
  const groups = workgroupTiles
    ? Math.ceil(rows / (SIDE * tile.rows)) * Math.ceil(columns / (SIDE * tile.columns))
    : Math.ceil(rows / tile.rows) * Math.ceil(columns / (tile.threads * tile.columns));
  const across = Math.min(groups, MAX_GROUPS);
  return [across, Math.ceil(groups / across), runs];
}
