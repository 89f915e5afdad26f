/**
 * The yardstick for speed: Mixup training of a net with one hidden ReLU layer as anyone would write it in plain
 * TypeScript, loops over Float32Arrays, no GPU, no library. Adam, softmax cross-entropy, one lambda a step, partners
 * uniform. Not the reference: that is float64 and in `src/reference/`.
 */

/** A net being trained by plain loops. */
export interface PlainNet {
  /** One step on a full batch of points `[N, D]` with one-hot targets `[N, C]`; returns its loss. */
  step(points: Float32Array, targets: Float32Array, lambda: number, partners: Uint32Array): number;
}

/** A net D-H-C with PyTorch's initialisation from `random` (uniform in [0, 1)). */
export function plainNet(
  D: number,
  H: number,
  C: number,
  learningRate: number,
  random: () => number,
): PlainNet {
  const tensor = (size: number, fanIn: number) =>
    Float32Array.from({ length: size }, () => (2 * random() - 1) / Math.sqrt(fanIn));
  const parameters = [tensor(H * D, D), tensor(H, D), tensor(C * H, H), tensor(C, H)];
  const gradients = parameters.map((p) => new Float32Array(p.length));
  const first = parameters.map((p) => new Float32Array(p.length));
  const second = parameters.map((p) => new Float32Array(p.length));
  const [w1, b1, w2, b2] = parameters;
  const [g1, gb1, g2, gb2] = gradients;
  const x = new Float32Array(D);
  const hidden = new Float32Array(H);
  const logits = new Float32Array(C);
  const deltas = new Float32Array(C);
  let t = 0;
  return {
    step(points, targets, lambda, partners) {
      const N = partners.length;
      for (const gradient of gradients) gradient.fill(0);
      let loss = 0;
      for (let n = 0; n < N; n++) {
        const partner = partners[n];
        for (let d = 0; d < D; d++)
          x[d] = lambda * points[n * D + d] + (1 - lambda) * points[partner * D + d];
        for (let h = 0; h < H; h++) {
          let z = b1[h];
          for (let d = 0; d < D; d++) z += w1[h * D + d] * x[d];
          hidden[h] = z > 0 ? z : 0;
        }
        let largest = Number.NEGATIVE_INFINITY;
        for (let c = 0; c < C; c++) {
          let z = b2[c];
          for (let h = 0; h < H; h++) z += w2[c * H + h] * hidden[h];
          logits[c] = z;
          if (z > largest) largest = z;
        }
        let sum = 0;
        for (let c = 0; c < C; c++) sum += Math.exp(logits[c] - largest);
        for (let c = 0; c < C; c++) {
          const y = lambda * targets[n * C + c] + (1 - lambda) * targets[partner * C + c];
          loss += y * (largest + Math.log(sum) - logits[c]);
          deltas[c] = (Math.exp(logits[c] - largest) / sum - y) / N;
        }
        for (let c = 0; c < C; c++) {
          gb2[c] += deltas[c];
          for (let h = 0; h < H; h++) g2[c * H + h] += deltas[c] * hidden[h];
        }
        for (let h = 0; h < H; h++) {
          if (hidden[h] === 0) continue;
          let back = 0;
          for (let c = 0; c < C; c++) back += w2[c * H + h] * deltas[c];
          gb1[h] += back;
          for (let d = 0; d < D; d++) g1[h * D + d] += back * x[d];
        }
      }
      t++;
      const stepSize = learningRate / (1 - 0.9 ** t);
      const correction = 1 / Math.sqrt(1 - 0.999 ** t);
      for (let p = 0; p < parameters.length; p++) {
        const [w, g, m, v] = [parameters[p], gradients[p], first[p], second[p]];
        for (let i = 0; i < w.length; i++) {
          m[i] = 0.9 * m[i] + 0.1 * g[i];
          v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
          w[i] -= (stepSize * m[i]) / (Math.sqrt(v[i]) * correction + 1e-8);
        }
      }
      return loss / N;
    },
  };
}
