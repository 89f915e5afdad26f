/**
 * A population's memory on a GPU: its read-only tables, its parameters, moments and clocks, and the metrics that
 * evaluations write. Made once, the same for both executors, read back for results and checkpoints.
 *
 * Not here: stepping (`residentExecutor.ts`, `layeredExecutor.ts`).
 */

import type { WebGpuDevice } from "../../gpu/device.ts";
import { bind, compileKernel } from "../../gpu/kernel.ts";
import type { BufferSet } from "../../gpu/memory.ts";
import { readBuffer } from "../../gpu/readback.ts";
import { initializeGrid, initializeKernel, packTensor, TENSOR_BYTES } from "../../kernels/step/initialize.ts";
import { parameterLayout } from "../../model/layout.ts";
import type { Population } from "../../population/config.ts";
import { packInitialStates, packPopulation } from "./pack.ts";
import type { Plan } from "./plan.ts";

type BufferName =
  | "population"
  | "runs"
  | "data"
  | "tables"
  | "indices"
  | "states"
  | "parameters"
  | "moments"
  | "metrics"
  | "submit";

/** All that a training's future depends on, besides its description. Float32, as on the GPU. */
export interface GpuSnapshot {
  /** `[R, parameterStride]`. */
  readonly parameters: Float32Array;
  /** Moments, then gradient sums if there are any: `[optimizerNumbers, R, parameterStride]`. */
  readonly moments: Float32Array;
  /** `RunState` records, `[R]`. */
  readonly states: Uint32Array;
}

export class PopulationState {
  private constructor(
    readonly device: WebGpuDevice,
    readonly population: Population,
    readonly plan: Plan,
    private readonly memory: BufferSet<BufferName>,
  ) {}

  /** Allocates and fills everything: parameters as initialised by their seeds, or as in a snapshot. */
  static async create(
    device: WebGpuDevice,
    population: Population,
    plan: Plan,
    snapshot?: GpuSnapshot,
  ): Promise<PopulationState> {
    const packed = packPopulation(population, plan.parameterStride);
    const { STORAGE, UNIFORM, COPY_DST, COPY_SRC } = GPUBufferUsage;
    const readOnly = (data: ArrayBufferView) => ({ size: data.byteLength, usage: STORAGE | COPY_DST, data });
    const states = snapshot?.states ?? new Uint32Array(packInitialStates(population.runs.length));
    const stored = (size: number, data?: ArrayBufferView) => ({
      size,
      usage: STORAGE | COPY_SRC | COPY_DST,
      data,
    });
    const memory = await device.memory.allocate<BufferName>("population", {
      population: { size: packed.population.byteLength, usage: UNIFORM | COPY_DST, data: packed.population },
      runs: readOnly(new Uint8Array(packed.runs)),
      data: readOnly(packed.data),
      tables: readOnly(packed.tables),
      indices: readOnly(packed.indices),
      states: stored(states.byteLength, states),
      parameters: stored(plan.bytes.parameters, snapshot?.parameters),
      moments: stored(plan.bytes.moments, snapshot?.moments),
      metrics: stored(plan.bytes.metrics),
      submit: { size: 16, usage: UNIFORM | COPY_DST },
    });
    const state = new PopulationState(device, population, plan, memory);
    try {
      if (snapshot === undefined) await state.initialize();
    } catch (error) {
      state.destroy();
      throw error;
    }
    return state;
  }

  get buffers(): Readonly<Record<BufferName, GPUBuffer>> {
    return this.memory.buffers;
  }

  /** Bind group 0 for a pipeline of a kernel that knows about runs. */
  bindPopulation(pipeline: GPUComputePipeline): GPUBindGroup {
    const { population, runs, data, tables, indices, states } = this.buffers;
    return bind(this.device, pipeline, 0, [population, runs, data, tables, indices, states]);
  }

  /** Overwrites run r's parameters, `[P]` (without padding). */
  writeParameters(r: number, parameters: Float32Array<ArrayBuffer>): void {
    const offset = r * this.plan.parameterStride * 4;
    this.device.gpu.queue.writeBuffer(this.buffers.parameters, offset, parameters);
  }

  /** Reads back all that the training's future depends on. */
  async snapshot(): Promise<GpuSnapshot> {
    const { parameters, moments, states } = this.buffers;
    const { bytes } = this.plan;
    const read = (buffer: GPUBuffer, size: number) =>
      size === 0 ? Promise.resolve(new ArrayBuffer(0)) : readBuffer(this.device, buffer, 0, size);
    const [p, m, s] = await Promise.all([
      read(parameters, bytes.parameters),
      read(moments, bytes.moments),
      read(states, bytes.states),
    ]);
    return { parameters: new Float32Array(p), moments: new Float32Array(m), states: new Uint32Array(s) };
  }

  destroy(): void {
    this.memory.destroy();
  }

  /** First parameters: the seeds', tensor by tensor; then those that were given. */
  private async initialize(): Promise<void> {
    const { device, population, buffers } = this;
    const pipeline = await compileKernel(device, initializeKernel);
    const { tensors } = parameterLayout(population.model);
    const uniforms = await device.memory.allocate(
      "initialize",
      Object.fromEntries(
        tensors.map(({ name, offset, size }) => {
          const layer = Number(name.split(".")[1]);
          const data = packTensor(
            2 * layer + (name.endsWith("bias") ? 1 : 0),
            offset,
            size,
            1 / Math.sqrt(population.model.sizes[layer]),
          );
          const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
          return [name, { size: TENSOR_BYTES, usage, data: new Uint8Array(data) }];
        }),
      ),
    );
    const encoder = device.gpu.createCommandEncoder({ label: "initialize" });
    const pass = encoder.beginComputePass({ label: "initialize" });
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, this.bindPopulation(pipeline));
    for (const { name, size } of tensors) {
      pass.setBindGroup(1, bind(device, pipeline, 1, [uniforms.buffers[name], buffers.parameters]));
      pass.dispatchWorkgroups(...initializeGrid(size, population.runs.length));
    }
    pass.end();
    device.gpu.queue.submit([encoder.finish()]);
    uniforms.destroy();
    population.runs.forEach(({ parameters }, r) => {
      if (parameters !== undefined) this.writeParameters(r, Float32Array.from(parameters));
    });
  }
}
