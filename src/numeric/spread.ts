/**
 * Mean and standard deviation of some values of which some may be missing. Not here: quantiles and tests of hypotheses.
 */

/**
 * Mean and population standard deviation (ddof 0) over the seeds; null when no run ended in finite numbers.
 */
export interface Spread {
  readonly mean: number | null;
  readonly std: number | null;
}

/** Mean and population standard deviation of the finite values; nulls if there are none. */
export function spread(values: readonly (number | null)[]): Spread {
  const finite = values.filter((value) => value !== null && Number.isFinite(value)) as number[];
  if (finite.length === 0) return { mean: null, std: null };
  const mean = finite.reduce((sum, value) => sum + value, 0) / finite.length;
  const variance = finite.reduce((sum, value) => sum + (value - mean) ** 2, 0) / finite.length;
  return { mean, std: Math.sqrt(variance) };
}

/** JSON has no NaN: what is not finite, or not there, is null. */
export function finiteOrNull(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
