/**
 * What must come out of learnt weights: inequalities on means over draws, with room between two times ten draws of another generator
 * (NumPy). The paper's own numbers are of other data.
 */

import { bounded, check, type Reference, showSpread } from "../../report/references.ts";
import type { FairWeightsResults, Measure } from "./results.ts";

const DRAWS = 10;
const ROUNDS = 400;
/** A smooth model's derivatives by differences in float32. */
const DIFFERENCE_TOLERANCE = 1e-3;
export const MEASURE_NAMES: Readonly<Record<Measure, string>> = {
  accuracy: "accuracy",
  opportunity: "equal-opportunity gap",
  odds: "equalised-odds gap",
};

/** All of them; fewer draws or other rounds prove nothing. */
export function fairWeightsChecks({
  rounds,
  runs,
  last,
  differences,
}: Pick<FairWeightsResults, "rounds" | "runs" | "last" | "differences">): Reference[] {
  const done = rounds[rounds.length - 1];
  const shared = {
    heading: `Means over ${runs.length} draws`,
    source: `independent repetition (NumPy, two times ${DRAWS} draws)`,
    basis: "repeated" as const,
    differences: [
      ...(runs.length < DRAWS ? [`${runs.length} of ${DRAWS} draws`] : []),
      ...(done !== ROUNDS ? [`${done} of ${ROUNDS} rounds`] : []),
    ],
  };
  const compared = (
    method: "erm" | "biFair",
    measure: Measure,
    relation: "at most" | "at least",
    bound: number,
  ) =>
    bounded({
      ...shared,
      what: `${method === "erm" ? "ERM" : "learnt weights"}: ${MEASURE_NAMES[measure]} (${showSpread(last[method][measure])})`,
      relation,
      bound,
      measured: last[method][measure].mean,
    });
  return [
    compared("biFair", "accuracy", "at least", 0.9),
    compared("biFair", "opportunity", "at most", 0.06),
    compared("biFair", "odds", "at most", 0.06),
    compared("erm", "opportunity", "at least", 0.4),
    compared("erm", "odds", "at least", 0.4),
    ...differences.map(({ round, largest }) =>
      check({
        heading: "Derivatives by weights",
        what: `round ${round}: by differences on the device, largest error over largest value`,
        expected: 0,
        tolerance: DIFFERENCE_TOLERANCE,
        measured: largest,
        source: "derived: exact derivatives of a logistic model",
        basis: "derived",
      }),
    ),
  ];
}
