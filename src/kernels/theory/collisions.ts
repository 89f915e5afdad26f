/**
 * Kernel `collisions`: for each query the nearest mixture of a chunk whose classes are not the query's. Its buffers'
 * layouts and the workgroup arithmetic; what is done with its finds is `theory/collisions/collisionsOn.ts`.
 */

import shader from "../../../shaders/theory/collisions.wgsl";
import type { Grid, Kernel, Specialization } from "../../gpu/kernel.ts";

/** Bindings: search, queries, query classes, mixtures, mixture classes, nearest. */
export const collisionsKernel: Kernel = {
  shader,
  groups: [["uniform", "read", "read", "read", "read", "write"]],
};

/** Threads of a workgroup along the queries, and along the strips of mixtures. */
const COLUMNS = 8;
const STRIPS = 8;
/** Mixtures of a thread's tile: a chunk has a multiple of it. */
export const MIXTURE_TILE = 8;
/** Stands for no mixture, and for the classes of a row that does not count. */
export const NONE = 0xffffffff;
/** Words of one `Nearest`: square, runner-up, mixture. */
export const NEAREST_WORDS = 3;
/** Tiles of more queries are the software adapter's. */
const LARGEST_GPU_TILE = 8;
/**
 * Workgroups of 64 threads that keep a large GPU busy, with tiles of so many queries; with few queries the mixtures are divided among
 * more of them. The software adapter takes a seventh longer for twice as many.
 */
const enoughGroups = (tile: number) => (tile > LARGEST_GPU_TILE ? 128 : 256);

/**
 * `tile`: queries of a thread. With subgroups four threads read mixtures together; the finds are the same bits. Large tiles are the
 * software adapter's, which keeps distances in memory: see the shader.
 */
export function collisionsSpecialization(tile: number, subgroups: boolean): Specialization {
  return {
    prelude: { QUERY_TILE: tile, MIXTURE_TILE, MIXTURE_RESULTS: MIXTURE_TILE },
    rolled: tile > LARGEST_GPU_TILE ? ["MIXTURE_RESULTS"] : [],
    subgroups,
  };
}

/** Queries of a workgroup: `queries` and `nearest` have a multiple of it. */
export function groupQueries(tile: number): number {
  return COLUMNS * tile;
}

/** How many strips the mixtures of a chunk are divided into; `nearest` has a row of finds for each. */
export function collisionStrips(queryGroups: number, mixtures: number, tile: number): number {
  const most = Math.max(1, Math.floor(mixtures / (MIXTURE_TILE * STRIPS)));
  return STRIPS * Math.min(most, Math.ceil(enoughGroups(tile) / queryGroups));
}

/** So many workgroups of queries, each once for every 8 strips. */
export function collisionsGrid(queryGroups: number, strips: number): Grid {
  return [queryGroups, strips / STRIPS, 1];
}

/** The `Search` uniform. */
export interface SearchSizes {
  readonly dimensions: number;
  /** Rows of mixtures, a multiple of {@link MIXTURE_TILE}. */
  readonly mixtures: number;
  readonly firstQuery: number;
  /** Rows of queries, a multiple of {@link groupQueries}. */
  readonly queryRows: number;
}

export function packSearch({ dimensions, mixtures, firstQuery, queryRows }: SearchSizes): Uint32Array {
  return Uint32Array.of(rowWords(dimensions) / 4, mixtures / MIXTURE_TILE, firstQuery, queryRows);
}

/** Numbers of a row of queries or mixtures: D, filled up to whole vectors. */
export function rowWords(dimensions: number): number {
  return 4 * Math.ceil(dimensions / 4);
}
