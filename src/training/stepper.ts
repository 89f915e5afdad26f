/**
 * A net step by step, on batches that the caller gives: for checking losses, gradients and optimizer steps by hand or
 * against another engine. One net, explicit points, partners and lambdas, on either backend.
 *
 * Not here: training at speed (`train.ts`). A stepper reads back after every step.
 */

import { checkOptions, checkWord } from "../check.ts";
import type { Dataset } from "../data/dataset.ts";
import { ConfigError, NonFiniteError } from "../errors.ts";
import { checkDevice, type Device, type OpenedDevice, type WebGpuDevice } from "../gpu/device.ts";
import { readBuffer } from "../gpu/readback.ts";
import { FINITE } from "../kernels/population.ts";
import { packSamples } from "../kernels/step/sample.ts";
import { erm } from "../mixing/mixing.ts";
import type { Model } from "../model/layers/layer.ts";
import type { FlatNet } from "../model/layout.ts";
import { flattenParameters, type NamedTensors, nameParameters, parameterLayout } from "../model/layout.ts";
import { LOSSES, type Loss } from "../model/loss.ts";
import { checkModel } from "../model/model.ts";
import { checkOptimizer, type Optimizer, sgd } from "../model/optimizer.ts";
import { resolvePopulation } from "../population/config.ts";
import type { Population } from "../population/population.ts";
import { batchGradients } from "../reference/batch.ts";
import { ReferencePopulation } from "../reference/population.ts";
import { type Batch, type ResolvedBatch, resolveBatch } from "./batch.ts";
import { createLayeredExecutor, type LayeredExecutor } from "./gpu/layeredExecutor.ts";
import { planTraining } from "./gpu/plan.ts";
import { PopulationState } from "./gpu/state.ts";
import { planLimits } from "./planLimits.ts";
import { Turns } from "./turns.ts";

/** What a net is, and the loss it is judged by. */
export interface GradientsConfig {
  model: Model;
  /** In PyTorch's names and shapes: `layers.0.weight` `[out, in]` ... */
  parameters: NamedTensors;
  /** Default: softmax cross-entropy. */
  loss?: Loss;
}

export interface Gradients {
  /** Mean over the batch, of the samples' weighted losses. */
  readonly loss: number;
  /** Un-weighted loss of each sample, `[B]`. */
  readonly sampleLosses: Float32Array | Float64Array;
  /** Of the mean loss, named and shaped as the parameters. */
  readonly gradients: NamedTensors;
}

/**
 * Loss and gradients of one explicit batch. float32 on a GPU, float64 on the CPU.
 * @throws ConfigError naming what does not fit; NonFiniteError if the loss is not finite.
 */
export async function gradients(
  device: Device,
  config: GradientsConfig & { batch: Batch },
): Promise<Gradients> {
  checkOptions("", config, ["model", "parameters", "loss", "batch"]);
  const { batch, ...net } = config;
  const stepper = await createStepper(device, { ...net, optimizer: sgd({ learningRate: 0 }) });
  try {
    return await stepper.gradients(batch);
  } finally {
    stepper.destroy();
  }
}

/**
 * A net that takes optimizer steps on explicit batches. Calls that overlap are done one after the other; after `destroy()`
 * they reject with a DestroyedError, after the device's with its DeviceLostError.
 */
export interface Stepper {
  /** Loss and gradients at the present parameters, without a step. */
  gradients(batch: Batch): Promise<Gradients>;
  /**
   * One optimizer step; gives the batch's loss and gradients before it. Where the optimizer accumulates gradients, the
   * step uses their sum over all steps; these are still the batch's own.
   */
  step(batch: Batch): Promise<Gradients>;
  /** The parameters now. */
  parameters(): Promise<NamedTensors>;
  destroy(): void;
}

/**
 * A stepper from given parameters, its optimizer state at zero.
 * @throws ConfigError for parameters that don't fit the model.
 */
export async function createStepper(
  device: Device,
  config: GradientsConfig & { optimizer: Optimizer },
): Promise<Stepper> {
  const own = checkDevice(device);
  checkOptions("", config, ["model", "parameters", "loss", "optimizer"]);
  checkModel(config.model);
  checkWord("loss", config.loss ?? "softmax-cross-entropy", LOSSES, "loss");
  checkOptimizer(config.optimizer);
  const flat = flattenParameters(config.model, config.parameters);
  return inTurn(
    own,
    config,
    own.backend === "cpu" ? new CpuStepper(config, flat) : new GpuStepper(own, config, flat),
  );
}

/** A stepper of one backend: one call at a time, on batches that are checked. */
interface BackendStepper {
  gradients(batch: ResolvedBatch): Promise<Gradients>;
  step(batch: ResolvedBatch): Promise<Gradients>;
  parameters(): Promise<NamedTensors>;
  destroy(): void;
}

/**
 * The stepper whose calls wait for each other, in the order in which they were made, and end with it. Batches are copied
 * when a call is made: the caller may fill the same arrays anew while it waits.
 */
function inTurn(device: OpenedDevice, net: GradientsConfig, stepper: BackendStepper): Stepper {
  const turns = new Turns(device, "stepper");
  return {
    async gradients(batch) {
      turns.check();
      const resolved = resolveBatch(batch, net);
      return turns.take(() => stepper.gradients(resolved));
    },
    async step(batch) {
      turns.check();
      const resolved = resolveBatch(batch, net);
      return turns.take(() => stepper.step(resolved));
    },
    parameters: () => turns.take(() => stepper.parameters()),
    destroy() {
      turns.end();
      stepper.destroy();
    },
  };
}

/** Steps that a stepper's schedule tables cover. */
const MAX_STEPS = 4096;

/** The population of one run that a batch makes. Its own sampling is never used. */
function batchPopulation(
  { data, samples, labelSmoothing, hidden }: ResolvedBatch,
  config: GradientsConfig,
  optimizer: Optimizer,
): Population {
  const population = resolvePopulation({
    data,
    model: config.model,
    loss: config.loss ?? "softmax-cross-entropy",
    optimizer,
    steps: MAX_STEPS,
    runs: [{ seed: 0, mixing: erm(), labelSmoothing }],
  });
  return {
    ...population,
    batchSize: samples.length,
    boxes: samples.some(({ box }) => box !== undefined),
    ...(hidden && { hidden }),
  };
}

class CpuStepper implements BackendStepper {
  private reference: ReferencePopulation | undefined;

  constructor(
    private readonly config: GradientsConfig & { optimizer: Optimizer },
    private readonly flat: FlatNet,
  ) {}

  async gradients(resolved: ResolvedBatch): Promise<Gradients> {
    return this.compute(resolved);
  }

  async step(resolved: ResolvedBatch): Promise<Gradients> {
    checkSteps(this.reference?.step ?? 0);
    const used = this.compute(resolved);
    if (this.reference === undefined) {
      this.reference = new ReferencePopulation(batchPopulation(resolved, this.config, this.config.optimizer));
      this.reference.parameters.set(this.flat.parameters);
      this.reference.state.set(this.flat.state);
    }
    this.reference.applyBatch(0, resolved);
    this.reference.step++;
    if (this.reference.failureSteps[0] <= this.reference.step)
      throw new NonFiniteError(0, this.reference.failureSteps[0]);
    return used;
  }

  async parameters(): Promise<NamedTensors> {
    const { parameters, state } = this.now();
    return nameParameters(this.config.model, parameters, state);
  }

  destroy(): void {}

  private now(): FlatNet {
    return this.reference ?? this.flat;
  }

  private compute(batch: ResolvedBatch): Gradients {
    const { model, loss = "softmax-cross-entropy" } = this.config;
    const result = batchGradients(model, loss, this.now(), batch);
    if (!Number.isFinite(result.loss)) throw new NonFiniteError(0, this.reference?.step ?? 0);
    return {
      loss: result.loss,
      sampleLosses: result.sampleLosses,
      gradients: nameParameters(model, result.gradients),
    };
  }
}

/** The layered executor's kernels on samples from outside. Buffers are made anew when a batch has another shape. */
class GpuStepper implements BackendStepper {
  private state: PopulationState | undefined;
  private executor: LayeredExecutor | undefined;
  private data: Dataset | undefined;
  private steps = 0;

  constructor(
    private readonly device: WebGpuDevice,
    private readonly config: GradientsConfig & { optimizer: Optimizer },
    private readonly flat: FlatNet,
  ) {}

  gradients(resolved: ResolvedBatch): Promise<Gradients> {
    return this.run(resolved, false);
  }

  async step(resolved: ResolvedBatch): Promise<Gradients> {
    checkSteps(this.steps);
    const used = await this.run(resolved, true);
    this.steps++;
    return used;
  }

  async parameters(): Promise<NamedTensors> {
    const { model } = this.config;
    const { size } = parameterLayout(model);
    if (this.state === undefined) {
      return nameParameters(
        model,
        Float32Array.from(this.flat.parameters),
        Float32Array.from(this.flat.state),
      );
    }
    const { parameters, netState } = await this.state.snapshot();
    return nameParameters(model, parameters.subarray(0, size), netState);
  }

  destroy(): void {
    this.executor?.destroy();
    this.state?.destroy();
    this.executor = undefined;
    this.state = undefined;
  }

  private async run(resolved: ResolvedBatch, update: boolean): Promise<Gradients> {
    const { device, config } = this;
    const { state, executor } = await this.prepare(resolved);
    // Looking at gradients leaves running statistics alone, though the forward pass moves them.
    const before = update ? undefined : (await state.snapshot()).netState;
    const B = resolved.samples.length;
    const { queue } = device.gpu;
    queue.writeBuffer(executor.buffers.samples, 0, packSamples(resolved.samples));
    const weighted = new Float32Array(2 * B);
    for (let b = 0; b < B; b++) weighted[2 * b] = resolved.weights[b];
    queue.writeBuffer(executor.buffers.sampleLosses, 0, weighted);
    const encoder = device.gpu.createCommandEncoder({ label: "stepper" });
    executor.encodeExplicitStep(encoder, update);
    queue.submit([encoder.finish()]);

    const [lossBytes, gradientBytes, snapshot] = await Promise.all([
      readBuffer(device, executor.buffers.sampleLosses, 0, 8 * B),
      readBuffer(device, executor.buffers.gradients, 0, 4 * state.plan.parameterStride),
      state.snapshot(),
    ]);
    if (before !== undefined && before.length > 0)
      queue.writeBuffer(state.buffers.netState, 0, Float32Array.from(before));
    const nonFiniteStep = snapshot.states[1];
    if (nonFiniteStep !== FINITE) throw new NonFiniteError(0, nonFiniteStep);
    const losses = new Float32Array(lossBytes);
    const sampleLosses = Float32Array.from({ length: B }, (_, b) => losses[2 * b + 1]);
    const loss = sampleLosses.reduce((sum, value, b) => sum + resolved.weights[b] * value, 0) / B;
    const flat = new Float32Array(gradientBytes).subarray(0, parameterLayout(config.model).size);
    return { loss, sampleLosses, gradients: nameParameters(config.model, flat) };
  }

  /** State and executor for a batch: kept while points and size stay, else made anew with the state carried over. */
  private async prepare(resolved: ResolvedBatch) {
    const { device, config } = this;
    const { state: old } = this;
    const same =
      old !== undefined &&
      old.population.batchSize === resolved.samples.length &&
      old.population.runs[0].labelSmoothing === resolved.labelSmoothing &&
      JSON.stringify(old.population.hidden) === JSON.stringify(resolved.hidden) &&
      (old.population.boxes || resolved.samples.every(({ box }) => box === undefined)) &&
      sameNumbers(this.data!.points, resolved.data.points) &&
      sameNumbers(this.data!.targets, resolved.data.targets);
    if (same) return { state: old, executor: this.executor! };

    // All or nothing: what can't be made leaves the old one as it was.
    const population = batchPopulation(resolved, config, config.optimizer);
    // Samples come from outside, and what ends a step is left out where only gradients are asked for.
    const plan = planTraining(population, planLimits(device), "layered", { steps: "apart" });
    const carried = await old?.snapshot();
    const state = await PopulationState.create(device, population, plan, carried);
    if (carried === undefined)
      state.writeNet(0, Float32Array.from(this.flat.parameters), Float32Array.from(this.flat.state));
    const executor = await createLayeredExecutor(state).catch((error) => {
      state.destroy();
      throw error;
    });
    this.destroy();
    this.state = state;
    this.executor = executor;
    this.data = resolved.data;
    return { state, executor };
  }
}

function checkSteps(done: number): void {
  if (done >= MAX_STEPS)
    throw new ConfigError("steps", `a stepper takes ${MAX_STEPS} steps. Train with train().`);
}

function sameNumbers(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
