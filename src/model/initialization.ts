/**
 * A net's first parameters, as PyTorch's `nn.Linear` makes them: weights and biases uniform in
 * [-1/sqrt(fan_in), +1/sqrt(fan_in)). A function of the seed alone. Twin of `shaders/step/initialize.wgsl`,
 * bit for bit.
 */

import { PURPOSE, symmetricUnit, threefry } from "../numeric/threefry.ts";
import { parameterLayout } from "./layout.ts";
import type { Model } from "./model.ts";

/**
 * First parameters, `[P]`, in the layout of `layout.ts`. Element e of a tensor is made from the first word of
 * threefry(seed, initialization; tensor, e), where tensor is 2 * layer for a weight and 2 * layer + 1 for a
 * bias.
 */
export function initialParameters(model: Model, seed: number): Float32Array {
  const { layers, size } = parameterLayout(model);
  const parameters = new Float32Array(size);
  layers.forEach(({ inputs, outputs, weightOffset, biasOffset }, l) => {
    const bound = Math.fround(1 / Math.sqrt(inputs));
    const fill = (tensor: number, offset: number, count: number) => {
      for (let element = 0; element < count; element++) {
        const word = threefry(seed, PURPOSE.initialization, tensor, element);
        // The product of two 32-bit floats, rounded once, as the GPU does it.
        parameters[offset + element] = symmetricUnit(word) * bound;
      }
    };
    fill(2 * l, weightOffset, inputs * outputs);
    if (biasOffset >= 0) fill(2 * l + 1, biasOffset, outputs);
  });
  return parameters;
}
