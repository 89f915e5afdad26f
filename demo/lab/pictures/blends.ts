/**
 * The mixed points of a frame, as plain data: which points, how much of each, and what comes of it. Pure.
 *
 * Not here: who draws the samples (the library's `sampling.ts`, by way of `frames.ts`).
 */

import type { Dataset } from "../../../src/index.ts";
import { SAMPLE_NUMBERS } from "../training/samples.ts";

/** lambda times the first point and the rest of the partner; of the labels by their own lambda. */
export interface Blend {
  readonly first: number;
  readonly partner: number;
  readonly lambda: number;
  readonly labelLambda: number;
  /** CutMix: rows and columns that are the partner's, ends excluded. */
  readonly box?: {
    readonly top: number;
    readonly bottom: number;
    readonly left: number;
    readonly right: number;
  };
  /** Manifold Mixup: at which of its places within the net; the points are as they are then. */
  readonly hidden?: number;
}

/** Samples of a frame's batch `[B, 9]`, at most `count`: the first ones. */
export function blendsOf(mixed: Float32Array, count = Number.POSITIVE_INFINITY): Blend[] {
  const N = SAMPLE_NUMBERS;
  return Array.from({ length: Math.min(mixed.length / N, count) }, (_, b) => {
    const [first, partner, lambda, labelLambda, top, bottom, left, right, hidden] = mixed.subarray(
      N * b,
      N * (b + 1),
    );
    return {
      ...{ first, partner, lambda, labelLambda },
      ...(bottom > top && { box: { top, bottom, left, right } }),
      ...(hidden > 0 && { hidden }),
    };
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

/** What goes into the net, `[D]`. */
export function mixedPoint(
  { points, dimensions: D, shape }: Dataset,
  { first, partner, lambda, box, hidden }: Blend,
): Float32Array {
  const own = points.subarray(first * D, (first + 1) * D);
  const other = points.subarray(partner * D, (partner + 1) * D);
  if (hidden !== undefined) return own.slice();
  if (box === undefined || shape === undefined)
    return Float32Array.from({ length: D }, (_, d) => lambda * own[d] + (1 - lambda) * other[d]);
  const [, height, width] = shape;
  return own.map((value, d) => {
    const [row, column] = [Math.floor(d / width) % height, d % width];
    const isOther = row >= box.top && row < box.bottom && column >= box.left && column < box.right;
    return isOther ? other[d] : value;
  });
}
