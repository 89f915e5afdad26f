/**
 * The loss of a batch of pairs and its gradient, in float64. What it means is in `model/loss.ts`. Twin of `shaders/step/pairSums.wgsl`,
 * `pairDeltas.wgsl` and the kernels of embeddings beside them.
 *
 * Not here: measures of many pairs (`model/metrics/pairs.ts`).
 */

import type { ContrastiveLoss } from "../model/loss.ts";
import { normalizedRows, type PairLogSums, pairLogSums, SHORTEST } from "../model/metrics/pairs.ts";
import type { BatchLoss } from "./loss.ts";

/** Probabilities of what does not match count as no more. */
const MOST_PROBABILITY = 0.999;

/** What the last batch was made of. */
interface PairPass {
  /** Embeddings of length 1, `[B, H]` each, and their lengths before. */
  readonly embeddings: readonly { rows: Float64Array; lengths: Float64Array }[];
  /** S, `[B, B]`. */
  readonly similarities: Float64Array;
  readonly sums: PairLogSums;
}

/** The loss of pairs as a function of a batch. */
export function contrastiveLoss({ temperature, complementary }: ContrastiveLoss): BatchLoss {
  let pass: PairPass;

  /** c_ij, p_ij of a pair that does not match. */
  function mismatch({ similarities, sums }: PairPass, i: number, j: number): [number, number] {
    const similarity = similarities[i * sums.own.length + j];
    return [Math.exp(similarity - sums.otherRows[i]), Math.exp(similarity - sums.rows[i])];
  }

  /** Minus the derivative of c_ij log(1 - p_ij) by log p_ij. */
  function slope(i: number, j: number): number {
    const [share, probability] = mismatch(pass, i, j);
    return probability < MOST_PROBABILITY ? (share * probability) / (1 - probability) : 0;
  }

  return {
    values(logits, _targets, losses, outputs) {
      const B = losses.length;
      pass = pairPass(logits, B, outputs, temperature);
      for (let i = 0; i < B; i++) {
        losses[i] = -pass.sums.ownScores[i] / 2;
        if (complementary === 0) continue;
        for (let j = 0; j < B; j++) {
          if (j === i) continue;
          const [share, probability] = mismatch(pass, i, j);
          losses[i] -= complementary * share * Math.log1p(-Math.min(probability, MOST_PROBABILITY));
        }
      }
    },
    deltas(_logits, _targets, weights, outputs, deltas) {
      const B = weights.length;
      const { similarities, sums } = pass;
      const bySimilarity = new Float64Array(B * B);
      for (let i = 0; i < B; i++) {
        let slopes = 0;
        if (complementary > 0) for (let j = 0; j < B; j++) if (j !== i) slopes += slope(i, j);
        for (let j = 0; j < B; j++) {
          const similarity = similarities[i * B + j];
          const [p, q] = [Math.exp(similarity - sums.rows[i]), Math.exp(similarity - sums.columns[j])];
          // 1 - p of the pair itself is what the others have: a difference would cancel.
          const row = i === j ? -Math.exp(sums.otherRows[i] - sums.rows[i]) : p;
          const column = i === j ? -Math.exp(sums.otherColumns[j] - sums.columns[j]) : q;
          let derivative = (weights[i] * row + weights[j] * column) / 2;
          if (complementary > 0)
            derivative += complementary * weights[i] * ((i === j ? 0 : slope(i, j)) - p * slopes);
          bySimilarity[i * B + j] = derivative / (B * temperature);
        }
      }
      throughEmbeddings(pass, bySimilarity, outputs, deltas);
    },
  };
}

function pairPass(logits: Float64Array, B: number, outputs: number, temperature: number): PairPass {
  const embeddings = [0, 1].map((half) => normalizedRows(logits, B, outputs, half));
  const [first, second] = embeddings.map(({ rows }) => rows);
  const H = outputs / 2;
  const similarities = new Float64Array(B * B);
  for (let i = 0; i < B; i++) {
    for (let j = 0; j < B; j++) {
      let product = 0;
      for (let h = 0; h < H; h++) product += first[i * H + h] * second[j * H + h];
      similarities[i * B + j] = product / temperature;
    }
  }
  return { embeddings, similarities, sums: pairLogSums(first, second, B, temperature) };
}

/** From derivatives by cosines, `[B, B]`, to those by the outputs, `[B, outputs]`. */
function throughEmbeddings(
  { embeddings }: PairPass,
  byCosine: Float64Array,
  outputs: number,
  deltas: Float64Array,
): void {
  const H = outputs / 2;
  const B = byCosine.length ** 0.5;
  embeddings.forEach(({ rows, lengths }, half) => {
    const others = embeddings[1 - half].rows;
    const byUnit = new Float64Array(H);
    for (let b = 0; b < B; b++) {
      byUnit.fill(0);
      for (let j = 0; j < B; j++) {
        const derivative = byCosine[half === 0 ? b * B + j : j * B + b];
        for (let h = 0; h < H; h++) byUnit[h] += derivative * others[j * H + h];
      }
      let along = 0;
      for (let h = 0; h < H; h++) along += byUnit[h] * rows[b * H + h];
      // Below the shortest length the divisor is a constant.
      if (lengths[b] <= SHORTEST) along = 0;
      for (let h = 0; h < H; h++)
        deltas[b * outputs + half * H + h] =
          (byUnit[h] - along * rows[b * H + h]) / Math.max(lengths[b], SHORTEST);
    }
  });
}
