/**
 * The Self-Evolution experiment drawn: accuracy and calibration error of every set of training points, way by way.
 *
 * Not here: tables and sentences (`report.ts`).
 */

import * as Plot from "@observablehq/plot";
import { draw } from "../../report/draw.ts";
import { COLOURS, type Figure } from "../../report/figure.ts";
import { scale } from "../../report/panels.ts";
import { showNumber } from "../../report/reportParts.ts";
import { counted } from "../../report/words.ts";
import type { Measures, SelfEvolutionArm, SelfEvolutionResults } from "./results.ts";

const PANELS: readonly { measure: keyof Measures; title: string }[] = [
  { measure: "accuracy", title: "Accuracy on the other digits" },
  { measure: "calibrationError", title: "Expected calibration error" },
];

/** Heights of the dots of a row, so that equal ones show. */
const jitter = (r: number) => (((r * 5) % 9) - 4) * 0.07;

function colourOf({ name }: SelfEvolutionArm): string {
  if (name === "erm" || name === "smoothing") return COLOURS.base;
  return name === "mixup" ? COLOURS.main : COLOURS.third;
}

/** One figure: accuracies lie over each other, calibration errors do not. */
export function selfEvolutionFigures({ arms }: Pick<SelfEvolutionResults, "arms">): Figure[] {
  return [
    draw({
      name: "accuracy-and-calibration",
      title: "Accuracy and calibration, way by way",
      caption:
        `Five digits a class: a dot for each of ${counted(arms[0].runs.length, "set")} of training points, a bar at their mean. ` +
        "Expected calibration error over ten bins of confidence; less is better.",
      description: arms
        .map(
          ({ label, over }) =>
            `${label}: accuracy ${showNumber(over.accuracy.mean)}, calibration error ${showNumber(over.calibrationError.mean)}`,
        )
        .join("; "),
      keys: [
        { text: "without Mixup", mark: "dot", colour: COLOURS.base },
        { text: "Mixup", mark: "dot", colour: COLOURS.main },
        { text: "with pieces of Self-Evolution", mark: "dot", colour: COLOURS.third },
      ],
      rows: [{ panels: PANELS.map(({ measure, title }, i) => panelOf(arms, measure, title, i === 0)) }],
    }),
  ];
}

function panelOf(
  arms: readonly SelfEvolutionArm[],
  measure: keyof Measures,
  title: string,
  isFirst: boolean,
) {
  const dots = arms.flatMap((arm, row) =>
    arm.runs.flatMap((run, r) =>
      run[measure] === null ? [] : [{ x: run[measure], y: row + jitter(r), colour: colourOf(arm) }],
    ),
  );
  const means = arms.flatMap((arm, row) =>
    arm.over[measure].mean === null ? [] : [{ x: arm.over[measure].mean, row, colour: colourOf(arm) }],
  );
  const values = dots.map(({ x }) => x);
  const [low, high] = values.length === 0 ? [0, 1] : [Math.min(...values), Math.max(...values)];
  const room = 0.06 * (high - low) || 0.01;
  const domain = [measure === "accuracy" ? low - room : 0, high + room] as const;
  return {
    title,
    options: {
      width: isFirst ? 400 : 270,
      height: 60 + 34 * arms.length,
      marginLeft: isFirst ? 160 : 30,
      marginRight: 18,
      marginTop: 8,
      marginBottom: 38,
      x: { ...scale({ label: measure === "accuracy" ? "accuracy" : "error", ticks: 4, domain }), grid: true },
      y: {
        domain: [-0.6, arms.length - 0.4],
        reverse: true,
        label: null,
        ticks: arms.map((_, row) => row),
        tickFormat: (row: number) => (isFirst ? arms[row].label : ""),
        tickSize: 0,
      },
      marks: [
        Plot.dot(dots, { x: "x", y: "y", r: 2.6, fill: ({ colour }) => colour, fillOpacity: 0.6 }),
        Plot.ruleX(means, {
          x: "x",
          y1: ({ row }) => row - 0.4,
          y2: ({ row }) => row + 0.4,
          stroke: ({ colour }) => colour,
          strokeWidth: 2.2,
        }),
      ],
    },
  };
}
