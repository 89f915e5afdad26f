/**
 * How well pairs of embeddings match, all against all: scores, energies, entropies and nearest partners, in float64. The similarities of
 * n pairs are computed a row at a time and never stored; the energies and entropies are those that SREM (arXiv 2312.16478) filters
 * and weights pairs by, rebuilt from its abstract.
 *
 * Not here: the loss of a batch and its gradient (`reference/contrastive.ts`).
 */

import { checkInteger, checkNumber, checkOptions, float64Numbers } from "../../check.ts";
import { ConfigError } from "../../errors.ts";

/** Embeddings of n pairs, as two towers give them. */
export interface PairEmbeddings {
  /** `[n, 2 H]`, row-major: a pair's first embedding, then its second; of any length. */
  readonly embeddings: ArrayLike<number>;
  /** 2 H, numbers of a pair. */
  readonly outputs: number;
  /** tau, which cosines are divided by. */
  readonly temperature: number;
}

/** Of each pair b of n, with S_ij = u_i . v_j / tau of embeddings of length 1, p = softmax over rows, q over columns. */
export interface PairMeasures {
  /** log p_bb + log q_bb, `[n]`; -2 times the pair's loss with all n as its batch. */
  readonly scores: Float64Array;
  /** -tau log of the sum of exp S_bj over j, `[n]`. */
  readonly rowEnergies: Float64Array;
  /** -tau log of the sum of exp S_jb over j, `[n]`. */
  readonly columnEnergies: Float64Array;
  /** Swapped entropy: minus the sum of q_jb log p_bj over j, `[n]`. */
  readonly swappedEntropies: Float64Array;
  /** The second embedding that is most similar to the pair's first, `[n]`; the smaller index of equals. */
  readonly nearest: Uint32Array;
}

const KEYS = ["embeddings", "outputs", "temperature"] as const;

/**
 * Measures of pairs, all against all.
 * @throws ConfigError for no pairs, numbers that don't make rows or are not finite, an odd number of outputs, a temperature that is not above 0.
 */
export function pairMeasures(pairs: PairEmbeddings): PairMeasures {
  const { outputs, temperature, embeddings: given } = checkOptions<PairEmbeddings>("pairs", pairs, KEYS);
  checkInteger("pairs.outputs", outputs, 2, 2 ** 24, "a number of outputs");
  if (outputs % 2 !== 0)
    throw new ConfigError("pairs.outputs", `${outputs}: two embeddings of one length make an even number.`);
  checkNumber("pairs.temperature", temperature, { above: 0, what: "a temperature" });
  const embeddings = float64Numbers("pairs.embeddings", given);
  const { length } = embeddings;
  if (length === 0 || length % outputs !== 0)
    throw new ConfigError(
      "pairs.embeddings",
      `${length} numbers don't make rows of ${outputs}, at least one.`,
    );
  const size = length / outputs;
  const [first, second] = [0, 1].map((half) => normalizedRows(embeddings, size, outputs, half).rows);
  const sums = pairLogSums(first, second, size, temperature);
  const { ownScores, rows, columns, nearest } = sums;
  return {
    scores: ownScores,
    rowEnergies: rows.map((sum) => -temperature * sum),
    columnEnergies: columns.map((sum) => -temperature * sum),
    swappedEntropies: entropies(first, second, sums, temperature),
    nearest,
  };
}

/** Shortest length that an embedding is divided by, as in PyTorch's `normalize`. */
export const SHORTEST = 1e-12;

/** One half of each row of `[n, outputs]`, divided by its length: `[n, outputs / 2]`; and the lengths as they are. */
export function normalizedRows(
  embeddings: ArrayLike<number>,
  size: number,
  outputs: number,
  half: number,
): { rows: Float64Array; lengths: Float64Array } {
  const width = outputs / 2;
  const rows = new Float64Array(size * width);
  const lengths = new Float64Array(size);
  for (let n = 0; n < size; n++) {
    const from = n * outputs + half * width;
    let squares = 0;
    for (let h = 0; h < width; h++) squares += embeddings[from + h] ** 2;
    lengths[n] = Math.sqrt(squares);
    for (let h = 0; h < width; h++)
      rows[n * width + h] = embeddings[from + h] / Math.max(lengths[n], SHORTEST);
  }
  return { rows, lengths };
}

/** What a softmax over rows and columns needs: logarithms of sums, all but the pair's own similarity, and with it. */
export interface PairLogSums {
  /** S_bb */
  readonly own: Float64Array;
  /** Over j != b; -Infinity for a pair alone. */
  readonly otherRows: Float64Array;
  readonly otherColumns: Float64Array;
  /** Over all j. */
  readonly rows: Float64Array;
  readonly columns: Float64Array;
  /** log p_bb + log q_bb */
  readonly ownScores: Float64Array;
  readonly nearest: Uint32Array;
}

/** The logarithms of sums of n pairs, by similarities a row at a time. `first` and `second` `[n, H]`, of length 1. */
export function pairLogSums(
  first: Float64Array,
  second: Float64Array,
  size: number,
  temperature: number,
): PairLogSums {
  const own = new Float64Array(size);
  const otherRows = new Float64Array(size);
  const nearest = new Uint32Array(size);
  const row = new Float64Array(size);
  // Columns are summed as rows come: the largest so far, and the sum relative to it.
  const largest = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
  const sums = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    similarityRow(first, second, i, size, temperature, row);
    own[i] = row[i];
    let [most, sum] = [Number.NEGATIVE_INFINITY, 0];
    for (let j = 0; j < size; j++) {
      if (row[j] > row[nearest[i]]) nearest[i] = j;
      if (j !== i && row[j] > most) most = row[j];
    }
    for (let j = 0; j < size; j++) {
      if (j === i) continue;
      sum += Math.exp(row[j] - most);
      if (row[j] > largest[j]) {
        sums[j] = sums[j] * Math.exp(largest[j] - row[j]) + 1;
        largest[j] = row[j];
      } else sums[j] += Math.exp(row[j] - largest[j]);
    }
    otherRows[i] = size === 1 ? Number.NEGATIVE_INFINITY : most + Math.log(sum);
  }
  const otherColumns = largest.map((most, j) =>
    size === 1 ? Number.NEGATIVE_INFINITY : most + Math.log(sums[j]),
  );
  const withOwn = (others: Float64Array) => others.map((other, b) => own[b] + softplus(other - own[b]));
  return {
    own,
    otherRows,
    otherColumns,
    rows: withOwn(otherRows),
    columns: withOwn(otherColumns),
    // Kept apart from the sums: these alone are exact where a pair leaves all others far behind.
    ownScores: own.map(
      (similarity, b) => -softplus(otherRows[b] - similarity) - softplus(otherColumns[b] - similarity),
    ),
    nearest,
  };
}

/** S_ij of row i, `[n]`. */
function similarityRow(
  first: Float64Array,
  second: Float64Array,
  i: number,
  size: number,
  temperature: number,
  row: Float64Array,
): void {
  const width = first.length / size;
  for (let j = 0; j < size; j++) {
    let product = 0;
    for (let h = 0; h < width; h++) product += first[i * width + h] * second[j * width + h];
    row[j] = product / temperature;
  }
}

function entropies(
  first: Float64Array,
  second: Float64Array,
  { rows, columns }: PairLogSums,
  temperature: number,
): Float64Array {
  const size = rows.length;
  const result = new Float64Array(size);
  const [row, column] = [new Float64Array(size), new Float64Array(size)];
  for (let b = 0; b < size; b++) {
    similarityRow(first, second, b, size, temperature, row);
    similarityRow(second, first, b, size, temperature, column);
    for (let j = 0; j < size; j++) result[b] -= Math.exp(column[j] - columns[b]) * (row[j] - rows[b]);
  }
  return result;
}

/** log(1 + exp x). */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}
