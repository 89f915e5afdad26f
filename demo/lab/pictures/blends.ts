/**
 * The mixed points of a frame, as plain data: which points, how much of each, and what comes of it. Pure.
 *
 * Not here: who draws the samples (the library's `sampling.ts`, by way of `frames.ts`).
 */

import type { Dataset } from "../../../src/index.ts";

/** lambda times the first point and the rest of the partner; of the labels by their own lambda. */
export interface Blend {
  readonly first: number;
  readonly partner: number;
  readonly lambda: number;
  readonly labelLambda: number;
}

/** Samples of a frame's batch `[B, 4]`, at most `count`: the first ones. */
export function blendsOf(mixed: Float32Array, count = Number.POSITIVE_INFINITY): Blend[] {
  return Array.from({ length: Math.min(mixed.length / 4, count) }, (_, b) => {
    const [first, partner, lambda, labelLambda] = mixed.subarray(4 * b, 4 * b + 4);
    return { first, partner, lambda, labelLambda };
  });
}

/** The same samples as they are where labels are mixed by the points' lambda: that is the same, whatever the labels' is. */
export function tied(blends: readonly Blend[]): Blend[] {
  return blends.map((blend) => ({ ...blend, labelLambda: blend.lambda }));
}

/** The same samples as a net sees them that is trained without mixing: batches are the same, partners have no part. */
export function unmixed(blends: readonly Blend[]): Blend[] {
  return blends.map(({ first }) => ({ first, partner: first, lambda: 1, labelLambda: 1 }));
}

/** The mixed point itself, `[D]`. */
export function mixedPoint(
  { points, dimensions: D }: Dataset,
  { first, partner, lambda }: Blend,
): Float32Array {
  return Float32Array.from(
    { length: D },
    (_, d) => lambda * points[first * D + d] + (1 - lambda) * points[partner * D + d],
  );
}
