/** Regression as figures: on the line the fits beside the partners' probabilities, in the plane outputs as colour. */

import * as Plot from "@observablehq/plot";
import type { FigureSpec, Key, Panel } from "../../../src/report/figure.ts";
import { scale } from "../../../src/report/panels.ts";
import { html } from "../page/dom.ts";
import { spreadOf } from "../page/geometry.ts";
import type { Palette, Rgb } from "../page/palette.ts";
import { errorText } from "../pictures/panel.ts";
import {
  fieldColour,
  fieldSegments,
  Ground,
  meanOfNets,
  netsOf,
  rangeOf,
} from "../pictures/points/regions.ts";
import type { Group } from "../training/experiment.ts";
import { groupError, outputsOf } from "../training/measured/predictions.ts";
import { latestMean } from "../training/measured/spread.ts";
import { byLabel, partnerProbabilities } from "../training/methods/partners.ts";
import { groupColour, hex, inData, inRows } from "./marks.ts";
import { comparedText, failedText, meanOf, settingsText, stepText } from "./settings.ts";
import type { Trained } from "./shown.ts";

/** Image pixels per unit of the figure. */
const SHARPNESS = 2;

/** A group's error, as the page says it. */
function groupTitle({ experiment, frame, history }: Trained, group: Group): string {
  const error = experiment.isTested
    ? latestMean(history, group, 0)
    : groupError(frame.probabilities, experiment, group);
  return `${group.name}, error ${error === undefined ? "not measured" : errorText(error)}`;
}

const ERROR_TEXT =
  "Errors: root mean squares, mean over the nets; of the curve without noise where it is known, else of the training points.";

export function fitFigure(trained: Trained, palette: Palette): FigureSpec {
  const { config, experiment, frame } = trained;
  const { groups, isTested } = experiment;
  const small = groups[0].alpha !== undefined;
  const { runs } = groups[0];
  const step = stepText(frame.step, frame.steps);
  const panels = small
    ? groups.map((group) => fitPanel(trained, [group], palette, true))
    : [fitPanel(trained, groups, palette, false), heatPanel(trained, palette)];
  const keys: Key[] = [
    ...(small ? [{ ...groups[0], name: meanOf(runs) }] : groups).map(
      (group): Key => ({
        text: small ? group.name : groupTitle(trained, group),
        mark: "line",
        colour: groupColour(group, palette),
      }),
    ),
    ...(runs === 1 ? [] : [{ text: "one net", mark: "thin", colour: hex(palette.ink) } as const]),
    ...(isTested ? [{ text: "the curve itself", mark: "dashed", colour: hex(palette.ink) } as const] : []),
    { text: "training point", mark: "dot", colour: hex(palette.ink, 0.6) },
  ];
  return {
    name: "mixup-lab-picture",
    title: `Outputs at ${step}: ${small ? "Mixup at 16 values of α" : comparedText(experiment)}`,
    caption:
      `${small ? "Outputs" : "Left: outputs"} over the input x, at ${step}. Bold: ${meanOf(runs)}${runs === 1 ? "" : "; thin: each net"}. ` +
      `${small ? "" : "Right: P(j | i), how likely each partner j (column) of each point i (row) is, both sorted by label; the darker the likelier (square root). "}` +
      `${ERROR_TEXT}${failedText(frame.failed, "left out")} ${settingsText(config, experiment)}`,
    description: groups.map((group) => groupTitle(trained, group)).join("; "),
    keys,
    rows: inRows(panels),
  };
}

function fitPanel(trained: Trained, groups: readonly Group[], palette: Palette, small: boolean): Panel {
  const { experiment, frame } = trained;
  const { probe, train, isTested } = experiment;
  const { points, targets } = train.data;
  const width = probe.columns;
  const xs = probe.points.subarray(0, width);
  const { low, high } = rangeOf(targets);
  const room = 0.12 * (high - low || 1);
  const line = (ys: ArrayLike<number>, style: Plot.LineOptions) =>
    Plot.line(xs, { x: (x) => x, y: (_, i) => ys[i], clip: true, ...style });
  const marks = groups.flatMap((group) => {
    const stroke = groupColour(group, palette);
    const nets = Array.from({ length: group.runs }, (_, r) =>
      Float64Array.from(outputsOf(frame.probabilities, experiment, group.firstRun + r).subarray(0, width)),
    ).filter((row) => Number.isFinite(row[0]));
    const all = Float64Array.from(nets.flatMap((row) => [...row]));
    const { mean } = spreadOf(all, width, 0, nets.length);
    return [
      ...nets.map((ys) => line(ys, { stroke, strokeWidth: 0.7, strokeOpacity: 0.35 })),
      ...(nets.length === 0 ? [] : [line(mean, { stroke, strokeWidth: 2.2 })]),
    ];
  });
  const truth = train.evaluationData;
  return {
    title: small ? groupTitle(trained, groups[0]) : "",
    options: {
      width: small ? 190 : 380,
      height: small ? 170 : 310,
      marginLeft: 50,
      marginRight: 16,
      marginTop: 22,
      marginBottom: 38,
      x: scale({ label: "x", domain: [probe.low[0], probe.high[0]], ticks: small ? 3 : 6 }),
      y: {
        ...scale({ label: "label", domain: [low - room, high + room], ticks: small ? 3 : 5 }),
        grid: true,
      },
      marks: [
        ...(isTested && truth !== undefined
          ? [
              Plot.line(truth.points, {
                x: (x) => x,
                y: (_, i) => truth.targets[i],
                stroke: hex(palette.ink),
                strokeWidth: 1.2,
                strokeDasharray: "2 3",
              }),
            ]
          : []),
        Plot.dot(points, {
          x: (x) => x,
          y: (_, i) => targets[i],
          r: small ? 1.6 : 2.6,
          fill: hex(palette.ink, 0.6),
        }),
        ...marks,
      ],
    },
  };
}

function heatPanel({ experiment }: Trained, palette: Palette): Panel {
  const { data } = experiment.train;
  const { mixing } = experiment.groups[experiment.groups.length - 1];
  const order = byLabel(data);
  const N = data.size;
  const rows = partnerProbabilities(data, mixing);
  const largest = rows.reduce((most, value) => Math.max(most, value), 0);
  const side = 250;
  const canvas = html("canvas", { width: N, height: N });
  const image = new ImageData(N, N);
  for (let i = 0; i < N * N; i++) {
    const share = Math.sqrt(rows[order[Math.floor(i / N)] * N + order[i % N]] / largest);
    image.data.set([...mixed(palette.paper, palette.accent, share), 255], 4 * i);
  }
  canvas.getContext("2d")!.putImageData(image, 0, 0);
  // Enlarged here, so that no viewer smooths it.
  const large = html("canvas", { width: SHARPNESS * side, height: SHARPNESS * side });
  const context = large.getContext("2d")!;
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, 0, 0, large.width, large.height);
  const places = [0, 1, 2, 3, 4].map((k) => Math.round((k * (N - 1)) / 4));
  const label = (place: number) => (place in order ? data.targets[order[place]].toFixed(2) : "");
  const ticks = { domain: [-0.5, N - 0.5], ticks: [...new Set(places)], tickFormat: label };
  return {
    title: "",
    options: {
      width: side + 70,
      height: side + 60,
      marginLeft: 54,
      marginRight: 16,
      marginTop: 22,
      marginBottom: 38,
      x: { ...ticks, label: "label of the partner j", labelArrow: "none" },
      y: { ...ticks, label: "label of the point i", labelArrow: "none", reverse: true },
      marks: [
        Plot.image([large.toDataURL("image/png")], {
          x: () => (N - 1) / 2,
          y: () => (N - 1) / 2,
          src: (uri) => uri,
          width: side,
          height: side,
          preserveAspectRatio: "none",
        }),
      ],
    },
  };
}

function mixed(from: Rgb, to: Rgb, share: number): number[] {
  return from.map((value, c) => Math.round(value + (to[c] - value) * share));
}

export function fieldFigure(trained: Trained, palette: Palette): FigureSpec {
  const { config, experiment, frame } = trained;
  const { groups, train } = experiment;
  const small = groups[0].alpha !== undefined;
  const { runs } = groups[0];
  const { low, high } = rangeOf(train.data.targets);
  const step = stepText(frame.step, frame.steps);
  return {
    name: "mixup-lab-picture",
    title: `Outputs over the plane at ${step}: ${small ? "Mixup at 16 values of α" : comparedText(experiment)}`,
    caption:
      `Colour: the output, ${meanOf(runs)} ${small ? "of each α" : "of each kind"}, white in the middle of the labels; points wear the colour of their label. ` +
      `Lines: levels of the mean. ${ERROR_TEXT}${failedText(frame.failed, "left out")} ${settingsText(config, experiment)}`,
    description: groups.map((group) => groupTitle(trained, group)).join("; "),
    keys: [
      { text: `label ${errorText(low)}`, mark: "dot", colour: hex(palette.classes[0]) },
      { text: `label ${errorText(high)}`, mark: "dot", colour: hex(palette.classes[1]) },
      { text: "level of the mean", mark: "line", colour: hex(palette.ink) },
    ],
    rows: inRows(groups.map((group) => fieldPanel(trained, group, palette, small))),
  };
}

function fieldPanel(trained: Trained, group: Group, palette: Palette, small: boolean): Panel {
  const { experiment, frame } = trained;
  const { probe, train } = experiment;
  const { points, targets } = train.data;
  const range = rangeOf(targets);
  const side = small ? 128 : 300;
  const nets = netsOf(frame.probabilities, experiment, group);
  const mean = meanOfNets(nets);
  const canvas = html("canvas", { width: SHARPNESS * side, height: SHARPNESS * side });
  if (nets.length > 0) new Ground(probe).paintField(canvas.getContext("2d")!, canvas, mean, range, palette);
  const levels = Array.from({ length: 5 }, (_, k) => range.low + ((k + 0.5) * (range.high - range.low)) / 5);
  const middle = [0, 1].map((d) => (probe.low[d] + probe.high[d]) / 2);
  return {
    title: groupTitle(trained, group),
    options: {
      width: side + 62,
      height: side + 60,
      marginLeft: 46,
      marginRight: 16,
      marginTop: 22,
      marginBottom: 38,
      x: scale({ label: "x", domain: [probe.low[0], probe.high[0]], ticks: small ? 3 : 6 }),
      y: scale({ label: "y", domain: [probe.low[1], probe.high[1]], ticks: small ? 3 : 6 }),
      marks: [
        Plot.image(nets.length === 0 ? [] : [canvas.toDataURL("image/png")], {
          x: () => middle[0],
          y: () => middle[1],
          src: (uri) => uri,
          width: side,
          height: side,
          preserveAspectRatio: "none",
        }),
        Plot.line(nets.length === 0 ? [] : inData(fieldSegments(mean, probe, levels), probe), {
          x: "0",
          y: "1",
          stroke: hex(palette.ink),
          strokeWidth: 0.9,
        }),
        Plot.dot(targets, {
          x: (_, n) => points[2 * n],
          y: (_, n) => points[2 * n + 1],
          r: small ? 1.8 : 3.4,
          fill: (value) => rgbHex(fieldColour(value, range, palette)),
          stroke: hex(palette.ink),
          strokeWidth: 0.6,
        }),
      ],
    },
  };
}

/** Files know colours as `#rrggbb` alone. */
function rgbHex(colour: string): string {
  const [r, g, b] = colour.match(/\d+/g)!.map(Number);
  return hex([r, g, b]);
}
