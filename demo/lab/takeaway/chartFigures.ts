/** The lab's charts as figures: error and losses over the steps, and the error over alpha of a sweep. */

import * as Plot from "@observablehq/plot";
import type { FigureSpec, Key, Panel } from "../../../src/report/figure.ts";
import { type Axis, scale } from "../../../src/report/panels.ts";
import type { Palette } from "../page/palette.ts";
import { groupSpread } from "../training/measured/spread.ts";
import { shortNumber } from "../training/mixings.ts";
import { groupColour, hex } from "./marks.ts";
import { comparedText, failedText, meanOf, settingsText, stepText } from "./settings.ts";
import { type CurveName, plotQuantity, type Trained } from "./shown.ts";

export function curveFigure(name: CurveName, trained: Trained, palette: Palette): FigureSpec {
  const { config, experiment, frame, history, theory } = trained;
  const index = plotQuantity(name, experiment);
  const { title, label, what, kind, least } = experiment.quantities[index];
  const factor = kind === "share" ? 100 : 1;
  const sweep = experiment.groups[0].alpha !== undefined;
  // All nets of a sweep are one series, as on the page.
  const groups = sweep
    ? [{ ...experiment.groups[0], runs: experiment.train.runs.length }]
    : experiment.groups;
  const level = name === "training-loss" && !sweep ? (theory?.optimalLoss ?? null) : null;
  const series = groups.map((group) => {
    const { mean, least, largest } = groupSpread(history, group, index);
    const rows = Array.from(mean, (value, e) => ({
      step: history.steps[e],
      mean: factor * value,
      least: factor * least[e],
      largest: factor * largest[e],
    }));
    return {
      rows,
      colour: groupColour(group, palette),
      words: sweep ? "Mixup, all values of α" : group.name,
    };
  });
  const top = Math.max(
    factor * least,
    level ?? 0,
    ...series.flatMap(({ rows }) => rows.map(({ largest }) => largest)),
  );
  const marks = [
    ...(level === null
      ? []
      : [Plot.ruleY([level], { stroke: hex(palette.accent), strokeWidth: 1.4, strokeDasharray: "5 3" })]),
    ...series.flatMap(({ rows, colour }) => [
      Plot.areaY(rows, { x: "step", y1: "least", y2: "largest", fill: colour, fillOpacity: 0.16 }),
      Plot.lineY(rows, { x: "step", y: "mean", stroke: colour, strokeWidth: 1.8 }),
    ]),
  ];
  const keys: Key[] = series.map(({ words, colour }) => ({ text: words, mark: "line", colour }));
  if (level !== null) {
    const text = `J* = ${level.toFixed(3)}, the least that Mixup’s can be`;
    keys.push({ text, mark: "dashed", colour: hex(palette.accent) });
  }
  return {
    name: `mixup-lab-${name}`,
    title: `${title.replace(", mixed", "")}${sweep ? "" : `, ${comparedText(experiment)}`}`,
    caption:
      `${what}, over the optimizer’s steps. Line: ${meanOf(groups[0].runs)}${sweep ? "" : " of each kind"}; ` +
      `band: from the least of them to the largest.${failedText(frame.failed, "left out from there on")} ${settingsText(config, experiment)}`,
    description: series
      .map(
        ({ words, rows }) => `${words}: ${rows.at(-1)?.mean.toPrecision(3) ?? "nothing measured"} at the end`,
      )
      .join("; "),
    keys,
    rows: [
      {
        panels: [
          panel(
            { label: "step", domain: [0, frame.steps] },
            { label, domain: [0, kind === "share" ? Math.min(100, 1.08 * top) : 1.08 * top || 1], ticks: 5 },
            marks,
          ),
        ],
      },
    ],
  };
}

export function sweepFigure(trained: Trained, palette: Palette): FigureSpec {
  const { config, experiment, frame, history } = trained;
  const { groups } = experiment;
  const last = history.shown;
  const [{ kind, what, label }] = experiment.quantities;
  const isShare = kind === "share";
  const factor = isShare ? 100 : 1;
  const rows = groups.flatMap((group) => {
    const { mean, least, largest } = groupSpread(history, group, 0);
    if (last < 0 || mean.length <= last) return [];
    return [
      {
        alpha: group.alpha!,
        mean: factor * mean[last],
        least: factor * least[last],
        largest: factor * largest[last],
      },
    ];
  });
  const alphas = groups.map(({ alpha }) => alpha!);
  const colour = hex(palette.accent);
  const step = stepText(history.steps[last] ?? 0, frame.steps);
  const nets = meanOf(groups[0].runs);
  return {
    name: "mixup-lab-sweep",
    title: `Error of Mixup over α, at ${step}`,
    caption:
      `${what}, at ${step}, over α of Beta(α, α). Dot: ${nets}; ` +
      `bar: from the least of them to the largest.${failedText(frame.failed, "left out")} ${settingsText(config, experiment)}`,
    description: rows
      .map(({ alpha, mean }) => `α = ${alpha}: ${isShare ? `${mean.toFixed(1)} %` : shortNumber(mean)}`)
      .join("; "),
    keys: [
      { text: nets, mark: "dot", colour },
      { text: "least to largest", mark: "square", colour: hex(palette.accent, 0.3) },
    ],
    rows: [
      {
        panels: [
          panel(
            {
              label: "α",
              log: true,
              domain: [alphas[0] / 1.2, alphas[alphas.length - 1] * 1.2],
              ticks: alphas.filter((_, i) => i % 3 === 0),
            },
            {
              label,
              domain: [0, isShare ? 100 : 1.08 * Math.max(...rows.map(({ largest }) => largest)) || 1],
              ticks: 5,
            },
            [
              Plot.ruleX(rows, {
                x: "alpha",
                y1: "least",
                y2: "largest",
                stroke: colour,
                strokeOpacity: 0.3,
                strokeWidth: 6,
              }),
              Plot.lineY(rows, { x: "alpha", y: "mean", stroke: colour, strokeWidth: 1.8 }),
              Plot.dot(rows, { x: "alpha", y: "mean", r: 3.4, fill: colour }),
            ],
          ),
        ],
      },
    ],
  };
}

function panel(
  x: Axis & { domain: readonly [number, number] },
  y: Axis & { domain: readonly [number, number] },
  marks: Plot.Markish[],
): Panel {
  return {
    title: "",
    options: {
      width: 520,
      height: 280,
      marginLeft: 58,
      marginRight: 18,
      marginTop: 22,
      marginBottom: 38,
      x: scale(x),
      y: { ...scale(y), grid: true },
      marks,
    },
  };
}
