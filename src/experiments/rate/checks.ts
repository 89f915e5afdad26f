/**
 * What the rate experiment is expected to give: self pairs per epoch, and how many sets of points have the same
 * midpoints. Steps to zero error have no published value; they are observations.
 */

import { type Check, check, type Reference } from "../../report/references.ts";
import { midpoints, pointSetsFromMidpoints, pointsFromMidpoints } from "../../theory/midpoints.ts";
import { drawPoints, type MidpointStudy } from "./midpoints.ts";
import type { SelfPairs } from "./results.ts";

/** Four points and others with the same midpoints: known in closed form. */
const FOUR = [0, 1, 3, 7];
const TWIN = [-1.5, 2.5, 4.5, 5.5];

/** All references. */
export function rateChecks(selfPairs: readonly SelfPairs[], studies: readonly MidpointStudy[]): Reference[] {
  return [...selfPairs.map(selfPairCheck), ...midpointChecks(studies)].map(check);
}

function selfPairCheck({ points, pairing, expected, counted, standardError, epochs }: SelfPairs): Check {
  return {
    heading: "Self pairs per epoch",
    what: `${points} points, ${pairing === "uniform" ? "with" : "without"} self pairs`,
    expected,
    // Three standard errors; nothing where none can be drawn.
    tolerance: 3 * standardError,
    measured: counted,
    source: `paper 2.5: N draws with probability 1/N, or none; ± 3 standard errors over ${epochs} epochs`,
    basis: "derived",
  };
}

function midpointChecks(studies: readonly MidpointStudy[]): Check[] {
  const heading = "Midpoints";
  const sorted = (values: ArrayLike<number>) => Array.from(values).sort((a, b) => a - b);
  const [ours, theirs] = [sorted(midpoints(FOUR, 1)), sorted(midpoints(TWIN, 1))];
  const three = drawPoints(3, 0);
  const recovered = pointsFromMidpoints(midpoints(three, 2), 2, 3);
  return [
    {
      heading,
      what: "largest difference between those of {0, 1, 3, 7} and of {-1.5, 2.5, 4.5, 5.5}",
      expected: 0,
      tolerance: 0,
      measured: Math.max(...ours.map((value, i) => Math.abs(value - theirs[i]))),
      source: "derived: x and S - x, S half the sum of four points",
      basis: "derived",
    },
    {
      heading,
      what: "sets of points that have those of {0, 1, 3, 7}",
      expected: 2,
      tolerance: 0,
      measured: pointSetsFromMidpoints(midpoints(FOUR, 1), 1).length,
      source: "derived: the points themselves and that twin",
      basis: "derived",
    },
    {
      heading,
      what: "error of 3 points from midpoints with known pairs",
      expected: 0,
      tolerance: 1e-12,
      measured: Math.max(...recovered.map((value, i) => Math.abs(value - three[i]))),
      source: "derived: x_i = x_ij + x_ik - x_jk",
      basis: "derived",
    },
    ...studies.flatMap(({ points, draws, fewest, most, error }): Check[] => {
      const kind = `${points} random points, ${draws} draws`;
      if (points === 4) {
        const source = "derived: four points are never determined";
        return [
          {
            heading,
            what: `${kind}: fewest sets that fit`,
            expected: 2,
            tolerance: 0,
            measured: fewest,
            source,
            basis: "derived",
          },
        ];
      }
      if (points < 6) return [];
      const source = "paper 2.5, Theorem 2.11: unique from 6 points on";
      return [
        {
          heading,
          what: `${kind}: most sets that fit`,
          expected: 1,
          tolerance: 0,
          measured: most,
          source,
          basis: "derived",
        },
        {
          heading,
          what: `${kind}: largest error`,
          expected: 0,
          tolerance: 1e-9,
          measured: error,
          source,
          basis: "derived",
        },
      ];
    }),
  ];
}
