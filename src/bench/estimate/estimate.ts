/**
 * What a training step would take on real GPUs, on paper: the dispatches of the plan, the multiply-adds and bytes counted
 * from the sizes, and a GPU's data sheet. An estimate, and a bound from below: caches are taken to be perfect, and every
 * dispatch to keep the whole GPU busy at one thing, arithmetic or memory, whichever takes longer. What synchronisation
 * costs inside a kernel is not in it.
 */

import type { Population } from "../../population/population.ts";
import { type Plan, type PlanLimits, planTraining } from "../../training/gpu/plan.ts";
import type { Estimate, StepWork } from "../result.ts";
import { populationOf, type Workload } from "../workload.ts";
import { kernelWork } from "./kernelWork.ts";

/** What a data sheet says of a GPU. */
export interface PaperGpu {
  readonly name: string;
  /** Of 32-bit floats. */
  readonly multiplyAddsPerSecond: number;
  readonly bytesPerSecond: number;
  /** Processors that run a workgroup each. */
  readonly processors: number;
  /** Of a dispatch that does nothing, in a pass of many: not from a data sheet. */
  readonly dispatchMicroseconds: number;
}

/**
 * Measured on an H100 by Dawn on Vulkan. Other GPUs and drivers were not measured and get the same, as a bound from below: with
 * a pass for each, dispatches are known to take 24 to 36 us on Vulkan and 32 to 71 us on Metal (arXiv 2604.02344).
 */
const MEASURED_DISPATCH_MICROSECONDS = 2.8;

/** The card that the project was measured on, a common desktop card, and a common laptop. */
export const PAPER_GPUS: readonly PaperGpu[] = [
  // 132 multiprocessors of 128 lanes at 1.98 GHz, 3.35 TB/s.
  {
    name: "H100",
    multiplyAddsPerSecond: 132 * 128 * 1.98e9,
    bytesPerSecond: 3.35e12,
    processors: 132,
    dispatchMicroseconds: MEASURED_DISPATCH_MICROSECONDS,
  },
  // 46 multiprocessors of 128 lanes at 2.475 GHz, 504 GB/s.
  {
    name: "RTX 4070",
    multiplyAddsPerSecond: 46 * 128 * 2.475e9,
    bytesPerSecond: 504e9,
    processors: 46,
    dispatchMicroseconds: MEASURED_DISPATCH_MICROSECONDS,
  },
  // 10 cores of 128 lanes at 1.4 GHz, 100 GB/s.
  {
    name: "Apple M3",
    multiplyAddsPerSecond: 10 * 128 * 1.4e9,
    bytesPerSecond: 100e9,
    processors: 10,
    dispatchMicroseconds: MEASURED_DISPATCH_MICROSECONDS,
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

/** Estimated seconds of one step. */
export function estimateSeconds(population: Population, plan: Plan, gpu: PaperGpu): number {
  const work = kernelWork(population, plan.variants);
  let seconds = 0;
  for (const [kernel, count] of Object.entries(plan.dispatches)) {
    const { multiplyAdds, bytes } = work[kernel];
    // A run of the resident executor keeps one processor busy, no more.
    const share =
      plan.executor === "resident"
        ? population.runs.length / (Math.ceil(population.runs.length / gpu.processors) * gpu.processors)
        : 1;
    const arithmetic = multiplyAdds / (gpu.multiplyAddsPerSecond * share);
    seconds += 1e-6 * count * gpu.dispatchMicroseconds + Math.max(arithmetic, bytes / gpu.bytesPerSecond);
  }
  return seconds;
}

/** The estimates for a workload; undefined for what is no training. */
export function estimateOf(workload: Workload): Estimate | undefined {
  if (workload.kind !== "training") return undefined;
  const population = populationOf(workload);
  const plan = planTraining(population, PAPER_LIMITS);
  return {
    ...stepWork(population, plan),
    milliseconds: PAPER_GPUS.map((gpu) => ({
      gpu: gpu.name,
      perStep: 1000 * estimateSeconds(population, plan, gpu),
    })),
  };
}
