/**
 * A population's memory on a GPU: its read-only tables, its parameters, moments and clocks, and the metrics that
 * evaluations write. Made once, the same for both executors, read back for results and checkpoints.
 *
 * Not here: stepping (`residentExecutor.ts`, `layeredExecutor.ts`).
 */

import type { WebGpuDevice } from "../../gpu/device.ts";
import { BUFFER_USAGE } from "../../gpu/flags.ts";
import { type Binding, bind, compileKernel } from "../../gpu/kernel.ts";
import type { BufferSet } from "../../gpu/memory.ts";
import { readBuffer } from "../../gpu/readback.ts";
import { POPULATION_GROUP } from "../../kernels/population.ts";
import { initializeGrid, initializeKernel, packTensor, TENSOR_BYTES } from "../../kernels/step/initialize.ts";
import { initialParameters } from "../../model/initialization.ts";
import { initialState, parameterLayout } from "../../model/layout.ts";
import { phaseStarts } from "../../population/phases.ts";
import type { Population } from "../../population/population.ts";
import { packInitialStates, packPopulation, packSizes } from "./pack.ts";
import { packRuns } from "./packRuns.ts";
import { SCHEDULE_WINDOW, windowedSchedules, writeFactors } from "./packTables.ts";
import type { Plan } from "./plan.ts";

type BufferName =
  | "population"
  | "lastPopulation"
  | "runs"
  | "data"
  | "tables"
  | "indices"
  | "states"
  | "parameters"
  | "netState"
  | "moments"
  | "metrics"
  | "policies"
  | "submit";

/** All that a training's future depends on, besides its description. Float32, as on the GPU. */
export interface GpuSnapshot {
  /** `[R, parameterStride]`. */
  readonly parameters: Float32Array;
  /** What nets keep that is not trained, `[R, Q]`. */
  readonly netState: Float32Array;
  /** Moments, then gradient sums if there are any: `[optimizerNumbers, R, parameterStride]`. */
  readonly moments: Float32Array;
  /** `RunState` records, `[R]`. */
  readonly states: Uint32Array;
  /** Of bandits: rewards, then shares, `[R, 2 K]`. */
  readonly policies: Float32Array;
}

export class PopulationState {
  private readonly windowed: ReturnType<typeof windowedSchedules>;
  private readonly factors: Float32Array<ArrayBuffer>;
  private readonly phaseStarts: readonly number[];
  /** Step at which the phases began that the runs' records are of. */
  private phase: number;

  private constructor(
    readonly device: WebGpuDevice,
    readonly population: Population,
    readonly plan: Plan,
    private readonly memory: BufferSet<BufferName>,
    step: number,
  ) {
    this.phaseStarts = phaseStarts(population);
    this.phase = this.phaseOf(step);
    this.windowed = windowedSchedules(population);
    this.factors = new Float32Array(this.windowed.length > 0 ? SCHEDULE_WINDOW : 0);
  }

  /** Allocates and fills everything: parameters as initialised by their seeds, or as in a snapshot. */
  static async create(
    device: WebGpuDevice,
    population: Population,
    plan: Plan,
    snapshot?: GpuSnapshot,
  ): Promise<PopulationState> {
    // All runs' clocks show the same step.
    const step = snapshot?.states[0] ?? 0;
    const packed = packPopulation(population, plan.parameterStride, step);
    const { STORAGE, UNIFORM, COPY_DST, COPY_SRC } = BUFFER_USAGE;
    const readOnly = (data: ArrayBufferView) => ({ size: data.byteLength, usage: STORAGE | COPY_DST, data });
    const sizes = (data: Uint32Array<ArrayBuffer>) => ({
      size: data.byteLength,
      usage: UNIFORM | COPY_DST,
      data,
    });
    const { states, policies } = snapshot ?? packInitialStates(population);
    const stored = (size: number, data?: ArrayBufferView) => ({
      size,
      usage: STORAGE | COPY_SRC | COPY_DST,
      data,
    });
    const memory = await device.memory.allocate<BufferName>("population", {
      population: sizes(packed.population),
      lastPopulation: sizes(packSizes(population, plan.parameterStride, true)),
      runs: readOnly(new Uint8Array(packed.runs)),
      data: readOnly(packed.data),
      tables: readOnly(packed.tables),
      indices: readOnly(packed.indices),
      states: stored(states.byteLength, states),
      parameters: stored(plan.bytes.parameters, snapshot?.parameters),
      netState: stored(plan.bytes.netState, snapshot?.netState ?? firstStates(population)),
      moments: stored(plan.bytes.moments, snapshot?.moments),
      metrics: stored(plan.bytes.metrics),
      policies: stored(plan.bytes.policies, policies),
      submit: { size: 16, usage: UNIFORM | COPY_DST },
    });
    const state = new PopulationState(device, population, plan, memory, step);
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

  /**
   * Bind group 0 for a pipeline of a kernel that knows about runs; at an epoch's last batch, if it is a smaller one. `bindings` are
   * the kernel's own.
   */
  bindPopulation(
    pipeline: GPUComputePipeline,
    isLast = false,
    bindings: readonly Binding[] = POPULATION_GROUP,
  ): GPUBindGroup {
    const { population, lastPopulation, runs, data, tables, indices, states } = this.buffers;
    const all = [isLast ? lastPopulation : population, runs, data, tables, indices, states];
    const used = all.map((buffer, i) => (bindings[i] === "none" ? undefined : buffer));
    return bind(this.device, pipeline, 0, used);
  }

  /** Most steps that one submit from `step` on may take: to the next phase of some run. */
  mostSteps(step: number): number {
    const next = this.phaseStarts.find((start) => start > step) ?? Number.POSITIVE_INFINITY;
    return Math.min(next - step, this.windowed.length > 0 ? SCHEDULE_WINDOW : Number.POSITIVE_INFINITY);
  }

  /**
   * Before a submit of these steps: the descriptions of the phase that they are of, and their learning rates over those of steps
   * that earlier submits took.
   */
  prepare(firstStep: number, steps: number): void {
    const phase = this.phaseOf(firstStep);
    if (phase !== this.phase) {
      const records = packRuns(this.population, this.plan.parameterStride, firstStep);
      this.device.gpu.queue.writeBuffer(this.buffers.runs, 0, records);
      this.phase = phase;
    }
    for (const { offset, ...started } of this.windowed) {
      const factors = this.factors.subarray(0, steps);
      writeFactors(started, firstStep, factors);
      // The window is a ring.
      const place = firstStep % SCHEDULE_WINDOW;
      const before = Math.min(steps, SCHEDULE_WINDOW - place);
      this.writeTable(offset + place, factors.subarray(0, before));
      if (before < steps) this.writeTable(offset, factors.subarray(before));
    }
  }

  private phaseOf(step: number): number {
    return this.phaseStarts.findLast((start) => start <= step) ?? 0;
  }

  private writeTable(first: number, numbers: Float32Array<ArrayBuffer>): void {
    this.device.gpu.queue.writeBuffer(this.buffers.tables, 4 * first, numbers);
  }

  /** Overwrites run r's parameters, `[P]` (without padding), and its state, `[Q]`. */
  writeNet(r: number, parameters: Float32Array<ArrayBuffer>, state?: Float32Array<ArrayBuffer>): void {
    const { queue } = this.device.gpu;
    queue.writeBuffer(this.buffers.parameters, r * this.plan.parameterStride * 4, parameters);
    if (state !== undefined) queue.writeBuffer(this.buffers.netState, r * state.byteLength, state);
  }

  /** Reads back all that the training's future depends on. */
  async snapshot(): Promise<GpuSnapshot> {
    const { moments, states, policies } = this.buffers;
    const { bytes } = this.plan;
    const [nets, m, s, q] = await Promise.all([
      this.nets(),
      this.read(moments, bytes.moments),
      this.read(states, bytes.states),
      this.read(policies, bytes.policies),
    ]);
    return {
      ...nets,
      moments: new Float32Array(m),
      states: new Uint32Array(s),
      policies: new Float32Array(q),
    };
  }

  /** Of that, what the nets are. */
  async nets(): Promise<Pick<GpuSnapshot, "parameters" | "netState">> {
    const { parameters, netState } = this.buffers;
    const { bytes } = this.plan;
    const [p, n] = await Promise.all([
      this.read(parameters, bytes.parameters),
      this.read(netState, bytes.netState),
    ]);
    return { parameters: new Float32Array(p), netState: new Float32Array(n) };
  }

  private read(buffer: GPUBuffer, size: number): Promise<ArrayBuffer> {
    return size === 0 ? Promise.resolve(new ArrayBuffer(0)) : readBuffer(this.device, buffer, 0, size);
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
        tensors.map((tensor) => {
          const data = packTensor(tensor);
          const usage = BUFFER_USAGE.UNIFORM | BUFFER_USAGE.COPY_DST;
          return [tensor.name, { size: TENSOR_BYTES, usage, data: new Uint8Array(data) }];
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
    // A logarithm and a cosine are not the same bits everywhere: what needs them is made here.
    const isNormal = tensors.some(({ initial }) => initial.kind === "normal");
    population.runs.forEach(({ parameters, seed }, r) => {
      if (parameters !== undefined) this.writeNet(r, Float32Array.from(parameters));
      else if (isNormal)
        this.writeNet(r, initialParameters(population.model, seed) as Float32Array<ArrayBuffer>);
    });
  }
}

/** What nets keep that is not trained, before the first step, `[R, Q]`. */
function firstStates({ model, runs }: Population): Float32Array<ArrayBuffer> {
  const begin = Float32Array.from(initialState(model));
  const states = new Float32Array(runs.length * begin.length);
  runs.forEach(({ state }, r) => {
    states.set(state ?? begin, r * begin.length);
  });
  return states;
}
