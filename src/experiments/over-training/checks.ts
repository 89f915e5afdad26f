/**
 * What must come out of over-training: bounds on medians, with the room that two independent computations of other draws left
 * (last over best of Mixup 2.34 and 2.12; of ERM 1.03 and 1.01). Fixed before ours were computed.
 */

import { bounded, check, type Reference } from "../../report/references.ts";
import type { OverTrainingResults } from "./results.ts";
import { farthest, median, summarize } from "./summary.ts";

const FEWEST_DRAWS = 10;
/** Float32 descent in NumPy came within 2e-6 of the closed form in 10,000 steps. */
const TRAINED_TOLERANCE = 1e-4;

export function overTrainingChecks({
  draws,
  trained,
}: Pick<OverTrainingResults, "draws" | "trained">): Reference[] {
  const { mixup, erm, clean, switched } = summarize({ draws });
  const heading = "Closed form";
  const of = `median of ${draws.length} draws`;
  const shared = {
    heading,
    source: "computed independently in NumPy on 30 draws of another generator",
    basis: "repeated" as const,
    differences: draws.length < FEWEST_DRAWS ? [`${draws.length} of ${FEWEST_DRAWS} draws`] : [],
  };
  const { relative, clean: cleanDistance } = farthest(trained);
  const nets = {
    heading: "Trained nets",
    expected: 0,
    tolerance: TRAINED_TOLERANCE,
    source: "derived: gradient descent in closed form",
    basis: "derived" as const,
  };
  return [
    bounded({
      ...shared,
      what: `Mixup, last error over best, ${of}`,
      relation: "at least",
      bound: 1.6,
      measured: median(mixup),
    }),
    bounded({
      ...shared,
      what: `ERM, last error over best, ${of}`,
      relation: "at most",
      bound: 1.15,
      measured: median(erm),
    }),
    check({
      ...shared,
      what: `midpoints with clean labels, last error, ${of}`,
      expected: 0,
      tolerance: 1e-3,
      measured: median(clean),
      source: "computed independently in NumPy; the teacher can be realized",
    }),
    bounded({
      ...shared,
      what: `Mixup to its best step, then ERM: last error over ERM's, ${of}`,
      relation: "at most",
      bound: 1.3,
      measured: median(switched),
    }),
    ...(trained.length === 0
      ? []
      : [
          check({
            ...nets,
            what: "Mixup, ERM and the switch: largest relative distance to the closed form",
            measured: relative,
          }),
          check({
            ...nets,
            what: "clean labels: largest distance to the closed form",
            measured: cleanDistance,
          }),
        ]),
  ];
}
