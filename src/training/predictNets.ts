/**
 * What nets predict at many points, on a device. The layers' own forward kernel, a slice of points at a time, so that memory
 * stays bounded whatever the number of points; logits become probabilities in float64.
 *
 * Not here: evaluations inside a training (`gpu/layered/`), checking a request (`theory/margins/predictOn.ts`).
 */

import { LimitError } from "../errors.ts";
import type { OpenedDevice, WebGpuDevice } from "../gpu/device.ts";
import { BUFFER_USAGE } from "../gpu/flags.ts";
import { bind, compileKernel } from "../gpu/kernel.ts";
import { roundedLimit } from "../gpu/memory.ts";
import { readBuffer } from "../gpu/readback.ts";
import { activationOverrides } from "../kernels/layers/activation.ts";
import { packLayer } from "../kernels/layers/layer.ts";
import {
  linearForwardGrid,
  linearForwardKernel,
  linearForwardSize,
  linearForwardSpecialization,
} from "../kernels/layers/linearForward.ts";
import { chooseVariants, productShapes, variantTraits } from "../kernels/variants.ts";
import { type Model, sizeOf } from "../model/layers/layer.ts";
import { type FlatNet, parameterLayout } from "../model/layout.ts";
import type { Loss } from "../model/loss.ts";
import { perceptron, perceptronOf } from "../model/perceptron.ts";
import { traceModel } from "../model/trace.ts";
import { LOSS_FUNCTIONS } from "../reference/loss.ts";
import { Network } from "../reference/network.ts";
import { evaluateNets } from "./gpu/evaluateNets.ts";
import { PACES, Pace } from "./pace.ts";

/** How it is watched and stopped. */
export interface Watching {
  readonly signal?: AbortSignal;
  readonly onProgress?: (part: number) => void;
}

/** Nets of one architecture, and where to ask them. */
export interface Prediction {
  readonly model: Model;
  readonly nets: readonly FlatNet[];
  readonly points: Float64Array;
  /** M. */
  readonly count: number;
  readonly loss: Loss;
}

/** Bytes that the layers of one slice may take. */
const LAYER_BYTES = 1 << 26;
/** Points of a slice at most on the CPU: after each, signals are heard. */
const CPU_ROWS = 256;
/** Workgroups of one grid dimension, which bounds nets and points of a slice. */
const MOST_GROUPS = 65535;

/**
 * The probabilities `[R, M, C]` (squared error: outputs as they are) of R nets at M points: float64 on the CPU, 32-bit floats on a
 * GPU. What a net says at a point does not depend on the other nets and points, bit for bit.
 * @throws LimitError for a net too wide for the device; OutOfMemoryError, DeviceLostError; the signal's reason.
 */
export function predictNets(
  device: OpenedDevice,
  prediction: Prediction,
  watching: Watching = {},
): Promise<Float32Array | Float64Array> {
  return device.backend === "cpu"
    ? predictOnCpu(prediction, watching)
    : predictOnGpu(device, prediction, watching);
}

async function predictOnCpu(
  { model, nets, points, count, loss }: Prediction,
  { signal, onProgress }: Watching,
): Promise<Float64Array> {
  const network = new Network(traceModel(model), CPU_ROWS);
  const [D, C] = [sizeOf(model.inputShape), network.outputs];
  const result = new Float64Array(nets.length * count * C);
  for (const [r, net] of nets.entries()) {
    for (let from = 0; from < count; from += CPU_ROWS) {
      const rows = Math.min(CPU_ROWS, count - from);
      network.inputs.set(points.subarray(from * D, (from + rows) * D));
      network.forward({ ...net, count: rows });
      const first = (r * count + from) * C;
      toProbabilities(
        loss,
        network.logits.subarray(0, rows * C),
        C,
        result.subarray(first, first + rows * C),
      );
      await new Promise((resolve) => setTimeout(resolve, 0));
      signal?.throwIfAborted();
      onProgress?.((r * count + from + rows) / (nets.length * count));
    }
  }
  return result;
}

async function predictOnGpu(
  device: WebGpuDevice,
  plan: Prediction,
  { signal, onProgress }: Watching,
): Promise<Float32Array> {
  const { model, nets, count } = plan;
  const result = new Float32Array(nets.length * count * traceModel(model).outputs);
  if (count === 0) return result;
  if (perceptron(model) === undefined) return evaluateSlices(device, plan, result, { signal, onProgress });
  const { netsAtOnce, rows } = sliceSizes(device, plan);
  for (let first = 0; first < nets.length; first += netsAtOnce) {
    const slice = nets.slice(first, first + netsAtOnce);
    await predictSlice(device, { ...plan, nets: slice }, rows, result, first, {
      signal,
      onProgress: (part) => onProgress?.((first + part * slice.length) / nets.length),
    });
  }
  return result;
}

/** Points of nets that are no perceptrons, at a time. */
const SLICE = 512;

/** Nets of other layers, a slice of points after the other. */
async function evaluateSlices(
  device: WebGpuDevice,
  { model, nets, points, count, loss }: Prediction,
  result: Float32Array,
  { signal, onProgress }: Watching,
): Promise<Float32Array> {
  const D = sizeOf(model.inputShape);
  const C = traceModel(model).outputs;
  for (let first = 0; first < count; first += SLICE) {
    signal?.throwIfAborted();
    const rows = Math.min(SLICE, count - first);
    const slice = Float32Array.from(points.subarray(first * D, (first + rows) * D));
    const part = await evaluateNets(device, model, nets, slice, loss).catch((error) => {
      signal?.throwIfAborted();
      return device.explain(error);
    });
    nets.forEach((_, r) => {
      result.set(part.subarray(r * rows * C, (r + 1) * rows * C), (r * count + first) * C);
    });
    onProgress?.((first + rows) / count);
  }
  return result;
}

/** How many nets and points are worked on at once. */
function sliceSizes({ gpu: { limits } }: WebGpuDevice, { model, nets, count }: Prediction) {
  const limit = roundedLimit(Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize));
  const netBytes = 4 * parameterStride(model);
  const rowBytes = 4 * Math.max(...perceptronOf(model, "a prediction").sizes);
  const needed = Math.max(netBytes, rowBytes);
  if (needed > limit) {
    throw new LimitError("maxStorageBufferBindingSize", needed, limit, "Use a smaller net.");
  }
  const netsAtOnce = Math.min(
    nets.length,
    MOST_GROUPS,
    Math.max(1, Math.floor(Math.min(limit, LAYER_BYTES) / needed)),
  );
  const most = Math.floor(Math.min(limit, LAYER_BYTES) / (netsAtOnce * rowBytes));
  return { netsAtOnce, rows: Math.max(1, Math.min(count, most, 32 * MOST_GROUPS)) };
}

/** Points that cost about as much as one: rows of a product's largest tile. */
const BLOCK = 16;

/** All points for the nets of a plan, into the result from net `firstNet` on. */
async function predictSlice(
  device: WebGpuDevice,
  { model, nets, points, count, loss }: Prediction,
  rows: number,
  result: Float32Array,
  firstNet: number,
  { signal, onProgress }: Watching,
): Promise<void> {
  const R = nets.length;
  const shapes = productShapes(chooseVariants(variantTraits(device)));
  const { layers, sizes, activationLayer } = perceptronOf(model, "a prediction");
  const stride = parameterStride(model);
  const [D, C] = [sizes[0], sizes[sizes.length - 1]];
  const parameters = new Float32Array(R * stride);
  nets.forEach((net, r) => {
    parameters.set(net.parameters, r * stride);
  });
  const { STORAGE, UNIFORM, COPY_DST, COPY_SRC } = BUFFER_USAGE;
  const numbers = (length: number) => ({ size: 4 * length, usage: STORAGE | COPY_SRC });
  const memory = await device.memory.allocate<string>("predict", {
    points: { size: 4 * rows * D, usage: STORAGE | COPY_DST },
    parameters: { size: parameters.byteLength, usage: STORAGE | COPY_DST, data: parameters },
    // Stands in for the activations of the last layer, which has none.
    none: numbers(4),
    ...Object.fromEntries(
      layers.flatMap(({ outputs }, l) => [
        [`layer.${l}`, { size: 36, usage: UNIFORM | COPY_DST }],
        [`preActivations.${l}`, numbers(R * rows * outputs)],
        ...(l + 1 < layers.length ? [[`activations.${l}`, numbers(R * rows * outputs)]] : []),
      ]),
    ),
  });
  try {
    const own = memory.buffers;
    const dispatches = await Promise.all(
      layers.map(async (layer, l) => {
        const hidden = l + 1 < layers.length;
        // Alignment is the same however many rows there are.
        const anyRows = { batchSize: rows, inputOffset: 0, inputRunStride: l === 0 ? 0 : layer.inputs };
        // As for any number of points, since no point's bits may depend on the others.
        const shape = shapes(linearForwardSize(layer, Number.POSITIVE_INFINITY));
        const special = linearForwardSpecialization(layer, anyRows, shape);
        const pipeline = await compileKernel(device, linearForwardKernel, {
          ...special,
          overrides: {
            ...special.overrides,
            ...activationOverrides(activationLayer),
            HIDDEN: hidden ? 1 : 0,
          },
        });
        const buffers = [
          own[`layer.${l}`],
          l === 0 ? own.points : own[`activations.${l - 1}`],
          own.parameters,
          own[`preActivations.${l}`],
          hidden ? own[`activations.${l}`] : own.none,
        ];
        return { pipeline, group: bind(device, pipeline, 0, buffers), layer, shape };
      }),
    );
    const pace = new Pace(PACES.throughput, BLOCK * R * stride);
    for (let from = 0; from < count; ) {
      signal?.throwIfAborted();
      device.check();
      const begin = performance.now();
      const blocks = Math.ceil((count - from) / BLOCK);
      const taken = Math.min(rows, count - from, BLOCK * pace.steps(0, blocks, blocks, 1));
      const { queue } = device.gpu;
      queue.writeBuffer(own.points, 0, Float32Array.from(points.subarray(from * D, (from + taken) * D)));
      layers.forEach((layer, l) => {
        // All nets read the same points; deeper layers read their own rows.
        const inputRunStride = l === 0 ? 0 : taken * layer.inputs;
        const uniform = packLayer(layer, stride, { batchSize: taken, inputOffset: 0, inputRunStride });
        queue.writeBuffer(own[`layer.${l}`], 0, Uint32Array.from(uniform));
      });
      const encoder = device.gpu.createCommandEncoder({ label: "predict" });
      const pass = encoder.beginComputePass({ label: "predict" });
      for (const { pipeline, group, layer, shape } of dispatches) {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group);
        pass.dispatchWorkgroups(...linearForwardGrid(layer, taken, R, shape));
      }
      pass.end();
      queue.submit([encoder.finish()]);
      const bytes = await readBuffer(
        device,
        own[`preActivations.${layers.length - 1}`],
        0,
        4 * R * taken * C,
      );
      const logits = Float64Array.from(new Float32Array(bytes));
      const probabilities = new Float64Array(taken * C);
      for (let r = 0; r < R; r++) {
        toProbabilities(loss, logits.subarray(r * taken * C, (r + 1) * taken * C), C, probabilities);
        result.set(probabilities, ((firstNet + r) * count + from) * C);
      }
      pace.measured(taken / BLOCK, performance.now() - begin);
      from += taken;
      onProgress?.(from / count);
    }
  } catch (error) {
    signal?.throwIfAborted();
    return device.explain(error);
  } finally {
    memory.destroy();
  }
}

/** P, rounded up so that every net's parameters can be read four at a time. */
function parameterStride(model: Model): number {
  return 4 * Math.ceil(parameterLayout(model).size / 4);
}

/** Rows of logits `[rows, C]` as rows of probabilities. */
function toProbabilities(loss: Loss, logits: Float64Array, outputs: number, into: Float64Array): void {
  const { probabilities } = LOSS_FUNCTIONS[loss];
  for (let row = 0; row * outputs < logits.length; row++) probabilities(logits, row, outputs, into);
}
