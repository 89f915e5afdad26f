/**
 * The resident executor: one dispatch of the `resident` kernel, or of `residentBatch`, takes any number of steps of the whole
 * population, evaluations included. For nets with one hidden layer that fit a workgroup's registers.
 */

import type { WebGpuDevice } from "../../gpu/device.ts";
import { bind, compileKernel, type Kernel, type Specialization } from "../../gpu/kernel.ts";
import { residentGrid, residentKernel, residentSpecialization } from "../../kernels/step/resident.ts";
import { residentBatchKernel, residentBatchSpecialization } from "../../kernels/step/residentBatch.ts";
import type { Population } from "../../population/population.ts";
import { type Dispatch, type Executor, encodeDispatch } from "./executor.ts";
import { type Plan, specialize } from "./plan.ts";
import type { PopulationState } from "./state.ts";

/** The kernel that a plan asks for, and what it is specialized by. */
export function residentKernelOf(
  population: Population,
  { resident, residentBatch, moments }: Plan,
): { readonly kernel: Kernel; readonly specialization: Specialization } {
  const specialized = (kernel: Kernel, shape: Specialization) => ({
    kernel,
    specialization: { ...shape, overrides: { ...specialize(population, moments), ...shape.overrides } },
  });
  const { model } = population;
  if (residentBatch !== undefined) {
    return specialized(residentBatchKernel, residentBatchSpecialization(model, residentBatch));
  }
  if (resident !== undefined) return specialized(residentKernel, residentSpecialization(model, resident));
  throw new Error("The plan is not for the resident executor.");
}

/** Compiles the kernel, or finds it compiled. */
export async function compileResident(
  device: WebGpuDevice,
  population: Population,
  plan: Plan,
): Promise<GPUComputePipeline> {
  const { kernel, specialization } = residentKernelOf(population, plan);
  return compileKernel(device, kernel, specialization);
}

/** Compiles the kernel and makes its bind groups. */
export async function createResidentExecutor(state: PopulationState): Promise<Executor> {
  const { device, population, plan, buffers } = state;
  const pipeline = await compileResident(device, population, plan);
  const dispatch: Dispatch = {
    pipeline,
    groups: [
      state.bindPopulation(pipeline),
      bind(device, pipeline, 1, [buffers.submit, buffers.parameters, buffers.moments, buffers.metrics]),
    ],
    grid: residentGrid(population.runs.length),
  };
  return {
    encode({ encoder }, _firstStep, _steps, timestampWrites) {
      const pass = encoder.beginComputePass({ label: "resident", timestampWrites });
      encodeDispatch(pass, dispatch);
      pass.end();
      return 1;
    },
    destroy() {},
  };
}
