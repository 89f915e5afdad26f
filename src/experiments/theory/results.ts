/**
 * What the theory experiment hands back: plain data that survives JSON, the content of its `results.json`.
 */

import type { ExperimentResults } from "../../report/results.ts";
import type { LineSet } from "../lineSets.ts";
/** Which points fail where: a cell for each alpha and epsilon. */
export interface FlipDiagram {
  /** Both in geometric steps. */
  readonly alphas: number[];
  readonly epsilons: number[];
  /**
   * For each cell (alpha fastest) the failing points as a sum of 2^point: those to which h_eps gives some
   * other class more than their own.
   */
  readonly failing: number[];
}

/** Everything about one line. */
export interface LineFlips extends LineSet {
  /** h_eps of class 0 at every point, for each alpha and epsilon of the table. */
  readonly table: { readonly alpha: number; readonly epsilon: number; readonly probability: number[] }[];
  /** Per alpha, the smallest epsilon at which each point fails; null where none does. */
  readonly flipEpsilon: { readonly alpha: number; readonly perPoint: (number | null)[] }[];
  /** Per epsilon, the smallest alpha at which each point fails; null where none does. */
  readonly flipAlpha: { readonly epsilon: number; readonly perPoint: (number | null)[] }[];
  /** Share of the points that h_eps gets wrong at epsilon {@link ERROR_EPSILON}. */
  readonly errors: { readonly alpha: number; readonly error: number }[];
  readonly diagram: FlipDiagram;
}

export interface TheoryResults extends ExperimentResults {
  readonly lines: LineFlips[];
}
