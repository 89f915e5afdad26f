/**
 * What has to come out of the experiment on noisy pairs: that mismatched pairs cost much of the recall, and that a filter by the towers'
 * own scores wins a part of it back. Inequalities with room between two draws that were made with other tools; the paper's own numbers are
 * of pretrained encoders on other data.
 */

import type { Spread } from "../../numeric/spread.ts";
import { type Bound, bounded, type Reference, showSpread } from "../../report/references.ts";
import { counted } from "../../report/words.ts";
import type { ArmName, NoisyPairsResults } from "./results.ts";

/** Runs and steps that the bounds come from. */
const RUNS = 4;
const STEPS = 1200;

/** All inequalities; what was run otherwise proves nothing. */
export function noisyPairsChecks({ arms }: Pick<NoisyPairsResults, "arms">, steps: number): Reference[] {
  const runs = Math.min(...arms.map(({ recalls }) => recalls.length));
  const lost = arms.reduce((sum, { recalls }) => sum + recalls.filter((recall) => recall === null).length, 0);
  const compared = (heading: string, what: string, bound: Pick<Bound, "relation" | "bound" | "measured">) =>
    bounded({
      heading,
      what,
      ...bound,
      source: `independent repetition (PyTorch, two times ${RUNS} runs)`,
      basis: "repeated",
      differences: [
        ...(runs < RUNS ? [`${runs} of ${RUNS} runs`] : []),
        ...(steps !== STEPS ? [`${steps} of ${STEPS} steps`] : []),
        ...(lost > 0 ? [`${counted(lost, "run")} diverged`] : []),
      ],
    });
  const arm = (name: ArmName) => arms.find((own) => own.name === name);
  const recall = (name: ArmName): Spread => arm(name)!.recall;
  const over = (a: ArmName, b: ArmName) => {
    const [own, other] = [recall(a).mean, recall(b).mean];
    return own === null || other === null || other === 0 ? null : own / other;
  };
  const told = (name: ArmName) => `${name} (${showSpread(recall(name))})`;
  const heading = "R@1 in pools of 100";
  const [filtered, complementary] = [recall("filtered").mean, arm("complementary")?.recall.mean];
  return [
    compared(heading, `${told("noisy")} over ${told("clean")}`, {
      relation: "at most",
      bound: 0.65,
      measured: over("noisy", "clean"),
    }),
    compared(heading, `${told("filtered")} over ${told("noisy")}`, {
      relation: "at least",
      bound: 1.25,
      measured: over("filtered", "noisy"),
    }),
    compared(
      "The last filter",
      `mismatched share of what it left out (${showSpread(arm("filtered")!.precision!)})`,
      {
        relation: "at least",
        bound: 0.7,
        measured: arm("filtered")!.precision!.mean,
      },
    ),
    ...(complementary === undefined
      ? []
      : [
          compared(heading, `${told("complementary")} less ${told("filtered")}, either way`, {
            relation: "at most",
            bound: 0.04,
            measured: complementary === null || filtered === null ? null : Math.abs(complementary - filtered),
          }),
        ]),
  ];
}
