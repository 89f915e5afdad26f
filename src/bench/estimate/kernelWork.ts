/**
 * What a training step asks of each of our kernels, counted from the sizes: multiply-adds, and bytes that have to be
 * read or written at least once. Caches and registers are taken to be perfect, so no kernel can do with less.
 *
 * Not here: the work of layers, dispatch by dispatch (`layerWork.ts`).
 */

import type { Variants } from "../../kernels/variants.ts";
import { parameterLayout } from "../../model/layout.ts";
import { traceModel } from "../../model/trace.ts";
import { type Population, populationMoments } from "../../population/population.ts";
import { isMixedOnTheWay } from "../../training/gpu/layered/inputs.ts";
import { stagesOf } from "../../training/gpu/layered/stages.ts";
import { layerWork } from "./layerWork.ts";

export interface Work {
  readonly multiplyAdds: number;
  readonly bytes: number;
}

/** Multiply-adds of one parameter's Adam update, a square root and a division counted as one each. */
const UPDATE_OPERATIONS = 8;

/** Work of one step of the whole population, by kernel; all its layers together. */
export function kernelWork(population: Population, variants: Variants): Readonly<Record<string, Work>> {
  const { model, runs, batchSize: B, data } = population;
  const R = runs.length;
  const P = parameterLayout(model).size;
  const moments = populationMoments(population);
  const trace = traceModel(model);
  const { outputs } = trace;
  const mixed = outputs + (isMixedOnTheWay(stagesOf(trace)[0], population) ? 0 : data.dimensions);
  const numbers = (count: number) => 4 * R * count;
  const layers: Record<string, Work> = {};
  let multiplyAdds = R * UPDATE_OPERATIONS * P;
  for (const { kernel, ...dispatch } of layerWork(population, variants)) {
    const sum = layers[kernel] ?? { multiplyAdds: 0, bytes: 0 };
    layers[kernel] = {
      multiplyAdds: sum.multiplyAdds + R * dispatch.multiplyAdds,
      bytes: sum.bytes + numbers(dispatch.values),
    };
    multiplyAdds += R * dispatch.multiplyAdds;
  }
  const logits = layers.head;
  const losses = numbers(3 * B * outputs);
  return {
    // Parameters and moments come and go once a submit, not once a step: no bytes to speak of.
    resident: { multiplyAdds, bytes: 0 },
    sample: { multiplyAdds: 0, bytes: numbers(4 * B) },
    mix: { multiplyAdds: R * B * mixed, bytes: numbers(3 * B * mixed) },
    ...layers,
    loss: { multiplyAdds: 0, bytes: losses },
    // Logits, where these are computed there; losses; the end of the step.
    head: { multiplyAdds: logits?.multiplyAdds ?? 0, bytes: losses + (logits?.bytes ?? 0) },
    optimizer: { multiplyAdds: R * UPDATE_OPERATIONS * P, bytes: numbers(P * (3 + 2 * moments)) },
    advance: { multiplyAdds: 0, bytes: 0 },
  };
}
