/**
 * Nets of any layers at points, outside of a training: the layered executor's evaluation, on a population that never takes a
 * step. Perceptrons at very many points have a way of their own (`theory/margins/predictOn.ts`).
 */

import type { WebGpuDevice } from "../../gpu/device.ts";
import { readBuffer } from "../../gpu/readback.ts";
import { FINITE, METRICS_PER_RUN, RUN_STATE_BYTES } from "../../kernels/population.ts";
import { batchingOf } from "../../mixing/batching.ts";
import { erm } from "../../mixing/mixing.ts";
import { type Model, sizeOf } from "../../model/layers/layer.ts";
import type { FlatNet } from "../../model/layout.ts";
import type { Loss } from "../../model/loss.ts";
import { sgd } from "../../model/optimizer.ts";
import { traceModel } from "../../model/trace.ts";
import type { Population } from "../../population/population.ts";
import { planLimits } from "../planLimits.ts";
import { SubmitRecorder } from "./executor.ts";
import { createLayeredExecutor } from "./layeredExecutor.ts";
import { planTraining } from "./plan.ts";
import { PopulationState } from "./state.ts";

/**
 * Probabilities `[R, M, C]` (squared error: outputs) of R nets at M points `[M, D]`.
 * @throws LimitError where they don't fit the device.
 */
export async function evaluateNets(
  device: WebGpuDevice,
  model: Model,
  nets: readonly FlatNet[],
  points: Float32Array,
  loss: Loss,
): Promise<Float32Array> {
  const population = populationOf(model, nets, points, loss);
  const plan = planTraining(population, planLimits(device), "layered");
  const state = await PopulationState.create(device, population, plan);
  try {
    const executor = await createLayeredExecutor(state);
    try {
      const { queue } = device.gpu;
      // As after the first step, whose evaluation is the first entry.
      const clocks = new Uint32Array((nets.length * RUN_STATE_BYTES) / 4);
      for (let r = 0; r < nets.length; r++) clocks.set([1, FINITE], (r * RUN_STATE_BYTES) / 4);
      queue.writeBuffer(state.buffers.states, 0, clocks);
      queue.writeBuffer(state.buffers.submit, 0, Uint32Array.of(0, 1, 0));
      const recorder = new SubmitRecorder(device.gpu);
      executor.encodeEvaluation(recorder);
      recorder.cut();
      const begin = 4 * METRICS_PER_RUN * nets.length;
      const bytes = await readBuffer(device, state.buffers.metrics, begin, 4 * plan.metricsStride - begin);
      return new Float32Array(bytes);
    } finally {
      executor.destroy();
    }
  } finally {
    state.destroy();
  }
}

/** Runs that are these nets, with the points as probes; what they would be trained on is one point of zeros. */
function populationOf(model: Model, nets: readonly FlatNet[], points: Float32Array, loss: Loss): Population {
  const dimensions = sizeOf(model.inputShape);
  const { outputs } = traceModel(model);
  const data = {
    size: 1,
    dimensions,
    points: new Float32Array(dimensions),
    targetSize: outputs,
    targets: new Float32Array(outputs),
  };
  return {
    data,
    model,
    loss,
    steps: 1,
    batch: "full",
    lastBatch: "wrap",
    batching: batchingOf(1, "full"),
    batchSize: 1,
    lastBatchSize: 0,
    evaluateEvery: 1,
    evaluationData: data,
    evaluationLabels: undefined,
    probePoints: points,
    boxes: false,
    runs: nets.map(({ parameters, state }) => ({
      seed: 0,
      mixing: erm(),
      optimizer: sgd(),
      labelSmoothing: 0,
      parameters: Float32Array.from(parameters),
      state: Float32Array.from(state),
    })),
  };
}
