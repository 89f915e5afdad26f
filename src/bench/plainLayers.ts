/**
 * The yardstick's layers for images, as a competent programmer writes them in plain TypeScript: loops over Float32Arrays,
 * a weight at a time along the rows of a map, nothing allocated in a step. Whole batches, of one size.
 *
 * Not here: the net made of them (`plainLayeredNet.ts`). Not the reference either: that is float64 and in
 * `src/reference/`. Running statistics of BatchNorm are not kept; nothing in a training step reads them.
 */

import type { BatchNorm2d } from "../model/layers/batchNorm2d.ts";
import type { Conv2d } from "../model/layers/conv2d.ts";
import type { Pool2d } from "../model/layers/pool2d.ts";
import type { Operation } from "../model/trace.ts";

/** What passes between layers: `[B, ...shape]`, and the derivatives of the loss, which readers add to. */
export interface PlainValue {
  readonly shape: readonly number[];
  readonly data: Float32Array;
  /** Undefined for the net's input, which needs none. */
  readonly delta: Float32Array | undefined;
}

export interface PlainLayer {
  forward(): void;
  backward(): void;
}

/** Where a net keeps its numbers, and how many samples it works on. */
export interface PlainStore {
  readonly B: number;
  /** `[P]` each, as the trace lays them out. */
  readonly parameters: Float32Array;
  readonly gradients: Float32Array;
}

type CreatePlainLayer = (
  operation: Operation,
  inputs: readonly PlainValue[],
  output: PlainValue,
  store: PlainStore,
) => PlainLayer;

/** The layers by the kind of their operation; `flatten` computes nothing. Without groups. */
export const PLAIN_LAYERS: Readonly<Record<string, CreatePlainLayer>> = {
  conv2d: convolution,
  dense,
  batchNorm2d: batchNorm,
  activation: rectifier,
  maxPool2d: maxPool,
  globalAveragePool: averageMap,
  add: sum,
};

function tensor(array: Float32Array, operation: Operation, name: string): Float32Array | undefined {
  const place = operation.parameters[name];
  return place && array.subarray(place.offset, place.offset + place.size);
}

function convolution(
  operation: Operation,
  [x]: readonly PlainValue[],
  z: PlainValue,
  store: PlainStore,
): PlainLayer {
  const {
    kernel: [kernelHeight, kernelWidth],
    stride,
    padding: [above, left],
  } = operation.layer as Conv2d;
  const [I, height, width] = x.shape;
  const [O, rows, columns] = z.shape;
  const weight = tensor(store.parameters, operation, "weight")!;
  const bias = tensor(store.parameters, operation, "bias");
  const weightGradient = tensor(store.gradients, operation, "weight")!;
  const biasGradient = tensor(store.gradients, operation, "bias");
  const map = rows * columns;

  /** Every weight with every row of the maps that it makes meet: forward, or for weights or inputs backward. */
  const forEachRow = (what: "forward" | "weights" | "inputs") => {
    for (let b = 0; b < store.B; b++)
      for (let o = 0; o < O; o++)
        for (let i = 0, w = o * I * kernelHeight * kernelWidth; i < I; i++)
          for (let r = 0; r < kernelHeight; r++)
            for (let c = 0; c < kernelWidth; c++, w++) {
              const first = Math.max(0, Math.ceil((left - c) / stride));
              const count = Math.min(columns, Math.floor((width - 1 + left - c) / stride) + 1) - first;
              for (let p = 0; p < rows; p++) {
                const y = stride * p + r - above;
                if (y < 0 || y >= height) continue;
                const from = ((b * I + i) * height + y) * width + stride * first + c - left;
                const to = ((b * O + o) * rows + p) * columns + first;
                if (what === "forward") addScaled(z.data, to, 1, weight[w], x.data, from, stride, count);
                else if (what === "inputs")
                  addScaled(x.delta!, from, stride, weight[w], z.delta!, to, 1, count);
                else weightGradient[w] += product(z.delta!, to, x.data, from, stride, count);
              }
            }
  };

  return {
    forward() {
      for (let n = 0; n < store.B * O; n++)
        z.data.fill(bias === undefined ? 0 : bias[n % O], n * map, (n + 1) * map);
      forEachRow("forward");
    },
    backward() {
      forEachRow("weights");
      if (x.delta !== undefined) forEachRow("inputs");
      if (biasGradient === undefined) return;
      for (let n = 0; n < store.B * O; n++)
        for (let at = n * map; at < (n + 1) * map; at++) biasGradient[n % O] += z.delta![at];
    },
  };
}

/** Adds a row times a factor to another; they advance by strides of their own. */
function addScaled(
  target: Float32Array,
  to: number,
  toStride: number,
  factor: number,
  source: Float32Array,
  from: number,
  fromStride: number,
  count: number,
): void {
  for (let q = 0; q < count; q++) target[to + q * toStride] += factor * source[from + q * fromStride];
}

/** The scalar product of a row with another, of which every `stride`-th number counts. */
function product(
  a: Float32Array,
  at: number,
  b: Float32Array,
  from: number,
  stride: number,
  count: number,
): number {
  let total = 0;
  for (let q = 0; q < count; q++) total += a[at + q] * b[from + q * stride];
  return total;
}

function dense(
  operation: Operation,
  [x]: readonly PlainValue[],
  z: PlainValue,
  store: PlainStore,
): PlainLayer {
  const [O, I] = operation.parameters.weight.shape;
  const weight = tensor(store.parameters, operation, "weight")!;
  const bias = tensor(store.parameters, operation, "bias");
  const weightGradient = tensor(store.gradients, operation, "weight")!;
  const biasGradient = tensor(store.gradients, operation, "bias");
  return {
    forward() {
      for (let b = 0; b < store.B; b++)
        for (let o = 0; o < O; o++) {
          let z1 = bias === undefined ? 0 : bias[o];
          for (let i = 0; i < I; i++) z1 += weight[o * I + i] * x.data[b * I + i];
          z.data[b * O + o] = z1;
        }
    },
    backward() {
      for (let b = 0; b < store.B; b++)
        for (let o = 0; o < O; o++) {
          const delta = z.delta![b * O + o];
          if (biasGradient !== undefined) biasGradient[o] += delta;
          for (let i = 0; i < I; i++) weightGradient[o * I + i] += delta * x.data[b * I + i];
          if (x.delta !== undefined)
            for (let i = 0; i < I; i++) x.delta[b * I + i] += delta * weight[o * I + i];
        }
    },
  };
}

function batchNorm(
  operation: Operation,
  [x]: readonly PlainValue[],
  y: PlainValue,
  store: PlainStore,
): PlainLayer {
  const { epsilon } = operation.layer as BatchNorm2d;
  const [C, height, width] = x.shape;
  const map = height * width;
  const m = store.B * map;
  const weight = tensor(store.parameters, operation, "weight")!;
  const bias = tensor(store.parameters, operation, "bias")!;
  const weightGradient = tensor(store.gradients, operation, "weight")!;
  const biasGradient = tensor(store.gradients, operation, "bias")!;
  const means = new Float32Array(C);
  const inverses = new Float32Array(C);
  /** Calls `use` with the first place of a channel's map in each sample. */
  const forEachMap = (c: number, use: (first: number) => void) => {
    for (let b = 0; b < store.B; b++) use((b * C + c) * map);
  };
  return {
    forward() {
      for (let c = 0; c < C; c++) {
        let total = 0;
        forEachMap(c, (first) => {
          for (let at = first; at < first + map; at++) total += x.data[at];
        });
        const mean = total / m;
        let squares = 0;
        forEachMap(c, (first) => {
          for (let at = first; at < first + map; at++) squares += (x.data[at] - mean) ** 2;
        });
        means[c] = mean;
        inverses[c] = 1 / Math.sqrt(squares / m + epsilon);
        const scale = weight[c] * inverses[c];
        forEachMap(c, (first) => {
          for (let at = first; at < first + map; at++) y.data[at] = scale * (x.data[at] - mean) + bias[c];
        });
      }
    },
    backward() {
      const deltas = y.delta!;
      for (let c = 0; c < C; c++) {
        const [mean, inverse] = [means[c], inverses[c]];
        let total = 0;
        let products = 0;
        forEachMap(c, (first) => {
          for (let at = first; at < first + map; at++) {
            total += deltas[at];
            products += deltas[at] * (x.data[at] - mean) * inverse;
          }
        });
        biasGradient[c] += total;
        weightGradient[c] += products;
        const scale = weight[c] * inverse;
        forEachMap(c, (first) => {
          for (let at = first; at < first + map; at++) {
            const normalized = (x.data[at] - mean) * inverse;
            x.delta![at] += scale * (deltas[at] - (total + normalized * products) / m);
          }
        });
      }
    },
  };
}

function rectifier(_operation: Operation, [x]: readonly PlainValue[], y: PlainValue): PlainLayer {
  return {
    forward() {
      for (let at = 0; at < x.data.length; at++) y.data[at] = Math.max(x.data[at], 0);
    },
    backward() {
      for (let at = 0; at < x.data.length; at++) if (x.data[at] > 0) x.delta![at] += y.delta![at];
    },
  };
}

/** Windows that don't overlap and need no padding. */
function maxPool(operation: Operation, [x]: readonly PlainValue[], y: PlainValue): PlainLayer {
  const { kernel, stride } = operation.layer as Pool2d;
  const [, height, width] = x.shape;
  const [, rows, columns] = y.shape;
  const largest = new Int32Array(y.data.length);
  return {
    forward() {
      for (let to = 0; to < largest.length; to++) {
        const q = to % columns;
        const p = Math.floor(to / columns) % rows;
        const map = Math.floor(to / (rows * columns));
        let best = (map * height + stride * p) * width + stride * q;
        const corner = best;
        for (let r = 0; r < kernel[0]; r++)
          for (let c = 0; c < kernel[1]; c++)
            if (x.data[corner + r * width + c] > x.data[best]) best = corner + r * width + c;
        largest[to] = best;
        y.data[to] = x.data[best];
      }
    },
    backward() {
      for (let to = 0; to < largest.length; to++) x.delta![largest[to]] += y.delta![to];
    },
  };
}

function averageMap(_operation: Operation, [x]: readonly PlainValue[], y: PlainValue): PlainLayer {
  const map = x.data.length / y.data.length;
  return {
    forward() {
      for (let n = 0; n < y.data.length; n++) {
        let total = 0;
        for (let at = n * map; at < (n + 1) * map; at++) total += x.data[at];
        y.data[n] = total / map;
      }
    },
    backward() {
      for (let n = 0; n < y.data.length; n++)
        for (let at = n * map; at < (n + 1) * map; at++) x.delta![at] += y.delta![n] / map;
    },
  };
}

function sum(_operation: Operation, inputs: readonly PlainValue[], y: PlainValue): PlainLayer {
  return {
    forward() {
      for (let at = 0; at < y.data.length; at++) y.data[at] = inputs[0].data[at] + inputs[1].data[at];
    },
    backward() {
      for (const { delta } of inputs) for (let at = 0; at < y.data.length; at++) delta![at] += y.delta![at];
    },
  };
}
