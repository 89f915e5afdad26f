/** Kernel `copyColumns`: some columns of rows `[R, B, from]` as some columns of others, `[R, B, to]`. */

import shader from "../../../shaders/layers/copyColumns.wgsl";
import type { Kernel } from "../../gpu/kernel.ts";

/** Bindings of group 0: columns, inputs, outputs. */
export const copyColumnsKernel: Kernel = { shader, groups: [["uniform", "read", "write"]] };

/** Where rows lie, how many columns they have, and which of them are meant. */
export interface ColumnRows {
  readonly columns: number;
  readonly first: number;
  /** Of inputs: where they start, and how far runs lie apart. */
  readonly offset?: number;
  readonly runStride?: number;
}

/** The `Columns` uniform; runs of inputs follow each other unless it is said otherwise. Its grid is that of `elementsGrid`. */
export function packColumns(
  batchSize: number,
  width: number,
  input: ColumnRows,
  output: ColumnRows,
): Uint32Array<ArrayBuffer> {
  const { offset = 0, runStride = batchSize * input.columns } = input;
  return Uint32Array.of(
    batchSize,
    width,
    offset,
    runStride,
    input.columns,
    input.first,
    output.columns,
    output.first,
  );
}
