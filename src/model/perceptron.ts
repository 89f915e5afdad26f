/**
 * Nets that are multi-layer perceptrons: dense layers with one and the same activation between them. What is written for
 * those alone (the resident executor, the scene of units, engines to compare with) asks here whether a net is one.
 */

import { ConfigError } from "../errors.ts";
import type { Activation, ActivationLayer } from "./layers/activation.ts";
import type { Dense } from "./layers/dense.ts";
import { type Model, sizeOf } from "./layers/layer.ts";
import { type Operation, traceModel } from "./trace.ts";

/** One dense layer's sizes and places in the flat vector of parameters. */
export interface LayerLayout {
  readonly inputs: number;
  readonly outputs: number;
  /** Weight `[outputs, inputs]`. */
  readonly weightOffset: number;
  /** -1 without bias. */
  readonly biasOffset: number;
}

/** A net of dense layers. */
export interface Perceptron {
  /** Units per layer, inputs first. */
  readonly sizes: readonly number[];
  readonly activation: Activation;
  /** With its settings. */
  readonly activationLayer: Omit<ActivationLayer, "name">;
  /** Whether every layer has a bias. */
  readonly bias: boolean;
  readonly layers: readonly LayerLayout[];
}

/** The net as a perceptron, or undefined if it is none. */
export function perceptron(model: Model): Perceptron | undefined {
  const trace = traceModel(model);
  const operations = trace.operations.filter(({ kind }) => kind !== "flatten");
  const dense = operations.filter((_, i) => i % 2 === 0);
  const between = operations.filter((_, i) => i % 2 === 1);
  if (operations.length % 2 === 0) return undefined;
  if (dense.some((operation) => !isWhole(operation)) || between.some(({ kind }) => kind !== "activation"))
    return undefined;
  const settings = between.map(({ layer }) => {
    const { name: _, ...rest } = layer as ActivationLayer;
    return rest;
  });
  const first: Omit<ActivationLayer, "name"> = settings[0] ?? { kind: "activation", activation: "identity" };
  const biased = "bias" in dense[0].parameters;
  if (settings.some((other) => JSON.stringify(other) !== JSON.stringify(first))) return undefined;
  if (dense.some(({ parameters }) => "bias" in parameters !== biased)) return undefined;
  const layers = dense.map(({ parameters: { weight, bias } }) => ({
    inputs: weight.shape[1],
    outputs: weight.shape[0],
    weightOffset: weight.offset,
    biasOffset: bias?.offset ?? -1,
  }));
  return {
    sizes: [sizeOf(model.inputShape), ...layers.map(({ outputs }) => outputs)],
    activation: first.activation,
    activationLayer: first,
    bias: biased,
    layers,
  };
}

/** Whether it is a dense layer of whole points. */
function isWhole({ kind, layer }: Operation): boolean {
  return kind === "dense" && (layer as Dense).rows === undefined;
}

/**
 * The net as a perceptron.
 * @throws ConfigError if it is none; `what` takes no other.
 */
export function perceptronOf(model: Model, what: string): Perceptron {
  const net = perceptron(model);
  if (net === undefined) {
    throw new ConfigError(
      "model",
      `${what} takes multi-layer perceptrons only: dense layers with one activation between them.`,
    );
  }
  return net;
}
