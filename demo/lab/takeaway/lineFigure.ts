/** Nets on a line as a figure: probabilities over x, every net and the mean, and the Mixup-optimal classifier. */

import * as Plot from "@observablehq/plot";
import type { FigureSpec, Key, Panel } from "../../../src/report/figure.ts";
import { scale } from "../../../src/report/panels.ts";
import { spreadOf } from "../page/geometry.ts";
import type { Palette } from "../page/palette.ts";
import type { Group } from "../training/experiment.ts";
import { channels } from "../training/protocol.ts";
import { classKeys, groupColour, hex, inRows, MISS_KEY, panelTitle, trainingPoints } from "./marks.ts";
import { comparedText, failedText, meanOf, settingsText, stepText } from "./settings.ts";
import type { Trained } from "./shown.ts";

export function lineFigure(trained: Trained, palette: Palette): FigureSpec {
  const { config, experiment, frame, theory } = trained;
  const { groups, classNames, train } = experiment;
  const classes = train.data.targetSize;
  const small = groups[0].alpha !== undefined;
  const optimal = theory !== undefined && theory.optimal.length > 0 && theory.epsilon !== null;
  const runs = groups[0].runs;
  const step = stepText(frame.step, frame.steps);
  const what = classes === 2 ? `Probability of class ${classNames[1]}` : "Probability of each class";
  const panels = groups.map((group) => linePanel(trained, group, palette, small));
  const lineKeys: Key[] =
    classes === 2 && !small
      ? groups.map((group) => ({
          text: `${group.short}, ${meanOf(runs)}`,
          mark: "line",
          colour: groupColour(group, palette),
        }))
      : classes === 2
        ? [{ text: meanOf(runs), mark: "line", colour: hex(palette.accent) }]
        : classNames.map((name, c) => ({
            text: `class ${name}, ${meanOf(runs)}`,
            mark: "line",
            colour: hex(palette.classes[c]),
          }));
  return {
    name: "mixup-lab-picture",
    title: `${what} at ${step}: ${small ? "Mixup at 16 values of α" : comparedText(experiment)}`,
    caption:
      `${what} over the input x, at ${step}. Bold: ${meanOf(runs)}${small ? " of each α" : " of each kind"}` +
      `${runs === 1 ? "" : "; thin: each net"}. Training points stand at ${classes === 2 ? "the probability that is right for them" : "1"}.` +
      `${optimal && !small ? ` Dashed: the Mixup-optimal classifier h_ε at ε = ${theory.epsilon}.` : ""}` +
      `${failedText(frame.failed, "shown where they stopped")} ${settingsText(config, experiment)}`,
    description: groups.map((group) => panelTitle(trained, group)).join("; "),
    keys: [
      ...lineKeys,
      ...(runs === 1 ? [] : [{ text: "one net", mark: "thin", colour: hex(palette.ink) } as const]),
      ...(optimal && !small
        ? [
            {
              text: `Mixup-optimal h_ε${classes === 2 ? "" : " of each class"}`,
              mark: "dashed",
              colour: hex(palette.ink),
            } as const,
          ]
        : []),
      ...classKeys(classNames, palette),
      MISS_KEY,
    ],
    rows: inRows(panels),
  };
}

function linePanel(trained: Trained, group: Group, palette: Palette, small: boolean): Panel {
  const { experiment, frame, theory } = trained;
  const { probe, train } = experiment;
  const { points, labels, targetSize: classes } = train.data;
  const K = channels(classes);
  const M = probe.points.length;
  const width = probe.columns;
  const xs = probe.points.subarray(0, width);
  const colour = (k: number) => (classes === 2 ? groupColour(group, palette) : hex(palette.classes[k]));
  const row = (values: Float32Array, run: number, k: number) =>
    Float64Array.from(xs, (_, i) => values[(run * M + i) * K + k]);
  const line = (ys: ArrayLike<number>, style: Plot.LineOptions) =>
    Plot.line(xs, { x: (x) => x, y: (_, i) => ys[i], ...style });
  const marks = Array.from({ length: K }, (_, k) => {
    const rows = Array.from({ length: group.runs }, (_, r) =>
      row(frame.probabilities, group.firstRun + r, k),
    );
    const all = Float64Array.from(rows.flatMap((values) => [...values]));
    const { mean } = spreadOf(all, width, 0, group.runs);
    const optimal = group.kind === "mixup" && !small && theory !== undefined ? theory.optimal : [];
    return [
      ...rows.map((ys) => line(ys, { stroke: colour(k), strokeWidth: 0.7, strokeOpacity: 0.35 })),
      line(mean, { stroke: colour(k), strokeWidth: 2.2 }),
      ...(optimal.length === 0
        ? []
        : [
            line(row(optimal as Float32Array, 0, k), {
              stroke: classes === 2 ? hex(palette.ink) : colour(k),
              strokeWidth: 1.4,
              strokeDasharray: "5 3",
            }),
          ]),
    ];
  }).flat();
  const place = (n: number) => [points[n], classes === 2 ? labels![n] : 1] as const;
  const radius = small ? 2.5 : train.data.size > 40 ? 3 : 5;
  return {
    title: panelTitle(trained, group),
    options: {
      width: small ? 190 : 360,
      height: small ? 170 : 290,
      marginLeft: 46,
      marginRight: 16,
      marginTop: 22,
      marginBottom: 38,
      x: scale({ label: "x", domain: [probe.low[0], probe.high[0]], ticks: small ? 3 : 6 }),
      y: {
        ...scale({ label: "probability", domain: [0, 1], ticks: small ? [0, 0.5, 1] : 5 }),
        grid: true,
      },
      marks: [...marks, ...trainingPoints(trained, group, palette, place, radius)],
    },
  };
}
