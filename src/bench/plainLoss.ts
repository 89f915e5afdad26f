/** Softmax cross-entropy of one sample as plain loops, for the yardstick's nets. */

/**
 * Loss of logits `[C]` under the mixed targets of two points (rows `own` and `partner` of `targets` `[N, C]`); writes
 * its derivative divided by the batch size `B` to `deltas` `[C]`.
 */
export function plainLoss(
  logits: Float32Array,
  deltas: Float32Array,
  targets: Float32Array,
  lambda: number,
  own: number,
  partner: number,
  B: number,
): number {
  const C = logits.length;
  let largest = logits[0];
  for (let c = 1; c < C; c++) largest = Math.max(largest, logits[c]);
  let sum = 0;
  for (let c = 0; c < C; c++) sum += Math.exp(logits[c] - largest);
  const logSum = largest + Math.log(sum);
  let loss = 0;
  for (let c = 0; c < C; c++) {
    const y = lambda * targets[own * C + c] + (1 - lambda) * targets[partner * C + c];
    loss += y * (logSum - logits[c]);
    deltas[c] = (Math.exp(logits[c] - logSum) - y) / B;
  }
  return loss;
}
