/**
 * Batch normalisation: y = weight (x - mean) / sqrt(variance + epsilon) + bias by channel. In training mean and (biased)
 * variance are those of the batch over samples and map, m numbers, and the running statistics move towards them, with the
 * variance times m / (m - 1); in evaluation they are the running ones.
 */

import type { BatchNorm2d } from "../../model/layers/batchNorm2d.ts";
import { isFinite32 } from "../finite.ts";
import type { CreateLayer } from "./layer.ts";

export const createBatchNorm2d: CreateLayer = ({ layer, parameters, state }, [x], y) => {
  const { epsilon, momentum } = layer as BatchNorm2d;
  const { weight, bias } = parameters;
  const [channels, height, width] = x.shape;
  const map = height * width;
  const means = new Float64Array(channels);
  const variances = new Float64Array(channels);

  /** Calls `use` with the place of each of a channel's numbers. */
  function forEachOf(channel: number, count: number, use: (at: number) => void): void {
    for (let b = 0; b < count; b++) {
      const first = (b * channels + channel) * map;
      for (let at = first; at < first + map; at++) use(at);
    }
  }

  function moveRunning(current: Float64Array, m: number): void {
    const tracked = ++current[state.num_batches_tracked.offset];
    const share = momentum === "cumulative" ? 1 / tracked : momentum;
    for (let c = 0; c < channels; c++) {
      // Statistics beyond 32 bits stay out: the run is about to fail, and its last good state is to be kept.
      if (!isFinite32(means[c]) || !isFinite32(variances[c])) continue;
      const mean = state.running_mean.offset + c;
      const variance = state.running_var.offset + c;
      current[mean] += share * (means[c] - current[mean]);
      current[variance] += share * ((variances[c] * m) / (m - 1) - current[variance]);
    }
  }

  return {
    forward({ count, parameters: values, state: current, training }) {
      const m = count * map;
      for (let c = 0; c < channels; c++) {
        means[c] = current[state.running_mean.offset + c];
        variances[c] = current[state.running_var.offset + c];
        if (training !== undefined) {
          let sum = 0;
          forEachOf(c, count, (at) => {
            sum += x.data[at];
          });
          means[c] = sum / m;
          let squares = 0;
          forEachOf(c, count, (at) => {
            squares += (x.data[at] - means[c]) ** 2;
          });
          variances[c] = squares / m;
        }
        const scale = values[weight.offset + c] / Math.sqrt(variances[c] + epsilon);
        forEachOf(c, count, (at) => {
          y.data[at] = scale * (x.data[at] - means[c]) + values[bias.offset + c];
        });
      }
      if (training !== undefined) moveRunning(current, m);
    },
    backward({ count, parameters: values }, gradients) {
      const m = count * map;
      for (let c = 0; c < channels; c++) {
        const deviation = Math.sqrt(variances[c] + epsilon);
        let sum = 0;
        let sumNormalized = 0;
        forEachOf(c, count, (at) => {
          sum += y.delta[at];
          sumNormalized += (y.delta[at] * (x.data[at] - means[c])) / deviation;
        });
        gradients[bias.offset + c] += sum;
        gradients[weight.offset + c] += sumNormalized;
        const scale = values[weight.offset + c] / deviation;
        forEachOf(c, count, (at) => {
          const normalized = (x.data[at] - means[c]) / deviation;
          x.delta[at] += scale * (y.delta[at] - sum / m - (normalized * sumNormalized) / m);
        });
      }
    },
  };
};
