/**
 * The layered executor: one kernel per layer and direction, for nets of any depth and width; the run index is a grid
 * dimension. Also the way to explicit batches: with the samples written from outside, the same kernels give the
 * gradients of exactly that batch.
 */

import { bind, compileKernel, type Kernel } from "../../gpu/kernel.ts";
import type { BufferRequest, BufferSet } from "../../gpu/memory.ts";
import { type LayerInputs, packLayer } from "../../kernels/layers/layer.ts";
import {
  linearBackwardInputGrid,
  linearBackwardInputKernel,
  linearBackwardInputSpecialization,
} from "../../kernels/layers/linearBackwardInput.ts";
import {
  linearBackwardWeightGrid,
  linearBackwardWeightKernel,
  linearBackwardWeightSpecialization,
} from "../../kernels/layers/linearBackwardWeight.ts";
import {
  linearForwardGrid,
  linearForwardKernel,
  linearForwardSpecialization,
} from "../../kernels/layers/linearForward.ts";
import type { ProductSpecialization } from "../../kernels/layers/product.ts";
import { advanceGrid, advanceKernel } from "../../kernels/step/advance.ts";
import { evaluateGrid, evaluateKernel } from "../../kernels/step/evaluate.ts";
import { lossGrid, lossKernel } from "../../kernels/step/loss.ts";
import { mixGrid, mixKernel } from "../../kernels/step/mix.ts";
import { optimizerGrid, optimizerKernel } from "../../kernels/step/optimizer.ts";
import { probabilitiesGrid, probabilitiesKernel } from "../../kernels/step/probabilities.ts";
import { SAMPLE_BYTES, sampleGrid, sampleKernel } from "../../kernels/step/sample.ts";
import { type LayerLayout, parameterLayout } from "../../model/layout.ts";
import { compileAll, type Dispatch, type Executor, encodeDispatch } from "./executor.ts";
import { dataOffsets } from "./pack.ts";
import { specialize } from "./plan.ts";
import type { PopulationState } from "./state.ts";

/** The layered executor's own buffers, besides the population's. */
export interface LayeredExecutor extends Executor {
  /** `samples` [R, B], `sampleLosses` [R, B], `gradients` [R, parameterStride]. */
  readonly buffers: Readonly<Record<string, GPUBuffer>>;
  /** Encodes one step on the samples that are in the buffer, with or without the update and the advance that end it. */
  encodeExplicitStep(encoder: GPUCommandEncoder, update: boolean): void;
}

/** Allocates, compiles and binds everything. */
export async function createLayeredExecutor(state: PopulationState): Promise<LayeredExecutor> {
  const { device, population, plan } = state;
  const memory = await device.memory.allocate("layered", bufferRequests(state));
  try {
    const { step, evaluation } = await createDispatches(state, memory);
    const { steps: totalSteps, evaluateEvery } = population;
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
      encode(encoder, firstStep, steps, timestampWrites) {
        let dispatches = 0;
        const pass = encoder.beginComputePass({ label: "layered", timestampWrites });
        for (let done = firstStep + 1; done <= firstStep + steps; done++) {
          // Counted, not iterated: nothing is allocated in this loop.
          for (let i = 0; i < step.length; i++) encodeDispatch(pass, step[i]);
          dispatches += step.length;
          if (done % evaluateEvery === 0 || done === totalSteps) {
            for (let i = 0; i < evaluation.length; i++) encodeDispatch(pass, evaluation[i]);
            dispatches += evaluation.length;
          }
        }
        pass.end();
        return dispatches;
      },
      encodeExplicitStep: (encoder, update) => encodeAll(encoder, update ? afterSampling : withoutUpdate),
      destroy: () => memory.destroy(),
    };
  } catch (error) {
    memory.destroy();
    throw error;
  }

  function bufferRequests({ population: { model, runs, batchSize, data } }: PopulationState) {
    const R = runs.length;
    const { STORAGE, COPY_DST, COPY_SRC } = GPUBufferUsage;
    const numbers = (count: number): BufferRequest => ({
      size: 4 * count,
      usage: STORAGE | COPY_DST | COPY_SRC,
    });
    const outputs = model.sizes[model.sizes.length - 1];
    const requests: Record<string, BufferRequest> = {
      samples: { size: R * batchSize * SAMPLE_BYTES, usage: STORAGE | COPY_DST | COPY_SRC },
      // Weight 1, loss 0: see `shaders/parts/sampleLoss.wgsl`.
      sampleLosses: {
        ...numbers(2 * R * batchSize),
        data: Float32Array.from({ length: 2 * R * batchSize }, (_, i) => (i + 1) % 2),
      },
      mixedPoints: numbers(R * batchSize * data.dimensions),
      mixedTargets: numbers(R * batchSize * outputs),
      gradients: numbers(R * plan.parameterStride),
      // Stands in for the activations of the last layer, which has none.
      none: numbers(4),
    };
    for (let l = 1; l < model.sizes.length; l++) {
      requests[`preActivations.${l - 1}`] = numbers(R * plan.rows * model.sizes[l]);
      if (l + 1 < model.sizes.length)
        requests[`activations.${l - 1}`] = numbers(R * plan.rows * model.sizes[l]);
    }
    const { layers } = parameterLayout(model);
    const uniform = (data: ArrayBufferView): BufferRequest => ({
      size: data.byteLength,
      usage: GPUBufferUsage.UNIFORM | COPY_DST,
      data,
    });
    layers.forEach((layer, l) => {
      requests[`layer.${l}`] = uniform(packLayer(layer, plan.parameterStride, ownRows(layer, batchSize)));
    });
    for (const [p, part] of evaluationParts(state).entries()) {
      requests[`part.${p}`] = uniform(Uint32Array.of(part.first, part.count));
      layers.forEach((layer, l) => {
        const rows = l === 0 ? sharedRows(part) : ownRows(layer, part.count);
        requests[`part.${p}.layer.${l}`] = uniform(packLayer(layer, plan.parameterStride, rows));
      });
    }
    return requests;
  }
}

/** A part of the evaluation or probe points that fits the layers' buffers. */
interface EvaluationPart {
  readonly kind: "evaluate" | "probabilities";
  readonly first: number;
  readonly count: number;
  /** Of its first point in the `data` buffer. */
  readonly offset: number;
}

function evaluationParts({ population, plan }: PopulationState): EvaluationPart[] {
  const offsets = dataOffsets(population);
  const { dimensions } = population.data;
  const cut = (kind: EvaluationPart["kind"], size: number, start: number): EvaluationPart[] =>
    Array.from({ length: Math.ceil(size / plan.rows) }, (_, i) => {
      const first = i * plan.rows;
      return { kind, first, count: Math.min(plan.rows, size - first), offset: start + first * dimensions };
    });
  return [
    ...cut("evaluate", population.evaluationData.size, offsets.evaluationPoints),
    ...cut("probabilities", population.probePoints.length / dimensions, offsets.probePoints),
  ];
}

/** Rows of each run's own, one run after another. */
function ownRows({ inputs }: LayerLayout, batchSize: number): LayerInputs {
  return { batchSize, inputOffset: 0, inputRunStride: batchSize * inputs };
}

/** All runs read the same evaluation points, straight from the data. */
function sharedRows({ count, offset }: EvaluationPart): LayerInputs {
  return { batchSize: count, inputOffset: offset, inputRunStride: 0 };
}

/** The dispatches of a step and of an evaluation, in order. */
async function createDispatches(state: PopulationState, memory: BufferSet<string>) {
  const { device, population, plan } = state;
  const { model, batchSize, data, runs } = population;
  const R = runs.length;
  const outputs = model.sizes[model.sizes.length - 1];
  const { layers } = parameterLayout(model);
  const overrides = specialize(population, plan.moments);
  const parts = evaluationParts(state);
  const shape = plan.product;
  const compileLayer = (kernel: Kernel, l: number, { overrides: own, ...rest }: ProductSpecialization) => {
    const HIDDEN = l + 1 < layers.length ? 1 : 0;
    return compileKernel(device, kernel, { overrides: { ...overrides, ...own, HIDDEN }, ...rest });
  };
  const compileForward = (firstRows: LayerInputs) =>
    Promise.all(
      layers.map((layer, l) => {
        const rows = l === 0 ? firstRows : ownRows(layer, firstRows.batchSize);
        return compileLayer(linearForwardKernel, l, linearForwardSpecialization(layer, rows, shape));
      }),
    );
  const [pipelines, forwards, backwardWeights, backwardInputs, ...partForwards] = await Promise.all([
    compileAll(
      device,
      {
        sample: sampleKernel,
        mix: mixKernel,
        loss: lossKernel,
        optimizer: optimizerKernel,
        advance: advanceKernel,
        evaluate: evaluateKernel,
        probabilities: probabilitiesKernel,
      },
      { overrides },
    ),
    compileForward(ownRows(layers[0], batchSize)),
    Promise.all(
      layers.map((layer, l) => {
        const own = linearBackwardWeightSpecialization(layer, ownRows(layer, batchSize), shape);
        return compileLayer(linearBackwardWeightKernel, l, own);
      }),
    ),
    // The first layer's inputs need no deltas.
    Promise.all(
      layers.slice(1).map((layer, l) => {
        const own = linearBackwardInputSpecialization(layer, ownRows(layer, batchSize), shape);
        return compileLayer(linearBackwardInputKernel, l + 1, own);
      }),
    ),
    ...parts.map((part) => compileForward(sharedRows(part))),
  ]);
  const own = memory.buffers;
  const shared = state.buffers;
  const withRuns = (
    pipeline: GPUComputePipeline,
    grid: Dispatch["grid"],
    buffers: GPUBuffer[],
  ): Dispatch => ({
    pipeline,
    groups: [state.bindPopulation(pipeline), bind(device, pipeline, 1, buffers)],
    grid,
  });
  const plain = (pipeline: GPUComputePipeline, grid: Dispatch["grid"], buffers: GPUBuffer[]): Dispatch => ({
    pipeline,
    groups: [bind(device, pipeline, 0, buffers)],
    grid,
  });
  const logits = own[`preActivations.${layers.length - 1}`];

  const forward = (
    forwards: readonly GPUComputePipeline[],
    firstInputs: GPUBuffer,
    uniformOf: (l: number) => GPUBuffer,
    rows: number,
  ): Dispatch[] =>
    layers.map((layer, l) => {
      const hidden = l + 1 < layers.length;
      return plain(forwards[l], linearForwardGrid(layer, rows, R, shape), [
        uniformOf(l),
        l === 0 ? firstInputs : own[`activations.${l - 1}`],
        shared.parameters,
        own[`preActivations.${l}`],
        hidden ? own[`activations.${l}`] : own.none,
      ]);
    });
  const backward = layers.flatMap((layer, l) => {
    const deltas = own[`preActivations.${l}`];
    const inputs = l === 0 ? own.mixedPoints : own[`activations.${l - 1}`];
    const weight = plain(backwardWeights[l], linearBackwardWeightGrid(layer, R, shape), [
      own[`layer.${l}`],
      deltas,
      inputs,
      own.gradients,
    ]);
    if (l === 0) return [[weight]];
    const input = plain(backwardInputs[l - 1], linearBackwardInputGrid(layer, batchSize, R, shape), [
      own[`layer.${l}`],
      deltas,
      shared.parameters,
      own[`preActivations.${l - 1}`],
    ]);
    return [[weight, input]];
  });

  const step: Dispatch[] = [
    withRuns(pipelines.sample, sampleGrid(batchSize, R), [own.samples]),
    withRuns(pipelines.mix, mixGrid(batchSize, data.dimensions, outputs, R), [
      own.samples,
      own.mixedPoints,
      own.mixedTargets,
    ]),
    ...forward(forwards, own.mixedPoints, (l) => own[`layer.${l}`], batchSize),
    withRuns(pipelines.loss, lossGrid(batchSize, R), [own.mixedTargets, own.sampleLosses, logits]),
    ...backward.reverse().flat(),
    withRuns(pipelines.optimizer, optimizerGrid(plan.parameterStride, R), [
      own.gradients,
      shared.parameters,
      shared.moments,
    ]),
    withRuns(pipelines.advance, advanceGrid(R), [own.sampleLosses]),
  ];
  const evaluation = parts.flatMap((part, p) => {
    const pipeline = pipelines[part.kind];
    const grid = part.kind === "evaluate" ? evaluateGrid(R) : probabilitiesGrid(part.count, R);
    return [
      ...forward(partForwards[p], shared.data, (l) => own[`part.${p}.layer.${l}`], part.count),
      withRuns(pipeline, grid, [shared.submit, own[`part.${p}`], logits, shared.metrics]),
    ];
  });
  return { step, evaluation };
}
