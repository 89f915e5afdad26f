/**
 * Which points of the data a step draws: all of them, or a window in the endless row of epoch orders, each a keyed
 * permutation of all points.
 *
 * Not here: partners and lambdas (`sampling.ts`).
 */

/**
 * What becomes of the end of an epoch where the batch does not divide the data:
 * - `wrap`: batches are windows of the endless row, some of two epochs: all points come, and every batch is full;
 * - `keep`: the last batch of an epoch is smaller (PyTorch's default, and the paper's code);
 * - `drop`: the points left over are not seen in that epoch.
 */
export type LastBatch = "wrap" | "keep" | "drop";

export const LAST_BATCHES: readonly LastBatch[] = ["wrap", "keep", "drop"];

export interface Batching {
  /** Points that a step draws, and positions in the row of epochs that it moves on. */
  readonly drawn: number;
  /** Positions of an epoch; 0 where every step draws all points in order. */
  readonly epochSize: number;
  /** Points of an epoch's last batch where it is smaller than the others; else 0. */
  readonly last: number;
}

/** Batches of `batch` of `size` points. */
export function batchingOf(size: number, batch: number | "full", lastBatch: LastBatch = "wrap"): Batching {
  if (batch === "full") return { drawn: size, epochSize: 0, last: 0 };
  const rest = size % batch;
  if (lastBatch === "wrap" || rest === 0) return { drawn: batch, epochSize: size, last: 0 };
  if (lastBatch === "drop") return { drawn: batch, epochSize: size - rest, last: 0 };
  return { drawn: batch, epochSize: size - rest + batch, last: rest };
}

/** Whether the step's batch is one that is smaller than the others. */
export function isLastBatch({ drawn, epochSize, last }: Batching, step: number): boolean {
  return last > 0 && (step + 1) % (epochSize / drawn) === 0;
}

/** The epoch that point `b` of a step belongs to; every step is one where all points are drawn. */
export function epochAt({ drawn, epochSize }: Batching, step: number, b: number): number {
  return epochSize === 0 ? step : Math.floor((step * drawn + b) / epochSize);
}

/** Points that step `step` draws. */
export function batchAt(batching: Batching, step: number): number {
  return isLastBatch(batching, step) ? batching.last : batching.drawn;
}
