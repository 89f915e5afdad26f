/**
 * What is known about the two moons beforehand, from two independent repetitions of the authors' loop: one in NumPy
 * (4 seeds) and one in PyTorch (5 seeds), both with gradients cleared and accumulated, on scikit-learn's points. The
 * paper has pictures there, no numbers.
 *
 * The tolerances were set from those repetitions' own spread, before any result of ours was looked at. Their points
 * are not ours, so both means scatter: a tolerance is t s sqrt(1/n + 1/m) for a mean of n of their seeds and m of
 * ours, s their standard deviation over seeds and t Student's quantile for p = 1e-3, two-sided. Left out are values
 * whose tolerance would tell a net neither from ERM nor from the other way with gradients.
 */

import { check, type Reference } from "../../report/references.ts";
import type { MoonsGroup, MoonsMeasures } from "./results.ts";

const NUMPY = { source: "independent repetition (NumPy, 4 seeds)", seeds: 4 };
const TORCH = { source: "independent repetition (PyTorch, 5 seeds)", seeds: 5 };
const SEEDS = 4;
const STEPS = 1000;

/** What a check looks at: a mean over the seeds, or {@link disagreementOfFour}. */
type Measure = keyof MoonsMeasures | "disagreement";

/** How far means may be apart. */
type Tolerance = { readonly fixed: number } | { readonly std: number; readonly quantile: number };

/** The acceptance case's own. */
const ACCEPTANCE: Tolerance = { fixed: 0.015 };
/**
 * Least distances, PyTorch, pooled: cleared over six rows of five seeds (standard deviations .022 .043 .011 .019 .053
 * .062), accumulated over four (.027 .008 .038 .069); both with Bessel's correction.
 */
const CLEARED_DISTANCE: Tolerance = { std: 0.0444, quantile: 3.745 };
const ACCUMULATED_DISTANCE: Tolerance = { std: 0.0468, quantile: 4.015 };
/**
 * Agreements with accumulated gradients: NumPy's means of 4 seeds and PyTorch's of 2 differ by .009, .050 and .024
 * (nearest neighbour) and by .007, .052 and .009 (sign), which makes .037 a seed, with six degrees of freedom.
 */
const ACCUMULATED_AGREEMENT: Tolerance = { std: 0.037, quantile: 5.959 };
/**
 * Disagreement: six pairs of NumPy's value (4 seeds) and PyTorch's (5) differ by .060 (accumulated) and .0137
 * (cleared), root mean square; ours, of 4 seeds or more, differs from NumPy's no further. Six degrees of freedom.
 */
const ACCUMULATED_DISAGREEMENT: Tolerance = { fixed: 0.06 * 5.959 };
const CLEARED_DISAGREEMENT: Tolerance = { fixed: 0.0137 * 5.959 };

interface Expected {
  readonly separation: number;
  readonly variant: MoonsGroup["variant"];
  readonly alpha: number | null;
  readonly measure: Measure;
  readonly expected: number;
  readonly tolerance: Tolerance;
  readonly from: typeof NUMPY;
}

/** Rows of one separation, variant, measure and origin: alpha (null for ERM) and the value. */
function rows(
  separation: number,
  variant: MoonsGroup["variant"],
  measure: Measure,
  tolerance: Tolerance,
  from: typeof NUMPY,
  values: readonly (readonly [number | null, number])[],
): Expected[] {
  return values.map(([alpha, expected]) => ({
    ...{ separation, variant, alpha, measure, expected, tolerance, from },
  }));
}

const VALUES: readonly Expected[] = [
  ...rows(0.5, "cleared", "accuracy", ACCEPTANCE, NUMPY, [[1, 1]]),
  ...rows(0.5, "cleared", "nearestNeighbour", ACCEPTANCE, NUMPY, [
    [1, 0.967],
    [null, 0.952],
  ]),
  ...rows(0.5, "cleared", "sign", ACCEPTANCE, NUMPY, [
    [1, 0.955],
    [null, 0.977],
  ]),
  ...rows(0.5, "cleared", "leastDistance", CLEARED_DISTANCE, TORCH, [
    [null, 0.502],
    [1, 0.485],
    [1024, 0.118],
  ]),
  ...rows(0.5, "cleared", "disagreement", CLEARED_DISAGREEMENT, NUMPY, [
    [1, 0.037],
    [1024, 0.079],
  ]),
  ...rows(0.1, "cleared", "leastDistance", CLEARED_DISTANCE, TORCH, [
    [null, 0.225],
    [1, 0.183],
    [1024, 0.027],
  ]),
  ...rows(0.1, "cleared", "disagreement", CLEARED_DISAGREEMENT, NUMPY, [
    [1, 0.04],
    [1024, 0.03],
  ]),
  ...rows(0.5, "accumulated", "nearestNeighbour", ACCUMULATED_AGREEMENT, NUMPY, [[1, 0.76]]),
  ...rows(0.5, "accumulated", "sign", ACCUMULATED_AGREEMENT, NUMPY, [[1, 0.72]]),
  ...rows(0.5, "accumulated", "leastDistance", ACCUMULATED_DISTANCE, TORCH, [
    [1, 0.042],
    [1024, 0.061],
  ]),
  ...rows(0.5, "accumulated", "disagreement", ACCUMULATED_DISAGREEMENT, NUMPY, [
    [1, 0.416],
    [1024, 0.438],
  ]),
  ...rows(0.1, "accumulated", "leastDistance", ACCUMULATED_DISTANCE, TORCH, [
    [1, 0.026],
    [1024, 0.02],
  ]),
  ...rows(0.1, "accumulated", "disagreement", ACCUMULATED_DISAGREEMENT, NUMPY, [
    [1, 0.433],
    [128, 0.419],
    [1024, 0.432],
  ]),
];

const WORDS: Readonly<Partial<Record<Measure, string>>> = {
  accuracy: "training accuracy",
  nearestNeighbour: "agreement with 1-NN",
  sign: "agreement with sign(x)",
  leastDistance: "least distance to the boundary",
  disagreement: "share of the map where 4 seeds disagree",
};

/** Checks for the groups that there are. */
export function moonsChecks(groups: readonly MoonsGroup[]): Reference[] {
  return VALUES.flatMap(({ separation, variant, alpha, measure, expected, tolerance, from }) => {
    const group = groups.find(
      (one) => one.separation === separation && one.variant === variant && one.alpha === alpha,
    );
    if (group === undefined) return [];
    return check({
      heading: `separation ${separation}, gradients ${variant}`,
      what: `${alpha === null ? "ERM" : `Mixup α = ${alpha}`}, ${WORDS[measure]}`,
      expected,
      tolerance: allowed(tolerance, from.seeds, group.voters),
      measured: measure === "disagreement" ? disagreementOfFour(group) : group.over[measure].mean,
      source: from.source,
      basis: "repeated",
      differences: differences(group),
    });
  });
}

/** For a mean of `theirs` seeds against one of `ours`. */
function allowed(tolerance: Tolerance, theirs: number, ours: number): number {
  if ("fixed" in tolerance) return tolerance.fixed;
  return tolerance.quantile * tolerance.std * Math.sqrt(1 / theirs + 1 / Math.max(ours, 1));
}

/**
 * Share of the map on which four of the seeds, drawn at random, are not of one mind; null with fewer than four. What
 * it estimates does not depend on how many seeds there are, unlike the share on which all agree.
 */
export function disagreementOfFour({ votes, voters }: Pick<MoonsGroup, "votes" | "voters">): number | null {
  if (voters < 4 || votes.length === 0) return null;
  const fours = (n: number) => (n * (n - 1) * (n - 2) * (n - 3)) / 24;
  const unlike = votes.map((one) => 1 - (fours(one) + fours(voters - one)) / fours(voters));
  return unlike.reduce((a, b) => a + b) / votes.length;
}

function differences({ alpha, voters, runs, steps, granularity, pairing }: MoonsGroup): string[] {
  const found: string[] = [];
  if (runs.length < SEEDS) found.push(`${runs.length} of ${SEEDS} seeds`);
  if (voters < runs.length) found.push(`${runs.length - voters} of ${runs.length} runs diverged`);
  if (steps !== STEPS) found.push(`${steps} steps, not ${STEPS}`);
  if (alpha !== null && granularity !== "batch") found.push("one lambda per sample");
  if (alpha !== null && pairing !== "uniform") found.push(`pairing "${pairing}"`);
  return found;
}
