/** Nets in the plane as a figure: decision regions as an image within axes of the data, boundaries as lines over it. */

import * as Plot from "@observablehq/plot";
import type { FigureSpec, Key, Panel } from "../../../src/report/figure.ts";
import { scale } from "../../../src/report/panels.ts";
import { html } from "../page/dom.ts";
import type { Palette } from "../page/palette.ts";
import { boundarySegments, Ground, meanOfNets, netsOf } from "../pictures/points/regions.ts";
import type { Group } from "../training/experiment.ts";
import type { ProbeGrid } from "../training/probes.ts";
import { classKeys, hex, inData, inRows, MISS_KEY, panelTitle, trainingPoints } from "./marks.ts";
import { comparedText, failedText, meanOf, settingsText, stepText } from "./settings.ts";
import type { Trained } from "./shown.ts";

/** Image pixels per unit of the figure. */
const SHARPNESS = 2;

export function planeFigure(trained: Trained, palette: Palette): FigureSpec {
  const { config, experiment, frame, theory } = trained;
  const { groups, classNames, isTested, quantities } = experiment;
  const small = groups[0].alpha !== undefined;
  const { runs } = groups[0];
  const step = stepText(frame.step, frame.steps);
  const optimal = !small && theory !== undefined && theory.optimal.length > 0;
  const ink = hex(palette.ink);
  const keys: Key[] = [
    ...classKeys(classNames, palette),
    MISS_KEY,
    { text: `boundary of ${runs === 1 ? "one net" : `the ${meanOf(runs)}`}`, mark: "line", colour: ink },
    ...(small || runs === 1 ? [] : [{ text: "boundary of one net", mark: "thin", colour: ink } as const]),
    ...(optimal
      ? [{ text: "boundary of the Mixup-optimal h_ε", mark: "dashed", colour: hex(palette.accent) } as const]
      : []),
  ];
  return {
    name: "mixup-lab-picture",
    title: `Decision regions at ${step}: ${small ? "Mixup at 16 values of α" : comparedText(experiment)}`,
    caption:
      `Colour: the class that is likelier by the probability, ${meanOf(runs)} ${small ? "of each α" : "of each kind"} ` +
      `at ${step}, the paler the less sure. x and y are the inputs.` +
      `${isTested ? ` Errors: ${quantities[0].what.replace(/^S/, "s")}, mean over the nets.` : ""}` +
      `${optimal ? ` Mixup-optimal h_ε at ε = ${theory.epsilon}.` : ""}` +
      `${failedText(frame.failed, "shown where they stopped")} ${settingsText(config, experiment)}`,
    description: groups.map((group) => panelTitle(trained, group)).join("; "),
    keys,
    rows: inRows(groups.map((group) => planePanel(trained, group, palette, small))),
  };
}

function planePanel(trained: Trained, group: Group, palette: Palette, small: boolean): Panel {
  const { experiment, frame, theory } = trained;
  const { probe, train } = experiment;
  const { points, targetSize: classes } = train.data;
  const side = small ? 128 : 300;
  const nets = netsOf(frame.probabilities, experiment, group);
  const mean = meanOfNets(nets);
  const boundary = (values: ArrayLike<number>, style: Plot.LineOptions) =>
    Plot.line(inData(boundarySegments(values, probe, classes), probe), { x: "0", y: "1", ...style });
  const stroke = hex(palette.ink);
  const middle = [0, 1].map((d) => (probe.low[d] + probe.high[d]) / 2);
  const shows = group.kind === "mixup" && !small && theory !== undefined && theory.optimal.length > 0;
  const place = (n: number) => [points[2 * n], points[2 * n + 1]] as const;
  const radius = small ? 1.8 : train.data.size > 40 ? 3 : 5;
  return {
    title: panelTitle(trained, group),
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
        Plot.image(nets.length === 0 ? [] : [regions(mean, probe, classes, side, palette)], {
          x: () => middle[0],
          y: () => middle[1],
          src: (uri) => uri,
          width: side,
          height: side,
          preserveAspectRatio: "none",
        }),
        ...(small
          ? []
          : nets.map((values) => boundary(values, { stroke, strokeWidth: 0.6, strokeOpacity: 0.45 }))),
        boundary(mean, { stroke, strokeWidth: small ? 1.2 : 2 }),
        ...(shows
          ? [
              boundary(theory.optimal, {
                stroke: hex(palette.accent),
                strokeWidth: 1.6,
                strokeDasharray: "5 3",
              }),
            ]
          : []),
        ...trainingPoints(trained, group, palette, place, radius),
      ],
    },
  };
}

/** The painted ground as a PNG in a data URI. */
function regions(
  mean: ArrayLike<number>,
  probe: ProbeGrid,
  classes: number,
  side: number,
  palette: Palette,
): string {
  const canvas = html("canvas");
  canvas.width = canvas.height = SHARPNESS * side;
  const size = { width: canvas.width, height: canvas.height };
  new Ground(probe).paint(canvas.getContext("2d")!, size, mean, classes, palette);
  return canvas.toDataURL("image/png");
}
