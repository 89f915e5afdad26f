/**
 * What a training step would take on real GPUs, on paper: the dispatches of the plan, the multiply-adds and bytes counted
 * from the sizes, and a GPU's data sheet or, for the adapter at hand, its measured ceilings. Caches are taken to be perfect,
 * and every dispatch to keep the whole GPU busy at one thing, arithmetic or memory, whichever takes longer. What
 * synchronisation costs inside a kernel is not in it.
 *
 * What a dispatch costs is measured where we measured it, and a published range everywhere else.
 */

import type { Population } from "../../population/population.ts";
import { type Plan, type PlanLimits, planTraining } from "../../training/gpu/plan.ts";
import { type Ceilings, type Estimate, type StepWork, THIS_ADAPTER } from "../result.ts";
import { populationOf, type Workload } from "../workload.ts";
import { kernelWork } from "./kernelWork.ts";

/** What a data sheet says of a GPU, and what a dispatch costs there. */
export interface PaperGpu {
  readonly name: string;
  /** Of 32-bit floats. */
  readonly multiplyAddsPerSecond: number;
  readonly bytesPerSecond: number;
  /** Processors that run a workgroup each; 1 where that is not known, which takes one run to keep all of it busy. */
  readonly processors: number;
  readonly dispatch: DispatchCost;
}

/** Microseconds of a dispatch that does nothing, at least and at most. */
export interface DispatchCost {
  readonly from: number;
  readonly to: number;
  readonly measured: boolean;
}

/** Measured on an H100 by Dawn on Vulkan, in a pass of many dispatches, as our engine has them. */
const MEASURED_ON_H100: DispatchCost = { from: 2.8, to: 2.8, measured: true };

/**
 * What WebGPU's interface costs a dispatch, one after another, on GPUs of four makers (arXiv 2604.02344). Engines there have a
 * pass for each, so ours, with one for many, may well take less, as it does on the H100.
 */
export const PUBLISHED_DISPATCH = {
  vulkan: { from: 24, to: 36, measured: false },
  metal: { from: 32, to: 71, measured: false },
} as const satisfies Readonly<Record<string, DispatchCost>>;

/** The card that the project was measured on, a common desktop card, and a common laptop. */
export const PAPER_GPUS: readonly PaperGpu[] = [
  // 132 multiprocessors of 128 lanes at 1.98 GHz, 3.35 TB/s.
  {
    name: "H100",
    multiplyAddsPerSecond: 132 * 128 * 1.98e9,
    bytesPerSecond: 3.35e12,
    processors: 132,
    dispatch: MEASURED_ON_H100,
  },
  // 46 multiprocessors of 128 lanes at 2.475 GHz, 504 GB/s.
  {
    name: "RTX 4070",
    multiplyAddsPerSecond: 46 * 128 * 2.475e9,
    bytesPerSecond: 504e9,
    processors: 46,
    dispatch: PUBLISHED_DISPATCH.vulkan,
  },
  // 10 cores of 128 lanes at 1.4 GHz, 100 GB/s.
  {
    name: "Apple M3",
    multiplyAddsPerSecond: 10 * 128 * 1.4e9,
    bytesPerSecond: 100e9,
    processors: 10,
    dispatch: PUBLISHED_DISPATCH.metal,
  },
];

/** Limits of such GPUs, for planning: what desktop adapters report. */
export const PAPER_LIMITS: PlanLimits = {
  maxBufferSize: 2 ** 31,
  maxStorageBufferBindingSize: 2 ** 31,
  maxComputeWorkgroupsPerDimension: 65535,
  maxComputeWorkgroupStorageSize: 32768,
  maxComputeInvocationsPerWorkgroup: 1024,
  isFallback: false,
  subgroups: true,
};

/** Work of one step, evaluations not among it. */
export function stepWork(population: Population, plan: Plan): StepWork {
  const work = kernelWork(population, plan.variants);
  const total = { dispatches: 0, multiplyAdds: 0, bytes: 0 };
  for (const [kernel, count] of Object.entries(plan.dispatches)) {
    total.dispatches += count;
    total.multiplyAdds += work[kernel].multiplyAdds;
    total.bytes += work[kernel].bytes;
  }
  return total;
}

/** Estimated seconds of one step, dispatches at their least and at their most. */
export function estimateSeconds(
  population: Population,
  plan: Plan,
  gpu: PaperGpu,
): { readonly from: number; readonly to: number } {
  const work = kernelWork(population, plan.variants);
  let [busy, dispatches] = [0, 0];
  for (const [kernel, count] of Object.entries(plan.dispatches)) {
    const { multiplyAdds, bytes } = work[kernel];
    // A run of the resident executor keeps one processor busy, no more.
    const share =
      plan.executor === "resident"
        ? population.runs.length / (Math.ceil(population.runs.length / gpu.processors) * gpu.processors)
        : 1;
    const arithmetic = multiplyAdds / (gpu.multiplyAddsPerSecond * share);
    busy += Math.max(arithmetic, bytes / gpu.bytesPerSecond);
    dispatches += count;
  }
  const { from, to } = gpu.dispatch;
  return { from: busy + 1e-6 * dispatches * from, to: busy + 1e-6 * dispatches * to };
}

/**
 * The estimates for a workload, for the adapter with these ceilings first if all that it takes was measured; undefined for
 * what is no training.
 */
export function estimateOf(workload: Workload, ceilings?: Ceilings): Estimate | undefined {
  if (workload.kind !== "training") return undefined;
  const population = populationOf(workload);
  const plan = planTraining(population, PAPER_LIMITS);
  const measured = ceilings && measuredGpu(ceilings);
  return {
    ...stepWork(population, plan),
    milliseconds: [...(measured ? [measured] : []), ...PAPER_GPUS].map((gpu) => {
      const { from, to } = estimateSeconds(population, plan, gpu);
      return { gpu: gpu.name, from: 1000 * from, to: 1000 * to, dispatchMeasured: gpu.dispatch.measured };
    }),
  };
}

/** An adapter by its own ceilings; undefined where one is missing, or is nothing to divide by. */
function measuredGpu(ceilings: Ceilings): PaperGpu | undefined {
  const { emptyDispatchMilliseconds, multiplyAddsPerSecond, copyBytesPerSecond } = ceilings;
  if (emptyDispatchMilliseconds === null || !multiplyAddsPerSecond || !copyBytesPerSecond) return undefined;
  const microseconds = 1000 * emptyDispatchMilliseconds;
  return {
    name: THIS_ADAPTER,
    multiplyAddsPerSecond,
    bytesPerSecond: copyBytesPerSecond,
    processors: 1,
    dispatch: { from: microseconds, to: microseconds, measured: true },
  };
}
