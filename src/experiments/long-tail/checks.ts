/**
 * What has to come out of the long-tail experiment: that over-smoothed labels help the rare classes on the way, and not at its end.
 * Inequalities on means over draws, with room between two times ten draws that were trained with other tools (PyTorch). The paper's
 * own numbers are of other data and nets.
 */

import { type Bound, bounded, type Reference, showSpread } from "../../report/references.ts";
import { counted } from "../../report/words.ts";
import type { LongTailResults, PathName, TailMeasures, TailPath } from "./results.ts";

/** Draws and steps of the runs that the bounds come from. */
const DRAWS = 10;
const STEPS = 400;
const ACCURACIES = ["overall", "many", "few"] as const;

type Measured = Pick<LongTailResults, "steps" | "stage1" | "paths">;

/** All inequalities of the ways that were trained; what was run otherwise proves nothing. */
export function longTailChecks({ steps, stage1, paths }: Measured, firstSteps: number): Reference[] {
  const draws = stage1.runs.length;
  const lost = paths.reduce(
    (sum, { runs }) => sum + runs.filter(({ at }) => at.at(-1)?.overall === null).length,
    0,
  );
  const differences = [
    ...(draws < DRAWS ? [`${draws} of ${DRAWS} draws`] : []),
    ...(firstSteps !== STEPS ? [`${firstSteps} of ${STEPS} steps`] : []),
    ...([5, 20, STEPS].some((step) => !steps.includes(step)) ? ["another second stage"] : []),
    ...(lost > 0 ? [`${counted(lost, "run")} diverged`] : []),
  ];
  const heading = `Means over ${draws} draws, less those before the second stage`;
  const common = {
    source: `independent repetition (PyTorch, two times ${DRAWS} draws)`,
    basis: "repeated" as const,
    differences,
  };
  const pathOf = (name: PathName) => paths.find((path) => path.name === name);
  const spreadAt = (name: PathName, step: number, measure: keyof TailMeasures) =>
    pathOf(name)?.over[steps.indexOf(step)]?.[measure] ?? { mean: null, std: null };
  const gain = (name: PathName, step: number, measure: keyof TailMeasures) => {
    const [after, before] = [spreadAt(name, step, measure).mean, stage1.over[measure].mean];
    return after === null || before === null ? null : after - before;
  };
  const compared = (
    name: PathName,
    step: number,
    measure: keyof TailMeasures,
    relation: Bound["relation"],
    bound: number,
  ) => {
    const words = { overall: "overall", many: "many", few: "few", magnitudeSpread: "spread of magnitudes" };
    const own = showSpread(spreadAt(name, step, measure));
    return bounded({
      ...common,
      heading,
      what: `${pathOf(name)?.label ?? name}, step ${step}: ${words[measure as keyof typeof words]} (${own} less ${showSpread(stage1.over[measure])})`,
      relation,
      bound,
      measured: gain(name, step, measure),
    });
  };
  return [
    ...(["slow-0.98", "slow-0.9"] as const)
      .filter(pathOf)
      .flatMap((name) => [
        compared(name, 20, "overall", "at least", 0.04),
        compared(name, 20, "few", "at least", 0.1),
        compared(name, 20, "magnitudeSpread", "at most", 0),
      ]),
    ...(["fast-0.9", "fast-0.98"] as const)
      .filter(pathOf)
      .flatMap((name) => [
        compared(name, 5, "few", "at least", 0.12),
        compared(name, STEPS, "few", "at most", 0),
      ]),
    ...(["fast-0"] as const).filter(pathOf).map((name) =>
      bounded({
        ...common,
        heading,
        what: "fast, δ = 0: largest change of a mean accuracy (overall, many, few) at any step",
        relation: "at most",
        bound: 0.02,
        measured: largestChange(pathOf(name), stage1.over),
      }),
    ),
  ];
}

/** Largest distance of a mean accuracy from that before, over all steps; null where there is none. */
function largestChange(path: TailPath | undefined, before: LongTailResults["stage1"]["over"]): number | null {
  const changes = (path?.over ?? []).flatMap((at) =>
    ACCURACIES.map((measure) =>
      Math.abs((at[measure].mean ?? Number.NaN) - (before[measure].mean ?? Number.NaN)),
    ),
  );
  return changes.length === 0 ? null : Math.max(...changes);
}
