/**
 * How often a mixed label must be wrong (arXiv 2303.01475): a bound by what the labels' true probabilities are at the two points
 * and at their mixture.
 *
 * Not here: label noise of a regression (`randomFeatures.ts`).
 */

import { checkNumber, checkOptions, float64Numbers } from "../../check.ts";
import { ConfigError } from "../../errors.ts";

/** True probabilities of the classes at two points and at lambda times the first plus 1 - lambda times the other, `[C]` each. */
export interface LabelNoiseRequest {
  readonly atFirst: ArrayLike<number>;
  readonly atPartner: ArrayLike<number>;
  readonly atMixed: ArrayLike<number>;
  /** In [0, 1]. */
  readonly lambda: number;
}

/** Bounds from below on the probability that a hard label drawn from the mixed one is not the true one. */
export interface LabelNoiseBound {
  /** The mixed label, lambda f(x) + (1 - lambda) f(x'), `[C]`. */
  readonly mixed: Float64Array;
  /** Total variation between the true label of the mixed point and the mixed label, in [0, 1]: the bound itself. */
  readonly totalVariation: number;
  /** Half the largest difference of a class, never above the total variation: the bound that one class gives. */
  readonly bound: number;
}

/** How far probabilities may be from 1 together. */
const SUM_TOLERANCE = 1e-6;

/**
 * P(wrong label | z) >= TV(P(Y | z), mixed label) >= 1/2 max_j |f_j(z) - lambda f_j(x) - (1 - lambda) f_j(x')|.
 * @throws ConfigError for probabilities that are none or of other lengths, a lambda outside [0, 1].
 */
export function labelNoiseBound(request: LabelNoiseRequest): LabelNoiseBound {
  const { lambda } = checkOptions("request", request, ["atFirst", "atPartner", "atMixed", "lambda"]);
  const first = probabilities("request.atFirst", request.atFirst);
  const partner = probabilities("request.atPartner", request.atPartner, first.length);
  const truth = probabilities("request.atMixed", request.atMixed, first.length);
  checkNumber("request.lambda", lambda, { from: 0, to: 1, what: "a lambda" });
  const mixed = first.map((probability, c) => lambda * probability + (1 - lambda) * partner[c]);
  const differences = truth.map((probability, c) => Math.abs(probability - mixed[c]));
  return {
    mixed,
    totalVariation: 0.5 * differences.reduce((sum, difference) => sum + difference, 0),
    bound: 0.5 * differences.reduce((most, difference) => Math.max(most, difference), 0),
  };
}

function probabilities(path: string, values: ArrayLike<number>, length?: number): Float64Array {
  const checked = float64Numbers(path, values);
  if (checked.length === 0 || (length !== undefined && checked.length !== length))
    throw new ConfigError(
      path,
      `${checked.length} probabilities. Give one for each of ${length ?? "the"} classes.`,
    );
  const bad = checked.findIndex((value) => value < 0);
  if (bad >= 0) throw new ConfigError(`${path}[${bad}]`, `${checked[bad]} is no probability.`);
  const sum = checked.reduce((total, value) => total + value, 0);
  if (Math.abs(sum - 1) > SUM_TOLERANCE)
    throw new ConfigError(path, `the probabilities sum to ${sum.toPrecision(7)}, not 1.`);
  return checked;
}
