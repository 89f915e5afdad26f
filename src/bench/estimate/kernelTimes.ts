/**
 * The time of each of our kernels in a training: for a while, every dispatch gets a compute pass of its own, with
 * timestamps. That costs a little more than one pass for all, so these times say how a step is divided, not how long
 * it takes. Nothing in the executors knows about it.
 */

import type { WebGpuDevice } from "../../gpu/device.ts";
import { createProfiler, type PassTime, type Profiler } from "../../gpu/profiler.ts";
import { chooseVariants, variantTraits } from "../../kernels/variants.ts";
import type { KernelTime } from "../protocol.ts";
import { populationOf, type TrainingWorkload } from "../workload.ts";
import { kernelWork } from "./kernelWork.ts";

/** Passes that can be timed at once; a query set has at most 4096 entries. */
const MOST_PASSES = 2048;

/** Times of the kernels while `work` takes `steps` steps; empty where the device has no timestamps. */
export async function timeKernels(
  device: WebGpuDevice,
  workload: TrainingWorkload,
  steps: number,
  work: () => Promise<void>,
): Promise<KernelTime[]> {
  const profiler = await createProfiler(device, MOST_PASSES);
  try {
    if (!profiler.supported) return [];
    const times = await timePasses(profiler, work);
    return sumByKernel(times, device, workload, steps);
  } finally {
    profiler.destroy();
  }
}

async function timePasses(profiler: Profiler, work: () => Promise<void>): Promise<PassTime[]> {
  const encoder = GPUCommandEncoder.prototype;
  const { beginComputePass, finish } = encoder;
  encoder.beginComputePass = function () {
    const begin = (label: string) =>
      beginComputePass.call(this, { label, timestampWrites: profiler.timestampWrites(label) });
    return new SplitPass(begin) as unknown as GPUComputePassEncoder;
  };
  encoder.finish = function (descriptor) {
    profiler.resolve(this);
    return finish.call(this, descriptor);
  };
  try {
    await work();
  } finally {
    encoder.beginComputePass = beginComputePass;
    encoder.finish = finish;
  }
  return profiler.read();
}

/** Stands in for a compute pass: each dispatch becomes a pass, labelled with its pipeline. */
class SplitPass {
  private pipeline!: GPUComputePipeline;
  private readonly groups: GPUBindGroup[] = [];

  constructor(private readonly begin: (label: string) => GPUComputePassEncoder) {}

  setPipeline(pipeline: GPUComputePipeline): void {
    this.pipeline = pipeline;
  }

  setBindGroup(index: number, group: GPUBindGroup): void {
    this.groups[index] = group;
  }

  dispatchWorkgroups(x: number, y?: number, z?: number): void {
    const pass = this.begin(this.pipeline.label);
    pass.setPipeline(this.pipeline);
    for (const [index, group] of this.groups.entries()) pass.setBindGroup(index, group);
    pass.dispatchWorkgroups(x, y, z);
    pass.end();
  }

  end(): void {}
}

function sumByKernel(
  times: readonly PassTime[],
  device: WebGpuDevice,
  workload: TrainingWorkload,
  steps: number,
): KernelTime[] {
  const work = kernelWork(populationOf(workload), chooseVariants(variantTraits(device)));
  const sums = new Map<string, { dispatches: number; nanoseconds: number }>();
  for (const { label, nanoseconds } of times) {
    const sum = sums.get(label) ?? { dispatches: 0, nanoseconds: 0 };
    sum.dispatches++;
    sum.nanoseconds += nanoseconds;
    sums.set(label, sum);
  }
  return [...sums].map(([kernel, { dispatches, nanoseconds }]) => ({
    kernel,
    dispatches: dispatches / steps,
    milliseconds: nanoseconds / 1e6 / steps,
    multiplyAdds: work[kernel]?.multiplyAdds ?? 0,
    bytes: work[kernel]?.bytes ?? 0,
  }));
}
