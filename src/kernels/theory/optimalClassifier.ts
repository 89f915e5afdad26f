/**
 * Kernel `optimalClassifier`: sums what pairs give to balls around queries. Its buffers' layouts and the workgroup
 * arithmetic; which pairs, and in what order, is `theory/classifier/classifierJobs.ts`.
 */

import shader from "../../../shaders/theory/optimalClassifier.wgsl";
import type { Grid, Kernel, Specialization } from "../../gpu/kernel.ts";

/** Bindings: classifier, rows, cells, cell exponents, jobs, pairs, displacements, results. */
export const optimalClassifierKernel: Kernel = {
  shader,
  groups: [["uniform", "read", "read", "read", "read", "read", "read", "write"]],
};

/** Queries of a tile at most. */
export const TILE_QUERIES = 64;
/** Words of one `Row`, `Job` and result. */
export const ROW_WORDS = 14;
export const JOB_WORDS = 4;
export const RESULT_WORDS = 4;

/** The `Classifier` uniform; rows are law by law, epsilon by epsilon. */
export interface ClassifierSizes {
  /** First of this dispatch's rows, which are of laws of one kind ... */
  readonly firstRow: number;
  /** ... and the place of the first one's results among the `places` of a job. */
  readonly firstPlace: number;
  readonly places: number;
}

export function packClassifier({ firstRow, firstPlace, places }: ClassifierSizes): Uint32Array {
  return Uint32Array.of(firstRow, firstPlace, places);
}

/** Kinds of laws, as in the shader: none of the first two needs a table. */
export const LAW = { uniform: 0, constant: 1, table: 2 } as const;

/** Pairs of dimensions that a thread keeps at hand, at most: a function may hold 8 kB. */
const MOST_KEPT = 8;

/** How a tile of queries is cut up. */
export interface ClassifierShape {
  readonly threads: number;
  /** Queries of one thread. */
  readonly queries: number;
}

/** Overrides and prelude for the rows of one law. */
export function classifierSpecialization(
  kind: keyof typeof LAW,
  symmetric: boolean,
  dimensions: number,
  { threads, queries }: ClassifierShape,
): Specialization {
  const halves = Math.ceil(dimensions / 2);
  const kept = Math.min(halves, MOST_KEPT);
  return {
    overrides: { LAW: LAW[kind], SYMMETRIC: symmetric ? 1 : 0, THREADS: threads },
    prelude: { QUERIES: queries, KEPT: kept, REST: halves - kept },
  };
}

/** Words of one pair. */
export function pairWords(dimensions: number): number {
  return 8 + 4 * Math.ceil(dimensions / 2);
}

/** Words of one query's displacement. */
export function displacementWords(dimensions: number): number {
  return 2 * Math.ceil(dimensions / 2);
}

/** Workgroups for each job and row: as many as its tile needs. */
export function optimalClassifierGrid(
  jobs: number,
  rows: number,
  { threads, queries }: ClassifierShape,
): Grid {
  return [jobs, rows, Math.ceil(TILE_QUERIES / (threads * queries))];
}
