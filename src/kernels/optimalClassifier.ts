/**
 * Kernel `optimalClassifier`: sums what pairs give to the classes inside balls around queries. Its buffers' layouts and
 * the workgroup arithmetic; which pairs, and in what order, is `theory/classifierJobs.ts`.
 */

import shader from "../../shaders/optimalClassifier.wgsl";
import type { Grid, Kernel, Specialization } from "../gpu/kernel.ts";

/** Bindings: classifier, rows, cells, cell exponents, jobs, pairs, displacements, accumulators. */
export const optimalClassifierKernel: Kernel = {
  shader,
  groups: [["uniform", "read", "read", "read", "read", "read", "read", "write"]],
};

/** Queries of a tile at most: the threads of a workgroup. */
export const TILE_QUERIES = 64;
/** Words of one `Row`, `Job` and `Accumulator`. */
export const ROW_WORDS = 12;
export const JOB_WORDS = 4;
export const ACCUMULATOR_WORDS = 8;
/** An accumulator's exponent is raised by this. */
export const EXPONENT_RAISE = 4096;

/** The `Classifier` uniform; rows are law by law, epsilon by epsilon. */
export interface ClassifierSizes {
  readonly queries: number;
  readonly dimensions: number;
  readonly classes: number;
  /** First of this dispatch's rows, which are of laws of one kind ... */
  readonly firstRow: number;
  /** ... and where their accumulators begin, in rows. */
  readonly firstPlace: number;
}

export function packClassifier(sizes: ClassifierSizes): Uint32Array {
  const { queries, dimensions, classes, firstRow, firstPlace } = sizes;
  return Uint32Array.of(
    queries,
    dimensions,
    pairWords(dimensions) / 4,
    classGroups(classes),
    firstRow,
    firstPlace,
  );
}

/** Kinds of laws, as in the shader: none of the first two needs a table. */
export const LAW = { uniform: 0, constant: 1, table: 2 } as const;

/** Overrides for the rows of one law. */
export function lawSpecialization(kind: keyof typeof LAW, symmetric: boolean): Specialization {
  return { overrides: { LAW: LAW[kind], SYMMETRIC: symmetric ? 1 : 0 } };
}

/** Words of one pair. */
export function pairWords(dimensions: number): number {
  return 8 + 4 * Math.ceil(dimensions / 2);
}

/** Words of one query's displacement. */
export function displacementWords(dimensions: number): number {
  return 2 * Math.ceil(dimensions / 2);
}

/** Groups of four classes, which are summed by threads of their own. */
export function classGroups(classes: number): number {
  return Math.ceil(classes / 4);
}

/** A workgroup for each job, row and group of classes. */
export function optimalClassifierGrid(jobs: number, rows: number, classes: number): Grid {
  return [jobs, rows * classGroups(classes), 1];
}
