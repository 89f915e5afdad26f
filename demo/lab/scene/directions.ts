/**
 * Two random directions around a net for its loss landscape, each filter (row of weights) scaled to the norm of the net's
 * own; biases stay. After Li et al., Visualizing the Loss Landscape of Neural Nets (2018), section 4.
 */

import type { Model } from "../../../src/index.ts";
import { parameterLayout } from "../../../src/model/layout.ts";
import { normalPair } from "../../../src/numeric/normal.ts";
import { PURPOSE } from "../../../src/numeric/threefry.ts";

/** `[P]` each, a function of seed, model and parameters. */
export function filterDirections(
  model: Model,
  parameters: ArrayLike<number>,
  seed: number,
): readonly [Float32Array, Float32Array] {
  const { tensors, size } = parameterLayout(model);
  const first = new Float32Array(size);
  const second = new Float32Array(size);
  for (const { shape, offset, size: count } of tensors) {
    // Biases, and the scales and shifts of BatchNorm, stay.
    if (shape.length < 2) continue;
    const inputs = count / shape[0];
    for (let o = 0; o < shape[0]; o++) {
      const from = offset + o * inputs;
      let norm = 0;
      const norms = [0, 0];
      for (let i = from; i < from + inputs; i++) {
        const [a, b] = normalPair(seed, PURPOSE.data, 1, i);
        first[i] = a;
        second[i] = b;
        norm += parameters[i] ** 2;
        norms[0] += a * a;
        norms[1] += b * b;
      }
      for (let i = from; i < from + inputs; i++) {
        first[i] *= Math.sqrt(norm / norms[0]);
        second[i] *= Math.sqrt(norm / norms[1]);
      }
    }
  }
  return [first, second];
}
