/** Operations number by number: activations, flattening, the sum of a residual block's two ways, dropout. */

import type { ActivationLayer } from "../../model/layers/activation.ts";
import type { Dropout } from "../../model/layers/dropout.ts";
import { PURPOSE, threefry } from "../../numeric/threefry.ts";
import { activationFunctions } from "../activation.ts";
import type { CreateLayer } from "./layer.ts";

export const createActivation: CreateLayer = ({ layer }, [x], y) => {
  // A residual block brings its activation along.
  const functions = activationFunctions(
    layer.kind === "activation"
      ? (layer as ActivationLayer)
      : (layer as unknown as { activation: ActivationLayer }).activation,
  );
  return {
    forward({ count }) {
      for (let i = 0; i < count * x.size; i++) y.data[i] = functions.value(x.data[i]);
    },
    backward({ count }) {
      for (let i = 0; i < count * x.size; i++) x.delta[i] += y.delta[i] * functions.slope(x.data[i]);
    },
  };
};

export const createFlatten: CreateLayer = (_operation, [x], y) => ({
  forward({ count }) {
    y.data.set(x.data.subarray(0, count * x.size));
  },
  backward({ count }) {
    for (let i = 0; i < count * x.size; i++) x.delta[i] += y.delta[i];
  },
});

export const createAdd: CreateLayer = (_operation, [main, shortcut], y) => ({
  forward({ count }) {
    for (let i = 0; i < count * y.size; i++) y.data[i] = main.data[i] + shortcut.data[i];
  },
  backward({ count }) {
    for (let i = 0; i < count * y.size; i++) {
      main.delta[i] += y.delta[i];
      shortcut.delta[i] += y.delta[i];
    }
  },
});

/** A number of the batch is dropped if the first word of threefry(seed, dropout + 256 place; step, number) is below p 2^32. */
export const createDropout: CreateLayer = ({ layer }, [x], y, place) => {
  const { probability } = layer as Dropout;
  const bound = Math.round(probability * 2 ** 32);
  const scale = 1 / (1 - probability);
  return {
    forward({ count, training }) {
      for (let i = 0; i < count * x.size; i++) y.data[i] = x.data[i] * factor(i, training);
    },
    backward({ count, training }) {
      for (let i = 0; i < count * x.size; i++) x.delta[i] += y.delta[i] * factor(i, training);
    },
  };

  function factor(i: number, training?: { seed: number; step: number }): number {
    if (training === undefined) return 1;
    const word = threefry(training.seed, PURPOSE.dropout + 256 * place, training.step, i);
    return word < bound ? 0 : scale;
  }
};
