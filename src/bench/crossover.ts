/** The size at which a GPU overtakes plain loops: where that is looked for, how it is measured, what follows. */

import { EngineError, type EngineWorker } from "./engineWorker.ts";
import type { Crossover } from "./result.ts";
import { spread } from "./statistics.ts";
import { sizeTurn } from "./turns.ts";
import { type TrainingWorkload, WORKLOADS } from "./workload.ts";

const LINE = WORKLOADS.line.workload as TrainingWorkload;

const IMAGES: TrainingWorkload = {
  kind: "training",
  data: "images-28",
  net: "conv-net",
  batch: 64,
  seeds: 1,
  alphas: [1],
  checkSteps: 2,
};

/** Turns at each size: the answer is drawn from ratios far from 1, mostly. */
const TURNS = 5;

/** What is varied, and the workloads in order of size. */
export interface Sweep extends Pick<Crossover, "varied" | "title"> {
  readonly steps: readonly { readonly size: number; readonly workload: TrainingWorkload }[];
}

export const CROSSOVER_SWEEPS: readonly Sweep[] = [
  {
    varied: "nets",
    title: "Nets 1-512-2 on the line, trained at once",
    steps: [1, 4, 16, 64, 256].map((nets) => ({ size: nets, workload: { ...LINE, seeds: nets } })),
  },
  {
    varied: "hidden units",
    title: "One net 1-H-2 on the line",
    steps: [32, 128, 512, 2048, 8192].map((hidden) => ({
      size: hidden,
      workload: { ...LINE, net: { hidden } },
    })),
  },
  {
    varied: "nets",
    title: "Nets of two convolutions, convNet(), on images of 28 x 28, batch 64",
    steps: [1, 4, 16].map((nets) => ({ size: nets, workload: { ...IMAGES, seeds: nets } })),
  },
];

/**
 * Times a sweep on our engine and on plain loops, in two workers with nothing loaded; `report` hears of each size before
 * it is measured, and of what is known of the smaller ones. Undefined where one of the engines can't be opened; a size that one of them can't do has no times.
 */
export async function measureSweep(
  { varied, title, steps }: Sweep,
  gpuWorker: EngineWorker,
  cpuWorker: EngineWorker,
  turnMilliseconds: number,
  report: (size: number, share: number, soFar: Crossover) => void,
): Promise<Crossover | undefined> {
  try {
    await gpuWorker.call("open", "mixup-webgpu");
    await cpuWorker.call("open", "plain");
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return undefined;
  }
  const gpu: (number | null)[] = [];
  const cpu: (number | null)[] = [];
  const soFar = (): Crossover => {
    const sizes = steps.slice(0, gpu.length).map(({ size }) => size);
    return { varied, title, sizes, gpu: [...gpu], cpu: [...cpu], gpuWinsFrom: gpuWinsFrom(sizes, gpu, cpu) };
  };
  for (const [i, { size, workload }] of steps.entries()) {
    report(size, i / steps.length, soFar());
    const times = await timeSize([gpuWorker, cpuWorker], workload, turnMilliseconds);
    gpu.push(times?.[0] ?? null);
    cpu.push(times?.[1] ?? null);
  }
  return soFar();
}

/** Median milliseconds of a step on each worker, taken in turns; undefined if one of them can't do the size. */
async function timeSize(
  workers: readonly EngineWorker[],
  workload: TrainingWorkload,
  turnMilliseconds: number,
): Promise<number[] | undefined> {
  try {
    const steps: number[] = [];
    for (const worker of workers) {
      const { multiple } = await worker.call("start", workload);
      await worker.call("run", multiple);
      const { milliseconds } = await worker.call("run", multiple);
      const rough = milliseconds / multiple;
      steps.push(await sizeTurn(rough, multiple, turnMilliseconds, (count) => worker.call("run", count)));
    }
    const times: number[][] = workers.map(() => []);
    for (let turn = 0; turn < TURNS; turn++) {
      for (const [w, worker] of workers.entries()) {
        times[w].push((await worker.call("run", steps[w])).milliseconds / steps[w]);
      }
    }
    return times.map((values) => spread(values).median);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return undefined;
  }
}

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
