/** A logarithmic axis for times that lie orders of magnitude apart. */

import { significant } from "../../src/bench/format.ts";

export interface LogScale {
  /** Powers of ten on the axis, its ends included; at least two. */
  readonly decades: readonly number[];
  /** Where a value stands, from 0 to 1. */
  at(value: number): number;
}

/** The axis that holds all values: whole decades, and a tenth of one below the smallest, so that its bar shows. */
export function logScale(values: readonly number[]): LogScale {
  const positive = values.filter((value) => value > 0);
  const least = positive.length === 0 ? 1 : Math.min(...positive);
  const most = positive.length === 0 ? 10 : Math.max(...positive);
  const from = Math.floor(Math.log10(least) - 0.1);
  const to = Math.max(Math.ceil(Math.log10(most)), from + 1);
  const decades = Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i));
  return {
    decades,
    at: (value) => Math.min(Math.max((Math.log10(value) - from) / (to - from), 0), 1),
  };
}

/** `0.01 ms`, `1 ms`, `10 s`. */
export function decadeLabel(milliseconds: number): string {
  if (milliseconds >= 1000) return `${milliseconds / 1000} s`;
  return milliseconds < 0.999
    ? `${significantDecade(milliseconds * 1000)} µs`
    : `${significantDecade(milliseconds)} ms`;
}

function significantDecade(value: number): string {
  const rounded = 10 ** Math.round(Math.log10(value));
  return rounded >= 1 ? String(rounded) : significant(rounded);
}
