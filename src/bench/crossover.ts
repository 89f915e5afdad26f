/** The size at which a GPU overtakes plain loops, and the sizes at which that is looked for. */

import { type TrainingWorkload, WORKLOADS } from "./workload.ts";

const LINE = WORKLOADS.line.workload as TrainingWorkload;

/** What is varied, and the workloads in order of size. */
export const CROSSOVER_SWEEPS = [
  {
    varied: "nets",
    title: "Nets 1-512-2 on the line, trained at once",
    steps: [1, 4, 16, 64, 256].map((nets) => ({ size: nets, workload: { ...LINE, seeds: nets } })),
  },
  {
    varied: "hidden units",
    title: "One net 1-H-2 on the line",
    steps: [32, 128, 512, 2048, 8192].map((hidden) => ({ size: hidden, workload: { ...LINE, hidden } })),
  },
] as const;

/**
 * The smallest size from which on the GPU is at least as fast: between two measured sizes by a straight line through the
 * logarithms of sizes and ratios. Null if it is slower at the largest size; the smallest size if it is faster at all.
 * Sizes that lack a time are left out.
 */
export function gpuWinsFrom(
  sizes: readonly number[],
  gpu: readonly (number | null)[],
  cpu: readonly (number | null)[],
): number | null {
  const points = sizes.flatMap((size, i) => {
    const [g, c] = [gpu[i], cpu[i]];
    return g === null || c === null ? [] : [{ x: Math.log(size), y: Math.log(g / c), size }];
  });
  let last = points.length - 1;
  if (last < 0 || points[last].y > 0) return null;
  while (last > 0 && points[last - 1].y <= 0) last--;
  if (last === 0) return points[0].size;
  const [below, above] = [points[last - 1], points[last]];
  return Math.exp(below.x + ((above.x - below.x) * below.y) / (below.y - above.y));
}
