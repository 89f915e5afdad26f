/**
 * The derivative of the outer loss by weights as any net allows it: the part that is a sum over all parameters, grad l_i . g for every
 * training point, by central differences of losses along g. Two evaluations of two nets, on the device.
 */

import { erm } from "../../mixing/mixing.ts";
import type { NamedTensors } from "../../model/layout.ts";
import { mlp } from "../../model/nets.ts";
import { sgd } from "../../model/optimizer.ts";
import { stacked } from "../splits.ts";
import type { Trainer } from "../trainer.ts";
import type { FairDraw } from "./data.ts";

/** A point of one draw's path: parameters, and a direction. */
export interface Direction {
  readonly theta: Float64Array;
  readonly direction: Float64Array;
}

/** Length of a step to each side: a logistic model has no kinks, so rounding decides. */
const STEP = 1e-2;

/**
 * grad l_i . direction at the training points of each draw, `[draws][N]`, one direction a draw.
 * @throws the trainer's errors as they are.
 */
export async function directionalDerivatives(
  trainer: Pick<Trainer, "open">,
  draws: readonly FairDraw[],
  directions: readonly Direction[],
): Promise<Float64Array[]> {
  const { data, splits } = stacked(draws);
  const sides = directions.flatMap(({ theta, direction }) => {
    const length = Math.hypot(...direction);
    return [1, -1].map((side) => theta.map((value, d) => value + (side * STEP * direction[d]) / length));
  });
  const population = trainer.open({
    data,
    // The bias is an input.
    model: mlp([data.dimensions, 1], { bias: false }),
    loss: "logistic",
    optimizer: sgd({ learningRate: 1 }),
    batch: 1,
    runs: sides.map((theta, r) => ({ seed: r, mixing: erm(), parameters: parametersOf(theta) })),
  });
  try {
    const points = sides.map((_, r) => splits[r >> 1].training);
    const evaluations = await population.evaluate(undefined, { points });
    return directions.map(({ direction }, k) => {
      const [above, below] = [evaluations[2 * k].losses, evaluations[2 * k + 1].losses];
      const scale = Math.hypot(...direction) / (2 * STEP);
      return above.map((loss, i) => (loss - below[i]) * scale);
    });
  } finally {
    population.destroy();
  }
}

function parametersOf(theta: Float64Array): NamedTensors {
  return { "layers.0.weight": { shape: [1, theta.length], data: Float32Array.from(theta) } };
}
