/**
 * The experiment on online mixing drawn: the policies along the training, for each reward, with a noisy domain and with junk.
 *
 * Not here: tables and sentences (`report.ts`).
 */

import { draw } from "../../report/draw.ts";
import { COLOURS, type Figure } from "../../report/figure.ts";
import { curvePanels } from "../../report/panels.ts";
import { showNumber } from "../../report/reportParts.ts";
import { counted } from "../../report/words.ts";
import type { LastDomain, OnlineMixingResults, PolicyName } from "./results.ts";

const LASTS: readonly LastDomain[] = ["noisy inputs", "random labels"];
const DRAWN: readonly PolicyName[] = ["exp3", "ema", "cumulative"];
/** Of each domain; the last is what may go wrong. */
const SERIES = [
  { colour: COLOURS.main, marks: "line" },
  { colour: COLOURS.soft, marks: "line" },
  { colour: COLOURS.third, marks: "dashed" },
  { colour: COLOURS.base, marks: "line" },
] as const;

export const POLICY_LABELS: Readonly<Record<PolicyName, string>> = {
  uniform: "equal shares",
  exp3: "exp3 (the paper)",
  ema: "exponential average (its code)",
  cumulative: "cumulative",
};

/** One figure. */
export function onlineMixingFigures({
  arms,
  steps,
  domains,
}: Pick<OnlineMixingResults, "arms" | "steps" | "domains">): Figure[] {
  const armOf = (last: LastDomain, policy: PolicyName) =>
    arms.find((arm) => arm.last === last && arm.policy === policy)!;
  const lasts = LASTS.filter((last) => arms.some((arm) => arm.last === last));
  const said = { "noisy inputs": "its pixels are noisy", "random labels": "its labels are random" };
  const largest = Math.max(...arms.flatMap(({ policies }) => policies.flat()));
  return [
    draw({
      name: "policies-over-time",
      title: "Where a bandit that follows the loss spends its steps",
      caption:
        `Share of each domain in the policy, mean over ${counted(arms[0].losses.length, "run")}; dotted: equal shares. The last domain: ${lasts.map((last) => said[last]).join("; below: ")}, ` +
        "so that nothing can be learnt from it.",
      description: lasts
        .flatMap((last) =>
          DRAWN.map((policy) => {
            const { shares } = armOf(last, policy);
            return `${last}, ${policy}: ${shares.map((share) => showNumber(share, 2)).join(", ")} in the second half`;
          }),
        )
        .join("; "),
      keys: domains.map((name, k) => ({
        text: name,
        mark: SERIES[k].marks,
        colour: SERIES[k].colour,
      })),
      rows: lasts.map((last) => ({
        heading: last === "noisy inputs" ? "Last domain: noisy inputs" : "Last domain: random labels",
        panels: curvePanels({
          x: { label: "step", ticks: 4, domain: [0, steps[steps.length - 1]] },
          y: { label: "share of the policy", ticks: 5, domain: [0, Math.max(0.5, largest)] },
          rule: 1 / domains.length,
          width: 250,
          panels: DRAWN.map((policy) => ({
            title: POLICY_LABELS[policy],
            series: domains.map((_, k) => ({
              ...SERIES[k],
              x: steps,
              y: armOf(last, policy).policies.map((shares) => shares[k]),
            })),
          })),
        }),
      })),
    }),
  ];
}
