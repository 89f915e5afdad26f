/**
 * A net's forward and backward pass over one batch, in float64: y = W x + b per layer, the activation between
 * layers. Parameters and gradients are flat, in the layout of `model/layout.ts`.
 *
 * Not here: mixing and the loss (`batch.ts`), the update (`optimizer.ts`).
 */

import { type ParameterLayout, parameterLayout } from "../model/layout.ts";
import type { Model } from "../model/model.ts";
import { type ActivationFunctions, activationFunctions } from "./activation.ts";

/**
 * A net's workspace for batches of up to `capacity` samples. One at a time: `backward` belongs to the last
 * `forward`.
 */
export class Network {
  readonly layout: ParameterLayout;
  readonly outputs: number;
  private readonly activation: ActivationFunctions;
  /** What enters each layer, `[B, inputs]`: the batch, then activations. */
  private readonly entering: Float64Array[];
  /** What each layer computes, `[B, outputs]`, before the activation; the last are the logits. */
  private readonly computed: Float64Array[];
  /** d loss / d computed, `[B, outputs]`. */
  private readonly deltas: Float64Array[];

  constructor(model: Model, capacity: number) {
    this.layout = parameterLayout(model);
    this.outputs = model.sizes[model.sizes.length - 1];
    this.activation = activationFunctions(model);
    const { layers } = this.layout;
    this.entering = layers.map(({ inputs }) => new Float64Array(capacity * inputs));
    this.computed = layers.map(({ outputs }) => new Float64Array(capacity * outputs));
    this.deltas = layers.map(({ outputs }) => new Float64Array(capacity * outputs));
  }

  /** The batch, `[B, D]`: write it here before `forward`. */
  get inputs(): Float64Array {
    return this.entering[0];
  }

  /** The last forward pass's logits, `[B, C]`. */
  get logits(): Float64Array {
    return this.computed[this.computed.length - 1];
  }

  /** d loss / d logits, `[B, C]`: write it here before `backward`. */
  get logitDeltas(): Float64Array {
    return this.deltas[this.deltas.length - 1];
  }

  /** Computes the logits of the first `count` rows of `inputs`. */
  forward(parameters: Float64Array, count: number): void {
    const { layers } = this.layout;
    layers.forEach(({ inputs, outputs, weightOffset, biasOffset }, l) => {
      const [x, y] = [this.entering[l], this.computed[l]];
      for (let b = 0; b < count; b++) {
        for (let o = 0; o < outputs; o++) {
          let sum = biasOffset < 0 ? 0 : parameters[biasOffset + o];
          const weights = weightOffset + o * inputs;
          for (let i = 0; i < inputs; i++) sum += parameters[weights + i] * x[b * inputs + i];
          y[b * outputs + o] = sum;
        }
      }
      if (l + 1 < layers.length) {
        const next = this.entering[l + 1];
        for (let i = 0; i < count * outputs; i++) next[i] = this.activation.value(y[i]);
      }
    });
  }

  /** Adds to `gradients` (`[P]`) those of the first `count` rows, from `logitDeltas`. */
  backward(parameters: Float64Array, count: number, gradients: Float64Array): void {
    const { layers } = this.layout;
    for (let l = layers.length - 1; l >= 0; l--) {
      const { inputs, outputs, weightOffset, biasOffset } = layers[l];
      const [x, delta] = [this.entering[l], this.deltas[l]];
      for (let b = 0; b < count; b++) {
        for (let o = 0; o < outputs; o++) {
          const d = delta[b * outputs + o];
          const weights = weightOffset + o * inputs;
          for (let i = 0; i < inputs; i++) gradients[weights + i] += d * x[b * inputs + i];
          if (biasOffset >= 0) gradients[biasOffset + o] += d;
        }
      }
      if (l > 0) this.backwardThrough(l, parameters, count);
    }
  }

  /** The deltas of the layer below layer l: back through its weights and the activation that feeds it. */
  private backwardThrough(l: number, parameters: Float64Array, count: number): void {
    const { inputs, outputs, weightOffset } = this.layout.layers[l];
    const [delta, below, preActivation] = [this.deltas[l], this.deltas[l - 1], this.computed[l - 1]];
    below.fill(0, 0, count * inputs);
    for (let b = 0; b < count; b++) {
      for (let o = 0; o < outputs; o++) {
        const d = delta[b * outputs + o];
        const weights = weightOffset + o * inputs;
        for (let i = 0; i < inputs; i++) below[b * inputs + i] += d * parameters[weights + i];
      }
    }
    for (let i = 0; i < count * inputs; i++) below[i] *= this.activation.slope(preActivation[i]);
  }
}
