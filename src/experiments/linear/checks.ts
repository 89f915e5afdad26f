/**
 * What is known about the linear study beforehand: exact values that follow from the theorem's loss, and
 * means that were computed independently (NumPy and SciPy), on other draws of the same distribution.
 */

import { check, type Reference } from "../../report/references.ts";
import type { LinearResults } from "./results.ts";

/** Draws behind the means that we compare with. */
const DRAWS = 20;

const THEOREM = "Theorem 3.5 (arXiv 2110.07647, section 3.2)";
const INDEPENDENT = "independent computation on other draws (SciPy)";

/** Balanced: the k that minimises softplus(-k)/2 + E[softplus(u) - lambda u]/2, u = (2 lambda - 1) k. */
const SCALES: readonly [alpha: number, scale: number][] = [
  [0.2, 4.180541],
  [1, 3.542283],
  [2, 3.524879],
  [8, 3.917391],
  [32, 4.693505],
  [128, 5.676371],
  [1024, 7.343779],
];

/** 7 to 3: scores of class 1, negative scores of class 0. */
const UNBALANCED: readonly [alpha: number, positive: number, negative: number][] = [
  [1, 3.82664, 3.53543],
  [32, 4.95273, 4.89542],
];

/** The checks for whatever was computed. */
export function linearChecks(
  { cases, scores }: Pick<LinearResults, "cases" | "scores">,
  draws: number,
): Reference[] {
  const caseOf = (dimensions: number, positive: number) =>
    cases.find((one) => one.points === 10 && one.dimensions === dimensions && one.positive === positive);
  const mixupOf = (dimensions: number, positive: number, alpha: number) =>
    caseOf(dimensions, positive)?.mixup.find((one) => one.alpha === alpha);
  const fewer = draws < DRAWS ? [`${draws} of ${DRAWS} draws`] : [];
  const balanced = "10 points, 5 of each class";
  const unbalanced = "10 points, 7 and 3";
  return [
    check({
      heading: balanced,
      what: "240 dimensions, cosine of Mixup (α = 1) and max-margin, least of all draws",
      expected: 1,
      tolerance: 1e-5,
      measured: mixupOf(240, 5, 1)?.least ?? null,
      source: `${THEOREM}: 1 where every point is a support vector`,
      basis: "derived",
    }),
    check({
      heading: balanced,
      what: "20 dimensions, cosine of Mixup (α = 1) and max-margin",
      expected: 0.965,
      tolerance: 0.04,
      measured: mixupOf(20, 5, 1)?.cosine.mean ?? null,
      source: `${INDEPENDENT}: mean of 20`,
      basis: "derived",
      differences: fewer,
    }),
    ...[1, 32].map((alpha) =>
      check({
        heading: balanced,
        what: `240 dimensions, score of the points, α = ${alpha}`,
        expected: SCALES.find(([known]) => known === alpha)![1],
        tolerance: 1e-5,
        measured: mixupOf(240, 5, alpha)?.positiveScore ?? null,
        source: "the finite minimiser of the loss as a function of one score",
        basis: "derived",
      }),
    ),
    check({
      heading: unbalanced,
      what: "240 dimensions, cosine of Mixup (α = 1) and max-margin",
      expected: 0.9993,
      tolerance: 5e-4,
      measured: mixupOf(240, 7, 1)?.cosine.mean ?? null,
      source: INDEPENDENT,
      basis: "derived",
      differences: fewer,
    }),
    check({
      heading: unbalanced,
      what: "240 dimensions, score of class 1, α = 1",
      expected: 3.82664,
      tolerance: 1e-4,
      measured: mixupOf(240, 7, 1)?.positiveScore ?? null,
      source: "stationarity of the loss in two scores",
      basis: "derived",
    }),
    check({
      heading: unbalanced,
      what: "240 dimensions, score of class 0, α = 1",
      expected: 3.53543,
      tolerance: 1e-4,
      measured: mixupOf(240, 7, 1)?.negativeScore ?? null,
      source: "stationarity of the loss in two scores",
      basis: "derived",
    }),
    ...scores.flatMap(({ alpha, share, positive, negative }) => {
      const scale = share === 0.5 ? SCALES.find(([known]) => known === alpha) : undefined;
      const pair = share === 0.7 ? UNBALANCED.find(([known]) => known === alpha) : undefined;
      const known = scale?.slice(1) ?? pair?.slice(1) ?? [];
      return known.map((expected, i) =>
        check({
          heading: share === 0.5 ? "Free scores, balanced" : "Free scores, 7 to 3",
          what: `α = ${alpha}, ${known.length === 1 ? "k*" : i === 0 ? "class 1" : "class 0"}`,
          expected,
          tolerance: 1e-5,
          measured: i === 0 ? positive : negative,
          source: "the loss's minimiser, computed independently (SciPy)",
          basis: "derived",
        }),
      );
    }),
  ];
}
