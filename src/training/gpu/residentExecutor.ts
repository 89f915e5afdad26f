/**
 * The resident executor: one dispatch of the `resident` kernel takes any number of steps of the whole population,
 * evaluations included. For nets with one hidden layer that fit a workgroup's registers.
 */

import type { WebGpuDevice } from "../../gpu/device.ts";
import { bind, compileKernel } from "../../gpu/kernel.ts";
import { residentGrid, residentKernel, residentSpecialization } from "../../kernels/step/resident.ts";
import type { Population } from "../../population/population.ts";
import { type Dispatch, type Executor, encodeDispatch } from "./executor.ts";
import { type Plan, specialize } from "./plan.ts";
import type { PopulationState } from "./state.ts";

/** Compiles the kernel, or finds it compiled. */
export async function compileResident(
  device: WebGpuDevice,
  population: Population,
  plan: Plan,
): Promise<GPUComputePipeline> {
  if (plan.resident === undefined) throw new Error("The plan is not for the resident executor.");
  const shape = residentSpecialization(population.model, plan.resident);
  return compileKernel(device, residentKernel, {
    ...shape,
    overrides: { ...specialize(population, plan.moments), ...shape.overrides },
  });
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
