/** The laws that the midpoint experiment compares (arXiv 2210.13512): lambda a sample, partners uniform, the point itself included. */

import { constantLambda, uniform } from "../../mixing/laws.ts";
import { erm, type Mixing, mixup } from "../../mixing/mixing.ts";
import type { LawName } from "./results.ts";

/** A law as mixing. */
export function mixingOf(law: LawName): Mixing {
  if (law === "ERM") return erm();
  return mixup(law === "midpoint" ? constantLambda(0.5) : uniform(), { granularity: "sample" });
}
