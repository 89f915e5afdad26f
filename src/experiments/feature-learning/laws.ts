/** The laws that the feature-learning experiment compares. Lambda is of [1/2, 1], so that the first point dominates (2303.08433, section 1). */

import { constantLambda, uniform } from "../../mixing/laws.ts";
import { erm, type Mixing, mixup } from "../../mixing/mixing.ts";
import type { LawName } from "./results.ts";

/** All of them, ERM first. */
export const LAWS: readonly LawName[] = ["ERM", "tied", "independent", "constant"];

/** A law as mixing: one lambda a sample; that of the labels is the points', one of its own, or a constant. */
export function mixingOf(law: LawName): Mixing {
  const half = uniform(0.5, 1);
  const granularity = "sample";
  if (law === "ERM") return erm();
  if (law === "tied") return mixup(half, { granularity });
  return mixup(half, { granularity, labelLambda: law === "constant" ? constantLambda(0.75) : half });
}
