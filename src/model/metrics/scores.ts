/**
 * What the measures of a classifier are taken of: its outputs at labelled points, logits or probabilities, checked.
 *
 * Not here: the measures; where outputs come from.
 */

import { checkInteger, checkLength, checkOptions, classLabels, shown } from "../../check.ts";
import { ConfigError } from "../../errors.ts";

/** A classifier's outputs at N labelled points, in float64. */
export type Scores = LogitScores | ProbabilityScores;

/** Outputs before the softmax. */
export interface LogitScores {
  /** `[N, C]`, row-major, N at least 1. */
  readonly logits: ArrayLike<number>;
  readonly probabilities?: undefined;
  /** The class of each point, `[N]`. */
  readonly labels: ArrayLike<number>;
  /** C, at least 2. */
  readonly classes: number;
}

/** Outputs after the softmax. */
export interface ProbabilityScores {
  /** `[N, C]`, row-major, N at least 1; from 0, the rows of sum 1 to three digits. */
  readonly probabilities: ArrayLike<number>;
  readonly logits?: undefined;
  /** The class of each point, `[N]`. */
  readonly labels: ArrayLike<number>;
  /** C, at least 2. */
  readonly classes: number;
}

/** Scores after the check. */
export interface CheckedScores {
  /** N. */
  readonly size: number;
  /** C. */
  readonly classes: number;
  readonly kind: "logits" | "probabilities";
  /** Logits or probabilities, `[N, C]`. */
  readonly values: Float64Array;
  /** `[N]`. */
  readonly labels: Uint32Array;
}

const KEYS = ["logits", "probabilities", "labels", "classes"] as const;

/** How far the probabilities of a row may be from 1 together: as for soft labels. */
const SUM_TOLERANCE = 1e-3;

/**
 * Checked scores.
 * @throws ConfigError (paths `scores.…`) unless there is one of logits and probabilities, of N rows of C numbers for N labels; for
 * labels that are no class, numbers that are not finite unless `finite` is false, and rows that are no probabilities.
 */
export function checkedScores(scores: Scores, { finite = true } = {}): CheckedScores {
  const { logits, probabilities, labels, classes } = checkOptions<Scores>("scores", scores, KEYS);
  checkInteger("scores.classes", classes, 2, 0x10000, "a number of classes");
  const kind = logits === undefined ? "probabilities" : "logits";
  if (logits !== undefined && probabilities !== undefined)
    throw new ConfigError("scores.probabilities", "logits are given, too. Give one of the two.");
  const given = logits ?? probabilities;
  const path = `scores.${kind}`;
  const length = checkLength(path, given, "Give logits or probabilities, [N, C].");
  const size = checkLength("scores.labels", labels, "Give a class for each point.");
  if (size === 0 || length !== size * classes) {
    throw new ConfigError(
      path,
      `${length} numbers for ${size} labels and ${classes} classes. Give ${classes} numbers a point, one point or more.`,
    );
  }
  const values = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    const value: unknown = given![i];
    if (typeof value !== "number" || (finite && !Number.isFinite(value)))
      throw new ConfigError(
        `${path}[${i}]`,
        `${shown(value)} is not ${finite ? "a finite number" : "a number"}.`,
      );
    values[i] = value;
  }
  if (kind === "probabilities") checkRows(path, values, classes);
  return { size, classes, kind, values, labels: classLabels("scores.labels", labels, classes) };
}

/** Refuses rows that are finite, yet no probabilities. */
function checkRows(path: string, values: Float64Array, classes: number): void {
  for (let from = 0; from < values.length; from += classes) {
    let sum = 0;
    for (let k = from; k < from + classes; k++) {
      if (values[k] < 0) throw new ConfigError(`${path}[${k}]`, `${values[k]} is no probability.`);
      sum += values[k];
    }
    // A sum that is NaN passes: whoever lets non-finite numbers in ranks them last.
    if (Math.abs(sum - 1) > SUM_TOLERANCE)
      throw new ConfigError(
        `${path}[${from}]`,
        `the probabilities of point ${from / classes} sum to ${sum.toPrecision(4)}, not 1. Give logits as logits.`,
      );
  }
}

/** log(sum of exp) of `classes` numbers from `from` on; the largest is taken out, so that nothing overflows. */
export function logSumExp(values: Float64Array, from: number, classes: number): number {
  let largest = -Infinity;
  for (let k = from; k < from + classes; k++) largest = Math.max(largest, values[k]);
  let sum = 0;
  for (let k = from; k < from + classes; k++) sum += Math.exp(values[k] - largest);
  return largest + Math.log(sum);
}

/** Probabilities `[N, C]` of checked scores; a copy where they are given as such. */
export function probabilitiesOf({ kind, values, size, classes }: CheckedScores): Float64Array {
  const probabilities = Float64Array.from(values);
  if (kind === "probabilities") return probabilities;
  for (let n = 0; n < size; n++) {
    const normalizer = logSumExp(values, n * classes, classes);
    for (let k = n * classes; k < (n + 1) * classes; k++) probabilities[k] = Math.exp(values[k] - normalizer);
  }
  return probabilities;
}

/** The class of the largest output of each point, `[N]`; ties go to the smaller class. */
export function predictionsOf({ values, size, classes }: CheckedScores): Uint32Array {
  return Uint32Array.from({ length: size }, (_, n) => {
    let best = 0;
    for (let c = 1; c < classes; c++) if (values[n * classes + c] > values[n * classes + best]) best = c;
    return best;
  });
}
