/** Learnt weights as a figure: the training points as large as they weigh, the line of each group, and mean weights over the rounds. */

import * as Plot from "@observablehq/plot";
import { MixupError } from "../../../../src/index.ts";
import type { FigureSpec, Key, Panel } from "../../../../src/report/figure.ts";
import { scale } from "../../../../src/report/panels.ts";
import type { Palette } from "../../page/palette.ts";
import { edgeIn, groupHalfPlane } from "../../pictures/fair/halfPlanes.ts";
import type { Group } from "../../training/experiment.ts";
import { groupSpread, latestMean } from "../../training/measured/spread.ts";
import { hex } from "../marks.ts";
import { failedText, settingsText, stepText } from "../settings.ts";
import type { Trained } from "../shown.ts";

const WRONG = "#b3261e";
const FRAME = { marginLeft: 46, marginRight: 16, marginTop: 22, marginBottom: 38 };
/** Radius of a circle of weight 1; a square's symbol has the same area. */
const RADIUS = 2.9;

export function fairFigure(trained: Trained, palette: Palette): FigureSpec {
  const { config, experiment, frame } = trained;
  if (frame.fairWeights === undefined)
    throw new MixupError("Nothing has been learnt yet: train for some rounds.");
  const { groups } = experiment;
  const ink = hex(palette.ink);
  const keys: Key[] = [
    { text: "labelled class 0, of group 0", mark: "dot", colour: hex(palette.classes[0]) },
    { text: "class 1, of group 0", mark: "dot", colour: hex(palette.classes[1]) },
    { text: "of group 1", mark: "square", colour: ink },
    { text: "wrong label", mark: "cross", colour: ink },
    { text: "line of group 0", mark: "line", colour: ink },
    { text: "of group 1", mark: "dashed", colour: ink },
    { text: "rule of the right labels", mark: "thin", colour: ink },
  ];
  const draws = config.seeds === 1 ? "one draw" : `${config.seeds} draws`;
  return {
    name: "mixup-lab-picture",
    title: "Weights of training points, learnt to be fair to two groups",
    caption:
      `Training points of the first of ${draws} at ${stepText(frame.step, frame.steps).replace("step", "round")}: the area of a mark is its weight. x and y are the inputs beside the group. ` +
      `Above: mean accuracy and equal-opportunity gap on clean test points. Below: mean weight of points whose label is wrong, and right; band: from the least to the largest of the draws.` +
      `${failedText(frame.failed, "left out")} ${settingsText(config, experiment)}`,
    description: groups.map((group) => titleOf(trained, group)).join("; "),
    keys,
    rows: [
      { heading: "Training points", panels: groups.map((group) => pointPanel(trained, group, palette)) },
      { heading: "Mean weight over the rounds", panels: [weightPanel(trained, palette)] },
    ],
  };
}

function titleOf({ history }: Trained, group: Group): string {
  const [accuracy, gap] = [0, 1].map((quantity) => latestMean(history, group, quantity));
  const percent = (share: number | undefined) => `${(100 * (share ?? Number.NaN)).toFixed(1)} %`;
  return `${group.name}: accuracy ${percent(accuracy)}, gap ${percent(gap)}`;
}

function pointPanel(trained: Trained, group: Group, palette: Palette): Panel {
  const { experiment, frame } = trained;
  const { fairWeights } = frame;
  const ink = hex(palette.ink);
  const [{ draw, parts }] = experiment.fairWeights!.draws;
  const { points, labels, groups: members } = parts.training;
  const D = experiment.train.data.dimensions;
  const rows = Array.from(labels, (label, n) => ({
    x: points[n * D],
    y: points[n * D + 1],
    label,
    group: members[n],
    weight: group.kind === "mixup" ? fairWeights!.weights[n] : 1,
    isWrong: draw.flipped[draw.splits.training[n]] === 1,
  }));
  const reach = 1.06 * Math.max(...rows.flatMap(({ x, y }) => [Math.abs(x), Math.abs(y)]));
  const theta = fairWeights!.thetas.subarray(group.firstRun * D, (group.firstRun + 1) * D);
  const edge = (halfPlane: Parameters<typeof edgeIn>[1], style: Plot.LineOptions) =>
    Plot.line(edgeIn(reach, halfPlane) ?? [], { x: "0", y: "1", ...style });
  const [a, b] = draw.truth;
  return {
    title: titleOf(trained, group),
    options: {
      ...{ ...FRAME, width: 362, height: 360 },
      x: scale({ label: "x", domain: [-reach, reach], ticks: 6 }),
      y: scale({ label: "y", domain: [-reach, reach], ticks: 6 }),
      r: { type: "identity" },
      marks: [
        edge({ a, b, c: 0 }, { stroke: ink, strokeWidth: 0.8, strokeDasharray: "1.5 2.5" }),
        ...[0, 1].map((own) =>
          Plot.dot(
            rows.filter((row) => row.group === own),
            {
              ...{ x: "x", y: "y", symbol: own === 0 ? "circle" : "square", strokeWidth: 0.5 },
              r: ({ weight }) => RADIUS * Math.sqrt(weight),
              fill: ({ label }) => hex(palette.classes[label]),
              stroke: "#ffffff",
            },
          ),
        ),
        Plot.dot(
          rows.filter(({ isWrong }) => isWrong),
          { x: "x", y: "y", r: 2.2, symbol: "times", stroke: ink, strokeWidth: 1 },
        ),
        edge(groupHalfPlane(theta, 0), { stroke: ink, strokeWidth: 1.8 }),
        edge(groupHalfPlane(theta, 1), { stroke: ink, strokeWidth: 1.8, strokeDasharray: "5 3" }),
      ],
    },
  };
}

function weightPanel({ experiment, history }: Trained, palette: Palette): Panel {
  const group = experiment.groups[experiment.groups.length - 1];
  const first = experiment.quantities.findIndex(({ key }) => key === "wrong");
  const series = [
    { name: "wrong labels", colour: WRONG },
    { name: "right labels", colour: hex(palette.ink) },
  ].map((one, i) => {
    const { mean, least, largest } = groupSpread(history, group, first + i);
    const rows = Array.from(mean, (value, e) => ({
      round: history.steps[e],
      mean: value,
      least: least[e],
      largest: largest[e],
    }));
    return { ...one, rows };
  });
  const top = 1.1 * Math.max(1.2, ...series.flatMap(({ rows }) => rows.map(({ largest }) => largest)));
  return {
    title: "",
    options: {
      ...{ ...FRAME, marginRight: 92, width: 724, height: 220 },
      x: scale({ label: "round", domain: [0, experiment.steps], ticks: 5 }),
      y: { ...scale({ label: "mean weight", domain: [0, top], ticks: 4 }), grid: true },
      marks: series.flatMap(({ rows, colour, name }) => [
        Plot.areaY(rows, { x: "round", y1: "least", y2: "largest", fill: colour, fillOpacity: 0.14 }),
        Plot.lineY(rows, { x: "round", y: "mean", stroke: colour, strokeWidth: 1.8 }),
        Plot.text(rows.slice(-1), {
          ...{ x: "round", y: "mean", text: () => name, fill: colour, textAnchor: "start", dx: 6 },
          clip: false,
        }),
      ]),
    },
  };
}
