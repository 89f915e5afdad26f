/**
 * The published values beside ours: what was measured, whether it lies within the tolerance, and whether the
 * runs were made as published at all.
 */

import { spread } from "../../numeric/spread.ts";
import { check } from "../../report/references.ts";
import { setName } from "../lineSets.ts";
import { PAPER_SETTING, PAPER_VALUES, type PaperValue } from "./published.ts";
import { type Group, groupName, type LineReference, type LineTheory } from "./results.ts";

/** Evaluations that `late-error` averages. */
const LATE_EVALUATIONS = 20;

/** Differences below this are rounding, not misses: a mean of ten exact thirds is not exactly a third. */
const ROUNDING = 1e-9;

/** References for the groups that there are; a law without published values has none. */
export function checkReferences(
  groups: readonly Group[],
  values: readonly PaperValue[] = PAPER_VALUES,
): LineReference[] {
  return values.flatMap((value) => {
    const group = groups.find(
      ({ points, classes, alpha }) =>
        points === value.points && classes === value.classes && alpha === value.alpha,
    );
    return group === undefined ? [] : [reference(value, group)];
  });
}

function reference(value: PaperValue, group: Group): LineReference {
  const measured = measure(value.measure, group);
  const differences = differencesFromPaper(group);
  return {
    name: `${setName(group)}, ${groupName(group)}: ${MEASURE_NAMES[value.measure]}`,
    heading: setName(group),
    points: group.points,
    classes: group.classes,
    expected: value.expected,
    tolerance: value.tolerance,
    measured,
    pass: measured !== null && Math.abs(measured - value.expected) <= value.tolerance + ROUNDING,
    source: value.source,
    basis: "published",
    comparable: differences.length === 0,
    note: differences.join(", "),
  };
}

const MEASURE_NAMES: Record<PaperValue["measure"], string> = {
  "final-error": "final error",
  "late-error": `error, mean of the last ${LATE_EVALUATIONS} evaluations`,
  "worst-error": "largest error from step 50 on",
  probability: "probability of class 0 at point 1",
};

function measure(
  what: PaperValue["measure"],
  { finalError, errorCurve, probabilities }: Group,
): number | null {
  switch (what) {
    case "final-error":
      return finalError.mean;
    case "late-error":
      return spread(errorCurve.mean.slice(-LATE_EVALUATIONS)).mean;
    case "worst-error": {
      const errors = errorCurve.mean.filter((error) => error !== null);
      return errors.length === 0 ? null : Math.max(...errors);
    }
    case "probability":
      return probabilities[1][0];
  }
}

/**
 * What was done otherwise than in the paper, in words; empty if nothing. More seeds than the paper's are no
 * loss.
 */
export function differencesFromPaper({ seeds, steps, mixing, granularity, pairing, runs }: Group): string[] {
  const differences: string[] = [];
  if (seeds < PAPER_SETTING.seeds) differences.push(`${seeds} of ${PAPER_SETTING.seeds} seeds`);
  if (steps !== PAPER_SETTING.steps) differences.push(`${steps} steps, not ${PAPER_SETTING.steps}`);
  if (mixing === "mixup" && granularity !== PAPER_SETTING.granularity)
    differences.push("one lambda per sample");
  if (mixing === "mixup" && pairing !== PAPER_SETTING.pairing) differences.push(`pairing "${pairing}"`);
  const failed = runs.filter((run) => run.failure !== null).length;
  if (failed > 0) differences.push(`${failed} of ${seeds} runs diverged`);
  return differences;
}

/** J* of the three-point line, from an independent computation: see {@link lineTheoryReferences}. */
export const OPTIMAL_LOSSES: readonly [alpha: number, loss: number][] = [
  [1, 0.3624027],
  [32, 0.3073],
  [128, 0.3072],
  [1024, 0.308],
];

/** Effective epsilons of the authors' nets at point 1: h_eps inverted at their published probabilities. */
export const EFFECTIVE_EPSILONS: readonly [alpha: number, epsilon: number][] = [
  [1, 0.119],
  [32, 0.147],
  [128, 0.113],
];

/**
 * References for the theory of the three-point line. J* is exact and does not depend on the training. An
 * effective epsilon is as uncertain as the mean probability it comes from: two standard errors of a mean over
 * ten runs (2 x 0.02), through the slope of h_eps (0.7 to 1.4 there), are 0.03 to 0.06.
 */
export function lineTheoryReferences(
  theory: readonly LineTheory[],
  groups: readonly Group[],
): LineReference[] {
  return theory
    .filter(({ points, classes }) => points === 3 && classes === 2)
    .flatMap((one) => {
      const { points, classes, alpha } = one;
      const group = groups.find((g) => g.points === points && g.classes === classes && g.alpha === alpha)!;
      const loss = OPTIMAL_LOSSES.find(([known]) => known === alpha);
      const epsilon = EFFECTIVE_EPSILONS.find(([known]) => known === alpha);
      const base = { points, classes };
      const shared = { heading: setName(base) };
      const found: LineReference[] = [];
      if (loss !== undefined) {
        const expected = check({
          ...shared,
          what: `${groupName(group)}, least Mixup loss J*`,
          expected: loss[1],
          tolerance: 1e-4,
          measured: one.optimalLoss,
          source: "derived, integrated independently (SciPy): E[H(E[label | mixed point])]",
          basis: "derived",
          differences: group.pairing === "uniform" ? [] : [`pairing "${group.pairing}"`],
        });
        found.push({ ...expected, ...base });
      }
      if (epsilon !== undefined) {
        const expected = check({
          ...shared,
          what: `${groupName(group)}, effective ε at point 1`,
          expected: epsilon[1],
          tolerance: 0.06,
          measured: one.effectiveEpsilon[1],
          source: "h_ε inverted at the authors' published probabilities",
          basis: "published",
          differences: differencesFromPaper(group),
        });
        found.push({ ...expected, ...base });
      }
      return found;
    });
}
