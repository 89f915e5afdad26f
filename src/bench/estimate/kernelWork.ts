/**
 * What a training step asks of each of our kernels, counted from the sizes: multiply-adds, and bytes that have to be
 * read or written at least once. Caches and registers are taken to be perfect, so no kernel can do with less.
 */

import { parameterLayout } from "../../model/layout.ts";
import { perceptronOf } from "../../model/perceptron.ts";
import { type Population, populationMoments } from "../../population/population.ts";

export interface Work {
  readonly multiplyAdds: number;
  readonly bytes: number;
}

/** Multiply-adds of one parameter's Adam update, a square root and a division counted as one each. */
const UPDATE_OPERATIONS = 8;

/** Work of one step of the whole population, by kernel; all its layers together. */
export function kernelWork(population: Population): Readonly<Record<string, Work>> {
  const { model, runs, batchSize: B, data } = population;
  const R = runs.length;
  const P = parameterLayout(model).size;
  const moments = populationMoments(population);
  const layers = perceptronOf(model, "the estimate").layers.map(({ inputs, outputs }) => ({
    inputs,
    units: outputs,
  }));
  const outputs = layers[layers.length - 1].units;
  const weights = layers.reduce((sum, { inputs, units }) => sum + inputs * units, 0);
  /** Weights of all layers but the first, whose inputs need no deltas. */
  const inner = weights - layers[0].inputs * layers[0].units;
  const inputs = layers.reduce((sum, layer) => sum + layer.inputs, 0);
  const units = layers.reduce((sum, layer) => sum + layer.units, 0);
  const hidden = units - outputs;
  const products = B * (2 * weights + inner);
  const numbers = (count: number) => 4 * R * count;
  return {
    // Parameters and moments come and go once a submit, not once a step: no bytes to speak of.
    resident: { multiplyAdds: R * (products + UPDATE_OPERATIONS * P), bytes: 0 },
    sample: { multiplyAdds: 0, bytes: numbers(4 * B) },
    mix: {
      multiplyAdds: R * B * (data.dimensions + outputs),
      bytes: numbers(3 * B * (data.dimensions + outputs)),
    },
    linearForward: { multiplyAdds: R * B * weights, bytes: numbers(weights + B * (inputs + units + hidden)) },
    loss: { multiplyAdds: 0, bytes: numbers(3 * B * outputs) },
    linearBackwardInput: {
      multiplyAdds: R * B * inner,
      bytes: numbers(inner + B * (units - layers[0].units + 2 * hidden)),
    },
    linearBackwardWeight: { multiplyAdds: R * B * weights, bytes: numbers(P + B * (inputs + units)) },
    optimizer: { multiplyAdds: R * UPDATE_OPERATIONS * P, bytes: numbers(P * (3 + 2 * moments)) },
    advance: { multiplyAdds: 0, bytes: 0 },
  };
}
