/**
 * The experiment on noisy pairs drawn: recall along the training, what the filter left out, and the scores that it goes by.
 *
 * Not here: tables and sentences (`report.ts`).
 */

import * as Plot from "@observablehq/plot";
import { draw } from "../../report/draw.ts";
import { COLOURS, type Figure, type Panel } from "../../report/figure.ts";
import { curvePanels, scale } from "../../report/panels.ts";
import { percent, showNumber } from "../../report/reportParts.ts";
import { counted } from "../../report/words.ts";
import type { ArmName, NoisyPairsResults, ScoreCounts } from "./results.ts";

export const ARM_LABELS: Readonly<Record<ArmName, string>> = {
  clean: "matched pairs alone",
  noisy: "all pairs",
  filtered: "filtered by score",
  weighted: "filtered, weighted by entropy",
  energy: "filtered by energy",
  complementary: "filtered, complementary loss",
};

const SERIES: Readonly<Record<ArmName, { colour: string; marks: "line" | "dashed" }>> = {
  clean: { colour: COLOURS.soft, marks: "line" },
  noisy: { colour: COLOURS.base, marks: "line" },
  filtered: { colour: COLOURS.main, marks: "line" },
  weighted: { colour: COLOURS.main, marks: "dashed" },
  energy: { colour: COLOURS.base, marks: "dashed" },
  complementary: { colour: COLOURS.third, marks: "dashed" },
};

type Drawn = Pick<NoisyPairsResults, "arms" | "steps" | "filterSteps" | "scores">;

/** One figure, or two where there are scores. */
export function noisyPairsFigures(results: Drawn): Figure[] {
  const { scores } = results;
  return [recallFigure(results), ...(scores === undefined ? [] : [scoreFigure(results, scores)])];
}

function recallFigure({ arms, steps, filterSteps }: Drawn): Figure {
  const x = { label: "step", ticks: 4, domain: [0, steps[steps.length - 1]] as const };
  const recalls = curvePanels({
    x,
    y: {
      label: "R@1",
      ticks: 5,
      domain: [0, Math.max(0.4, ...arms.flatMap(({ curve }) => curve.map(Number)))],
    },
    width: 300,
    panels: [
      {
        title: "Own second half found",
        series: arms.map(({ name, curve }) => ({ ...SERIES[name], x: steps, y: curve })),
      },
    ],
  });
  const precisions = curvePanels({
    x,
    y: { label: "mismatched of what is left out", ticks: 5, domain: [0, 1] },
    rule: 0.4,
    width: 300,
    panels: [
      {
        title: "What filters leave out",
        series: arms.flatMap(({ name, precisionCurve }) =>
          precisionCurve === undefined ? [] : [{ ...SERIES[name], x: filterSteps, y: precisionCurve }],
        ),
      },
    ],
  });
  return draw({
    name: "recall-over-time",
    title: "Towers that leave out what they think does not match",
    caption:
      `Mean over ${counted(arms[0].recalls.length, "run")}. Left: share of test pairs whose left half finds its own right half among 100. Right: of the ` +
      "pairs that a filter leaves out, the share that does not match; dotted: of all pairs, what leaving out at random would give.",
    description: arms
      .map(({ name, recall, precision }) => {
        const left =
          precision === undefined ? "" : `, ${percent(precision.mean ?? 0)} of what is left out mismatched`;
        return `${ARM_LABELS[name]}: R@1 ${showNumber(recall.mean)}${left}`;
      })
      .join("; "),
    keys: arms.map(({ name }) => ({
      text: ARM_LABELS[name],
      mark: SERIES[name].marks,
      colour: SERIES[name].colour,
    })),
    rows: [{ panels: [...recalls, ...precisions] }],
  });
}

function scoreFigure({ filterSteps }: Drawn, scores: ScoreCounts): Figure {
  const { edges, matched, mismatched } = scores;
  const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);
  const bars = (counts: readonly number[], colour: string) =>
    Plot.rectY(
      counts.map((count, k) => ({
        from: edges[k],
        to: edges[k + 1],
        share: count / Math.max(1, total(counts)),
      })),
      { x1: "from", x2: "to", y: "share", fill: colour, fillOpacity: 0.55 },
    );
  const most = Math.max(
    ...[matched, mismatched].flatMap((counts) => counts.map((count) => count / Math.max(1, total(counts)))),
  );
  const panel: Panel = {
    title: "",
    options: {
      width: 640,
      height: 240,
      marginLeft: 58,
      marginRight: 18,
      marginTop: 22,
      marginBottom: 38,
      x: { ...scale({ label: "score of a pair, log p + log q", domain: [edges[0], 0] }), grid: false },
      y: { ...scale({ label: "share of its kind", ticks: 4, domain: [0, most] }), grid: true },
      marks: [bars(mismatched, COLOURS.base), bars(matched, COLOURS.main)],
    },
  };
  return draw({
    name: "scores",
    title: "Scores that the filter goes by",
    caption:
      `Training pairs at the last filter, after step ${filterSteps[filterSteps.length - 1]}, all runs together, by their scores among all training ` +
      "pairs; at 0 each half finds the other beyond doubt. The towers have been trained on what was kept before.",
    description: `${total(matched)} scores of matched and ${total(mismatched)} of mismatched pairs, from ${edges[0]} to 0`,
    keys: [
      { text: "matched", mark: "square", colour: COLOURS.main },
      { text: "mismatched", mark: "square", colour: COLOURS.base },
    ],
    rows: [{ panels: [panel] }],
  });
}
