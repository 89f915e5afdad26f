/**
 * Many small nets at many points, fast enough for a picture while somebody drags: perceptrons from flat parameters, layer by layer,
 * points innermost. In float64, from the same numbers as the library's own forward pass.
 *
 * Not here: other nets (`predict.ts`).
 */

import type { Model } from "../../../src/index.ts";
import { type Perceptron, perceptron } from "../../../src/model/perceptron.ts";
import { activationFunctions } from "../../../src/reference/activation.ts";

export class Forward {
  private readonly net: Perceptron;
  private readonly activate: (z: number) => number;
  /** Points `[D, M]`. */
  private readonly inputs: Float64Array;
  /** Values `[units, M]` of two layers in turn. */
  private readonly values: [Float64Array, Float64Array];
  /** Indices of points of one number, by that number, where units are ramps over them. */
  private readonly order: Uint32Array | undefined;
  private readonly begun: Float64Array;

  /** `points` `[M, D]`. The model has to be a perceptron. */
  constructor(
    model: Model,
    points: ArrayLike<number>,
    private readonly count: number,
  ) {
    this.net = perceptron(model)!;
    const { value } = activationFunctions(this.net.activationLayer);
    this.activate = value;
    const D = this.net.sizes[0];
    this.inputs = new Float64Array(D * count);
    for (let m = 0; m < count; m++)
      for (let d = 0; d < D; d++) this.inputs[d * count + m] = points[m * D + d];
    const widest = Math.max(...this.net.sizes) * count;
    this.values = [new Float64Array(widest), new Float64Array(widest)];
    if (D === 1 && this.net.layers.length === 2 && this.net.activation === "relu")
      this.order = Uint32Array.from({ length: count }, (_, m) => m).sort((a, b) => points[a] - points[b]);
    this.begun = new Float64Array(this.order ? 4 * count * this.net.sizes[2] : 0);
  }

  /** Logits `[C, M]` of a net with parameters `[P]`; a view that the next call overwrites. */
  logits(parameters: ArrayLike<number>): Float64Array {
    const { layers, sizes } = this.net;
    if (this.order !== undefined) return this.ramps(parameters, this.order);
    if (layers.length === 2 && sizes[0] <= 2) return this.oneHidden(parameters);
    const M = this.count;
    let from = this.inputs;
    layers.forEach(({ inputs, outputs, weightOffset, biasOffset }, l) => {
      const into = this.values[l % 2];
      for (let o = 0; o < outputs; o++) {
        const row = o * M;
        into.fill(biasOffset < 0 ? 0 : parameters[biasOffset + o], row, row + M);
        for (let i = 0; i < inputs; i++) {
          const weight = parameters[weightOffset + o * inputs + i];
          const column = i * M;
          for (let m = 0; m < M; m++) into[row + m] += weight * from[column + m];
        }
      }
      if (l < layers.length - 1) this.activateAll(into, outputs * M);
      from = into;
    });
    return from.subarray(0, layers[layers.length - 1].outputs * M);
  }

  /** The same for a hidden layer over one or two inputs, unit by unit: nothing is written in between. */
  private oneHidden(parameters: ArrayLike<number>): Float64Array {
    const { net, inputs: points, count: M, activate } = this;
    const [hidden, last] = net.layers;
    const [D, H, C] = net.sizes;
    const isRelu = net.activation === "relu";
    const logits = this.values[1].subarray(0, C * M);
    for (let c = 0; c < C; c++)
      logits.fill(last.biasOffset < 0 ? 0 : parameters[last.biasOffset + c], c * M, (c + 1) * M);
    for (let h = 0; h < H; h++) {
      const bias = hidden.biasOffset < 0 ? 0 : parameters[hidden.biasOffset + h];
      const first = parameters[hidden.weightOffset + h * D];
      const second = D === 2 ? parameters[hidden.weightOffset + h * D + 1] : 0;
      const out = last.weightOffset + h;
      // Without a second input its weight is 0, whatever number it is multiplied with.
      const beside = D === 2 ? M : 0;
      for (let m = 0; m < M; m++) {
        const z = bias + first * points[m] + second * points[beside + m];
        if (isRelu && z <= 0) continue;
        const value = isRelu ? z : activate(z);
        for (let c = 0; c < C; c++) logits[c * M + m] += parameters[out + c * H] * value;
      }
    }
    return logits;
  }

  /**
   * The same for ramps over points on a line: a unit is a straight line from one point on to one end, so that it is added where it
   * begins, and all are summed along the line, once from each end.
   */
  private ramps(parameters: ArrayLike<number>, order: Uint32Array): Float64Array {
    const { net, inputs: points, count: M } = this;
    const [hidden, last] = net.layers;
    const [, H, C] = net.sizes;
    const logits = this.values[1].subarray(0, C * M);
    // Values at 0 and slopes `[C, M]`, of units that rise from a point on to the right, and to the left.
    const begun = this.begun.fill(0);
    for (let h = 0; h < H; h++) {
      const bias = hidden.biasOffset < 0 ? 0 : parameters[hidden.biasOffset + h];
      const slope = parameters[hidden.weightOffset + h];
      const falls = slope < 0;
      // Points below `low` are as flat as they should be, or as steep; numbers that are none count as steep.
      let [low, high] = [0, M];
      while (low < high) {
        const middle = (low + high) >>> 1;
        const isFlat = bias + slope * points[order[middle]] <= 0;
        if (isFlat === falls) high = middle;
        else low = middle + 1;
      }
      const from = falls ? low - 1 : low;
      if (from < 0 || from >= M) continue;
      for (let c = 0; c < C; c++) {
        const weight = parameters[last.weightOffset + c * H + h];
        const at = 4 * (c * M + from) + (falls ? 2 : 0);
        begun[at] += weight * bias;
        begun[at + 1] += weight * slope;
      }
    }
    for (let c = 0; c < C; c++) {
      const bias = last.biasOffset < 0 ? 0 : parameters[last.biasOffset + c];
      let [value, slope] = [bias, 0];
      for (let m = 0; m < M; m++) {
        value += begun[4 * (c * M + m)];
        slope += begun[4 * (c * M + m) + 1];
        logits[c * M + order[m]] = value + slope * points[order[m]];
      }
      [value, slope] = [0, 0];
      for (let m = M - 1; m >= 0; m--) {
        value += begun[4 * (c * M + m) + 2];
        slope += begun[4 * (c * M + m) + 3];
        logits[c * M + order[m]] += value + slope * points[order[m]];
      }
    }
    return logits;
  }

  /** Probabilities as they travel in a frame, `[M, K]`, of parameters `[P]`, into an array from a place on. */
  probabilities(parameters: ArrayLike<number>, into: Float32Array, at: number): void {
    const M = this.count;
    const logits = this.logits(parameters);
    const C = logits.length / M;
    if (C === 2) {
      for (let m = 0; m < M; m++) into[at + m] = 1 / (1 + Math.exp(logits[m] - logits[M + m]));
      return;
    }
    for (let m = 0; m < M; m++) {
      let largest = Number.NEGATIVE_INFINITY;
      for (let c = 0; c < C; c++) largest = Math.max(largest, logits[c * M + m]);
      let sum = 0;
      for (let c = 0; c < C; c++) sum += Math.exp(logits[c * M + m] - largest);
      for (let c = 0; c < C; c++) into[at + m * C + c] = Math.exp(logits[c * M + m] - largest) / sum;
    }
  }

  private activateAll(values: Float64Array, count: number): void {
    if (this.net.activation === "relu") {
      for (let i = 0; i < count; i++) if (values[i] < 0) values[i] = 0;
      return;
    }
    const { activate } = this;
    for (let i = 0; i < count; i++) values[i] = activate(values[i]);
  }
}

/** Error and mean loss of logits `[C, M]` at points of a class each; losses of mixed labels where there are partners. */
export function measure(
  logits: Float64Array,
  labels: ArrayLike<number>,
  mixed?: { readonly partners: ArrayLike<number>; readonly lambdas: ArrayLike<number> },
): { error: number; loss: number } {
  const M = labels.length;
  const C = logits.length / M;
  let [wrong, loss] = [0, 0];
  for (let m = 0; m < M; m++) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < C; c++) largest = Math.max(largest, logits[c * M + m]);
    let sum = 0;
    for (let c = 0; c < C; c++) sum += Math.exp(logits[c * M + m] - largest);
    const own = logits[labels[m] * M + m];
    if (own < largest) wrong++;
    const lambda = mixed?.lambdas[m] ?? 1;
    const other = mixed === undefined ? own : logits[mixed.partners[m] * M + m];
    loss += Math.log(sum) + largest - lambda * own - (1 - lambda) * other;
  }
  return { error: wrong / M, loss: loss / M };
}
