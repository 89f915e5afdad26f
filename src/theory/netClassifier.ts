/** A trained net as a plain function, in float64: what the theory takes for a classifier. */

import type { Model } from "../model/layers/layer.ts";
import { sizeOf } from "../model/layers/layer.ts";
import { flattenParameters, type NamedTensors } from "../model/layout.ts";
import { traceModel } from "../model/trace.ts";
import { Network } from "../reference/network.ts";
import type { Classifier } from "./classifier.ts";

/** Points that go through the net at a time. */
const CHUNK = 512;

/**
 * The logits of a net with these parameters, as trained on either backend.
 * @throws ConfigError for parameters that are not the model's.
 */
export function netClassifier(model: Model, parameters: NamedTensors): Classifier {
  const net = flattenParameters(model, parameters);
  const network = new Network(traceModel(model), CHUNK);
  const [D, C] = [sizeOf(model.inputShape), network.outputs];
  return (points, count) => {
    const logits = new Float64Array(count * C);
    for (let from = 0; from < count; from += CHUNK) {
      const rows = Math.min(CHUNK, count - from);
      network.inputs.set(points.subarray(from * D, (from + rows) * D));
      network.forward({ ...net, count: rows });
      logits.set(network.logits.subarray(0, rows * C), from * C);
    }
    return logits;
  };
}

/** Softmax of each row of `logits [count, C]`. */
export function softmaxRows(logits: ArrayLike<number>, count: number): Float64Array {
  const C = logits.length / count;
  const probabilities = new Float64Array(logits.length);
  for (let row = 0; row < count; row++) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < C; c++) largest = Math.max(largest, logits[row * C + c]);
    let sum = 0;
    for (let c = 0; c < C; c++) {
      probabilities[row * C + c] = Math.exp(logits[row * C + c] - largest);
      sum += probabilities[row * C + c];
    }
    for (let c = 0; c < C; c++) probabilities[row * C + c] /= sum;
  }
  return probabilities;
}
