/**
 * A net's first parameters, as the trace describes them; weights and biases as PyTorch makes them. A function of the seed
 * alone. Twin of `shaders/step/initialize.wgsl`, bit for bit.
 */

import { normalPair } from "../numeric/normal.ts";
import { PURPOSE, symmetricUnit, threefry } from "../numeric/threefry.ts";
import type { Model } from "./layers/layer.ts";
import { parameterLayout } from "./layout.ts";

/**
 * First parameters, `[P]`, in the layout of the trace. Element e of a tensor is made from the first word of
 * threefry(seed, initialization; stream, e), where the stream is 2 l for the l-th weight and 2 l + 1 for its bias.
 */
export function initialParameters(model: Model, seed: number): Float32Array {
  const { tensors, size } = parameterLayout(model);
  const parameters = new Float32Array(size);
  for (const { initial, offset, size: count } of tensors) {
    if (initial.kind === "constant") {
      parameters.fill(initial.value, offset, offset + count);
      continue;
    }
    const bound = initial.kind === "uniform" ? Math.fround(initial.bound) : 0;
    for (let element = 0; element < count; element++) {
      const word = threefry(seed, PURPOSE.initialization, initial.stream, element);
      parameters[offset + element] =
        initial.kind === "uniform"
          ? // The product of two 32-bit floats, rounded once, as the GPU does it.
            symmetricUnit(word) * bound
          : initial.deviation * normalPair(seed, PURPOSE.initialization, initial.stream, element)[0];
    }
  }
  return parameters;
}
