/**
 * Which domain a sample is of: a run draws it by proportions of its own. What is drawn by are integers, made here in float64, so that
 * a CPU and a GPU that read them draw the same. Twin of `shaders/parts/domains.wgsl`, bit for bit.
 *
 * Not here: which point of the domain (`sampling.ts`), domains as parts of the data (`data/domains.ts`).
 */

/** What a run draws domains by, K of them. Its points are those of its domains, one domain after the other. */
export interface DomainTable {
  /** Running sums of the proportions, in parts of 2^31, `[K]`. */
  readonly thresholds: Uint32Array;
  /** Where each domain begins among the run's points, and how many it has, `[K]` each. */
  readonly starts: Uint32Array;
  readonly sizes: Uint32Array;
}

/** Of what thresholds are parts: words of 31 bits, so that all of it fits. */
const WHOLE = 2 ** 31;

/** Running sums of proportions, which need not sum to 1, as thresholds `[K]`: not negative, finite, and some of them positive. */
export function domainThresholds(proportions: ArrayLike<number>): Uint32Array {
  const shares = Array.from(proportions);
  const total = shares.reduce((sum, share) => sum + share, 0);
  const thresholds = new Uint32Array(shares.length);
  let sum = 0;
  let last = 0;
  shares.forEach((share, k) => {
    sum += share;
    if (share > 0) last = k;
    thresholds[k] = Math.min(Math.round((sum / total) * WHOLE), WHOLE);
  });
  // The sum of all is 1, whatever was rounded: nobody beyond the last one with a share is drawn.
  thresholds.fill(WHOLE, last);
  return thresholds;
}

/** The table of domains of these sizes, drawn by proportions. */
export function domainTable(sizes: Uint32Array, proportions: ArrayLike<number>): DomainTable {
  const starts = new Uint32Array(sizes.length);
  for (let k = 1; k < sizes.length; k++) starts[k] = starts[k - 1] + sizes[k - 1];
  return { thresholds: domainThresholds(proportions), starts, sizes };
}

/** The first domain whose threshold is above a word's upper 31 bits: one without a share is never drawn. */
export function domainOfWord(thresholds: Uint32Array, word: number): number {
  const part = word >>> 1;
  let domain = 0;
  while (domain + 1 < thresholds.length && thresholds[domain] <= part) domain++;
  return domain;
}
