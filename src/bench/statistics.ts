/** Median and quartiles of repeated times. */

export interface Spread {
  readonly median: number;
  readonly p25: number;
  readonly p75: number;
}

/** The spread of at least one number; between two of them, linear. */
export function spread(values: readonly number[]): Spread {
  if (values.length === 0) throw new Error("No values have no median.");
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => {
    const position = share * (sorted.length - 1);
    const below = Math.floor(position);
    const above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
  };
  return { median: at(0.5), p25: at(0.25), p75: at(0.75) };
}
