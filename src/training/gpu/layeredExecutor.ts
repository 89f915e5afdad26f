/**
 * The layered executor: one kernel per layer and direction, for any net; the run index is a grid dimension. Allocates,
 * compiles, binds and encodes what was planned. Also the way to explicit batches: with the samples written from outside, the
 * same kernels give the gradients of exactly that batch.
 *
 * Not here: which dispatches there are (`layered/`).
 */

import { BUFFER_USAGE } from "../../gpu/flags.ts";
import { bind, compileKernel } from "../../gpu/kernel.ts";
import type { BufferRequest, BufferSet } from "../../gpu/memory.ts";
import { advanceKernel } from "../../kernels/step/advance.ts";
import { optimizerKernel } from "../../kernels/step/optimizer.ts";
import { isLastBatch } from "../../mixing/batching.ts";
import { MOST_WORK } from "../pace.ts";
import { type CommandRecorder, type Dispatch, type Executor, encodeDispatch } from "./executor.ts";
import type { PlannedDispatch } from "./layered/dispatch.ts";
import type { LayeredPlan } from "./layered/planLayered.ts";
import type { PopulationState } from "./state.ts";

/** The layered executor's own buffers, besides the population's. */
export interface LayeredExecutor extends Executor {
  /** `samples` [R, B], `sampleLosses` [R, B], `gradients` [R, parameterStride] and others. */
  readonly buffers: Readonly<Record<string, GPUBuffer>>;
  /** Encodes one step on the samples that are in the buffer, with or without the update and the advance that end it. */
  encodeExplicitStep(encoder: GPUCommandEncoder, update: boolean): void;
  /** Encodes an evaluation, into the entry that clocks and submit say; in several submits where it is long. */
  encodeEvaluation(recorder: CommandRecorder): void;
}

/** Allocates, compiles and binds everything. */
export async function createLayeredExecutor(state: PopulationState): Promise<LayeredExecutor> {
  const { device, population, plan } = state;
  const { layered } = plan;
  if (layered === undefined) throw new Error("The plan is not for the layered executor.");
  const uniforms = new UniformSet();
  const planned = [...layered.step, ...layered.lastStep, ...layered.evaluation];
  for (const { bindings } of planned)
    for (const binding of bindings) if (typeof binding !== "string") uniforms.add(binding);
  const memory = await device.memory.allocate("layered", {
    ...bufferRequests(layered),
    ...uniforms.requests(),
  });
  try {
    const bound = (dispatches: readonly PlannedDispatch[], isLast = false) =>
      Promise.all(dispatches.map((dispatch) => bindDispatch(state, memory, uniforms, dispatch, isLast)));
    const [step, lastStep, evaluation] = await Promise.all([
      bound(layered.step),
      bound(layered.lastStep, true),
      bound(layered.evaluation),
    ]);
    const { steps: totalSteps, evaluateEvery, batching } = population;
    const mostWork = device.adapter.isFallback ? MOST_WORK.software : MOST_WORK.gpu;
    const afterSampling = step.slice(1);
    const updating = [optimizerKernel.shader.name, advanceKernel.shader.name];
    const withoutUpdate = afterSampling.filter(({ pipeline }) => !updating.includes(pipeline.label));
    const encodeAll = (encoder: GPUCommandEncoder, dispatches: readonly Dispatch[]) => {
      const pass = encoder.beginComputePass({ label: "layered" });
      for (const dispatch of dispatches) encodeDispatch(pass, dispatch);
      pass.end();
    };
    return {
      buffers: memory.buffers,
      encode(recorder, firstStep, steps, timestampWrites) {
        const encoding = new CutEncoding(recorder, mostWork, timestampWrites);
        for (let done = firstStep + 1; done <= firstStep + steps; done++) {
          encoding.add(isLastBatch(batching, done - 1) ? lastStep : step);
          if (done % evaluateEvery === 0 || done === totalSteps) encoding.add(evaluation);
        }
        return encoding.end();
      },
      encodeEvaluation(recorder) {
        const encoding = new CutEncoding(recorder, mostWork);
        encoding.add(evaluation);
        encoding.end();
      },
      encodeExplicitStep: (encoder, update) => encodeAll(encoder, update ? afterSampling : withoutUpdate),
      destroy: () => memory.destroy(),
    };
  } catch (error) {
    memory.destroy();
    throw error;
  }
}

/** Passes of one submit, or of several where they are long. */
class CutEncoding {
  private dispatches = 0;
  private work = 0;
  private pass: GPUComputePassEncoder;

  constructor(
    private readonly recorder: CommandRecorder,
    private readonly mostWork: number,
    timestampWrites?: GPUComputePassTimestampWrites,
  ) {
    this.pass = recorder.encoder.beginComputePass({ label: "layered", timestampWrites });
  }

  add(list: readonly Dispatch[]): void {
    // Counted, not iterated: nothing is allocated in this loop.
    for (let i = 0; i < list.length; i++) {
      const own = list[i].work ?? 0;
      if (this.work > 0 && this.work + own > this.mostWork) {
        this.pass.end();
        this.recorder.cut();
        this.pass = this.recorder.encoder.beginComputePass({ label: "layered" });
        this.work = 0;
      }
      this.work += own;
      encodeDispatch(this.pass, list[i]);
    }
    this.dispatches += list.length;
  }

  /** @returns the number of dispatches encoded. */
  end(): number {
    this.pass.end();
    return this.dispatches;
  }
}

function bufferRequests({ buffers, contents }: LayeredPlan): Record<string, BufferRequest> {
  const usage = BUFFER_USAGE.STORAGE | BUFFER_USAGE.COPY_DST | BUFFER_USAGE.COPY_SRC;
  return Object.fromEntries(
    Object.entries(buffers).map(([name, size]) => [name, { size, usage, data: contents[name] }]),
  );
}

/** Uniforms by their bytes: equal ones are one buffer. */
class UniformSet {
  private readonly byBytes = new Map<string, Uint8Array<ArrayBuffer>>();

  add(data: ArrayBufferView<ArrayBuffer>): void {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.byBytes.set(this.name(data), bytes);
  }

  name(data: ArrayBufferView<ArrayBuffer>): string {
    return `uniform ${new Uint8Array(data.buffer, data.byteOffset, data.byteLength).join()}`;
  }

  requests(): Record<string, BufferRequest> {
    const usage = BUFFER_USAGE.UNIFORM | BUFFER_USAGE.COPY_DST;
    return Object.fromEntries(
      [...this.byBytes].map(([name, data]) => [name, { size: data.byteLength, usage, data }]),
    );
  }
}

async function bindDispatch(
  state: PopulationState,
  memory: BufferSet<string>,
  uniforms: UniformSet,
  { kernel, specialization, grid, bindings, work }: PlannedDispatch,
  isLast: boolean,
): Promise<Dispatch> {
  const pipeline = await compileKernel(state.device, kernel, specialization);
  const shared: Readonly<Record<string, GPUBuffer>> = state.buffers;
  const buffers = bindings.map((binding) => {
    const name = typeof binding === "string" ? binding : uniforms.name(binding);
    return memory.buffers[name] ?? shared[name];
  });
  const own = kernel.groups.length - 1;
  const groups = [bind(state.device, pipeline, own, buffers)];
  return {
    pipeline,
    groups: own === 1 ? [state.bindPopulation(pipeline, isLast, kernel.groups[0]), ...groups] : groups,
    grid,
    work,
  };
}
