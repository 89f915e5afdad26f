/**
 * What is known about the two moons beforehand: with cleared gradients, from an independent repetition
 * (NumPy, four seeds, scikit-learn's points). The paper has pictures there, no numbers.
 */

import { check } from "./checks.ts";
import type { MoonsGroup, MoonsMeasures } from "./moonsGroups.ts";
import type { Reference } from "./results.ts";

const SOURCE = "independent repetition (NumPy, 4 seeds)";
const SEEDS = 4;
const STEPS = 1000;

/** Values at separation 0.5, gradients cleared. */
const VALUES: readonly {
  readonly alpha: number | null;
  readonly measure: keyof MoonsMeasures;
  readonly what: string;
  readonly expected: number;
}[] = [
  { alpha: 1, measure: "accuracy", what: "training accuracy", expected: 1 },
  { alpha: 1, measure: "nearestNeighbour", what: "agreement with 1-NN", expected: 0.967 },
  { alpha: null, measure: "nearestNeighbour", what: "agreement with 1-NN", expected: 0.952 },
  { alpha: 1, measure: "sign", what: "agreement with sign(x)", expected: 0.955 },
  { alpha: null, measure: "sign", what: "agreement with sign(x)", expected: 0.977 },
];

const TOLERANCE = 0.015;

/** Checks for the groups that there are. */
export function moonsChecks(groups: readonly MoonsGroup[]): Reference[] {
  return VALUES.flatMap(({ alpha, measure, what, expected }) => {
    const group = groups.find(
      (one) => one.separation === 0.5 && one.variant === "cleared" && one.alpha === alpha,
    );
    if (group === undefined) return [];
    return check({
      heading: "separation 0.5, gradients cleared",
      what: `${alpha === null ? "ERM" : `Mixup α = ${alpha}`}, ${what}`,
      expected,
      tolerance: TOLERANCE,
      measured: group.over[measure].mean,
      source: SOURCE,
      differences: differences(group),
    });
  });
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
