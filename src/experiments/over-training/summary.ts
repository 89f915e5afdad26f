/** What the curves of many draws come to: medians, last over best. Not here: what they must be (`checks.ts`). */

import type { Arm, DrawCurves, OverTrainingResults } from "./results.ts";

/** The middle value, or the mean of the two in the middle; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2;
}

export function last(values: readonly number[]): number {
  return values[values.length - 1];
}

/** The last error over the smallest on the way. */
export function lastOverBest(errors: readonly number[]): number {
  return last(errors) / Math.min(...errors);
}

/** The curve of one arm, the mean of all draws at each step. */
export function meanCurve(draws: readonly DrawCurves[], arm: Arm): number[] {
  return draws[0][arm].map((_, k) => draws.reduce((sum, draw) => sum + draw[arm][k], 0) / draws.length);
}

export interface Summary {
  /** Last over best, of each draw. */
  readonly mixup: number[];
  readonly erm: number[];
  /** Last error on clean labels. */
  readonly clean: number[];
  /** Last error after the switch over ERM's. */
  readonly switched: number[];
}

export function summarize({ draws }: Pick<OverTrainingResults, "draws">): Summary {
  return {
    mixup: draws.map(({ mixup }) => lastOverBest(mixup)),
    erm: draws.map(({ erm }) => lastOverBest(erm)),
    clean: draws.map(({ clean }) => last(clean)),
    switched: draws.map(({ switched, erm }) => last(switched) / last(erm)),
  };
}

/** How far trained nets are from the closed form: relative to it, and for clean labels, whose error goes to 0, as it is. */
export function farthest(trained: OverTrainingResults["trained"]): {
  readonly relative: number | null;
  readonly clean: number | null;
} {
  const most = (values: number[]) => (values.length === 0 ? null : Math.max(...values));
  const distance = ({ error, closedForm }: (typeof trained)[number]) =>
    error === null ? Number.NaN : Math.abs(error - closedForm);
  const clean = trained.filter(({ arm }) => arm === "clean");
  const others = trained.filter(({ arm }) => arm !== "clean");
  return {
    relative: most(others.map((one) => distance(one) / one.closedForm)),
    clean: most(clean.map(distance)),
  };
}
