/** Dense layers: y[b, o] = bias[o] + sum_i w[o, i] x[b, i]; b counts samples, or the rows of their maps. */

import type { CreateLayer } from "./layer.ts";

export const createDense: CreateLayer = ({ parameters: { weight, bias } }, [x], y) => {
  const [outputs, inputs] = weight.shape;
  const rows = x.size / inputs;
  return {
    forward({ count, parameters }) {
      for (let b = 0; b < count * rows; b++) {
        for (let o = 0; o < outputs; o++) {
          let sum = bias === undefined ? 0 : parameters[bias.offset + o];
          const row = weight.offset + o * inputs;
          for (let i = 0; i < inputs; i++) sum += parameters[row + i] * x.data[b * inputs + i];
          y.data[b * outputs + o] = sum;
        }
      }
    },
    backward({ count, parameters }, gradients) {
      for (let b = 0; b < count * rows; b++) {
        for (let o = 0; o < outputs; o++) {
          const d = y.delta[b * outputs + o];
          const row = weight.offset + o * inputs;
          for (let i = 0; i < inputs; i++) gradients[row + i] += d * x.data[b * inputs + i];
          for (let i = 0; i < inputs && !x.isInput; i++) x.delta[b * inputs + i] += d * parameters[row + i];
          if (bias !== undefined) gradients[bias.offset + o] += d;
        }
      }
    },
  };
};
