/**
 * The yardstick for speed: Mixup training of a net with one hidden ReLU layer as a competent programmer writes it in
 * plain TypeScript: loops over Float32Arrays, nothing allocated in a step, no GPU, no library, no tricks. In particular
 * it does the backward pass of all hidden units, those that are switched off too, as every engine here does. Adam,
 * softmax cross-entropy. Not the reference: that is float64 and in `src/reference/`.
 */

import { plainAdam } from "./plainAdam.ts";
import { plainLoss } from "./plainLoss.ts";

/** A net being trained by plain loops. */
export interface PlainNet {
  /** Flat, `[P]`: of a net D-H-C, W1 `[H, D]`, b1 `[H]`, W2 `[C, H]`, b2 `[C]`, one after another. */
  readonly parameters: Float32Array;
  /**
   * One step on a batch: point `first[at + b]` of `points` `[N, D]` and targets `[N, C]`, mixed with point
   * `partners[at + b]`, for b from 0 to B - 1. Returns its loss.
   */
  step(
    points: Float32Array,
    targets: Float32Array,
    lambda: number,
    first: Int32Array,
    partners: Int32Array,
    at: number,
    B: number,
  ): number;
}

/** A net D-H-C from given first parameters, which it copies. */
export function plainNet(
  [D, H, C]: readonly number[],
  learningRate: number,
  firstParameters: Float32Array,
): PlainNet {
  const parameters = Float32Array.from(firstParameters);
  const gradients = new Float32Array(parameters.length);
  const offsets = [0, H * D, H * D + H, H * D + H + C * H, parameters.length];
  const split = (all: Float32Array) => [0, 1, 2, 3].map((i) => all.subarray(offsets[i], offsets[i + 1]));
  const [w1, b1, w2, b2] = split(parameters);
  const [g1, gb1, g2, gb2] = split(gradients);
  const x = new Float32Array(D);
  const hidden = new Float32Array(H);
  const logits = new Float32Array(C);
  const deltas = new Float32Array(C);
  const update = plainAdam(parameters, gradients, learningRate);

  const forward = () => {
    for (let h = 0; h < H; h++) {
      let z = b1[h];
      for (let d = 0, i = h * D; d < D; d++, i++) z += w1[i] * x[d];
      hidden[h] = Math.max(z, 0);
    }
    for (let c = 0; c < C; c++) {
      let z = b2[c];
      for (let h = 0, i = c * H; h < H; h++, i++) z += w2[i] * hidden[h];
      logits[c] = z;
    }
  };
  const backward = () => {
    for (let c = 0; c < C; c++) {
      const delta = deltas[c];
      gb2[c] += delta;
      for (let h = 0, i = c * H; h < H; h++, i++) g2[i] += delta * hidden[h];
    }
    for (let h = 0; h < H; h++) {
      let delta = 0;
      for (let c = 0, i = h; c < C; c++, i += H) delta += w2[i] * deltas[c];
      if (!(hidden[h] > 0)) delta = 0;
      gb1[h] += delta;
      for (let d = 0, i = h * D; d < D; d++, i++) g1[i] += delta * x[d];
    }
  };

  return {
    parameters,
    step(points, targets, lambda, first, partners, at, B) {
      gradients.fill(0);
      let loss = 0;
      for (let b = at; b < at + B; b++) {
        const own = first[b];
        const partner = partners[b];
        for (let d = 0; d < D; d++)
          x[d] = lambda * points[own * D + d] + (1 - lambda) * points[partner * D + d];
        forward();
        loss += plainLoss(logits, deltas, targets, lambda, own, partner, B);
        backward();
      }
      update();
      return loss / B;
    },
  };
}
