/** What must come out of the theory's model, as inequalities between means, from a repetition in PyTorch on other draws (8 runs; twice). */

import type { Reference } from "../../report/references.ts";
import { below, claim, meanText } from "../claims.ts";
import { type FeatureGroup, type FeatureSetting, LAW_TITLES, type LawName } from "./results.ts";

const HEADING = "Two features";
const LEAST_RUNS = 8;
const FITTED = 0.99;

/** Errors of the repetition, of both its draws, by the number of classes; and its steps. */
const REPEATED: readonly { classes: number; steps: number; errors: string }[] = [
  { classes: 24, steps: 600, errors: "ERM .071 and .055, uniform .030 and .019, midpoint .009 and .008" },
  { classes: 16, steps: 400, errors: "ERM .135 and .104, uniform .085 and .043, midpoint .041 and .021" },
];

/** All claims. */
export function midpointChecks(groups: readonly FeatureGroup[], setting: FeatureSetting): Reference[] {
  const repeated = REPEATED.find(({ classes }) => classes === setting.classes);
  const of = (law: LawName) => groups.find((group) => group.law === law)!;
  const [base, mixed, middle] = [of("ERM"), of("uniform"), of("midpoint")];
  const runs = base.runs.length;
  const failed = groups.reduce(
    (sum, group) => sum + group.runs.filter(({ failure }) => failure !== null).length,
    0,
  );
  const shared = {
    heading: HEADING,
    source: `a repetition on other draws (PyTorch)${repeated === undefined ? "" : `: ${repeated.errors}`}`,
    differences: [
      ...(runs < LEAST_RUNS ? [`${runs} of ${LEAST_RUNS} runs a law`] : []),
      ...(repeated?.steps === setting.steps ? [] : [`${setting.steps} steps, not ${repeated?.steps}`]),
      ...(failed === 0 ? [] : [`${failed} runs diverged`]),
    ],
  };
  const both = (a: FeatureGroup, b: FeatureGroup) =>
    `(${meanText(a.error)} and ${meanText(b.error)}, ${runs} runs each)`;
  const notAbove =
    middle.error.mean === null || mixed.error.mean === null
      ? undefined
      : middle.error.mean <= mixed.error.mean;
  return [
    claim({
      ...shared,
      what: `single-feature error, midpoint below half of ERM ${both(middle, base)}`,
      holds: below(middle.error.mean, base.error.mean === null ? null : base.error.mean / 2),
    }),
    claim({
      ...shared,
      what: `single-feature error, uniform below ERM ${both(mixed, base)}`,
      holds: below(mixed.error.mean, base.error.mean),
    }),
    claim({
      ...shared,
      what: `single-feature error, midpoint at most uniform ${both(middle, mixed)}`,
      holds: notAbove,
    }),
    ...groups.map(({ law, trainingAccuracy }) =>
      claim({
        ...shared,
        what: `${LAW_TITLES[law]}: training accuracy above ${FITTED} (${meanText(trainingAccuracy)}, ${runs} runs)`,
        holds: below(FITTED, trainingAccuracy.mean),
      }),
    ),
  ];
}
