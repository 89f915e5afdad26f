/**
 * The 3-D view as a figure: its picture, drawn for the export, with axes along the edges that nothing hides: the two of the
 * floor that are nearest, and the left of the upright ones.
 */

import * as Plot from "@observablehq/plot";
import type { FigureSpec, Panel } from "../../../src/report/figure.ts";
import { tickFormat } from "../../../src/report/panels.ts";
import { ticks } from "../page/geometry.ts";
import type { Palette } from "../page/palette.ts";
import { onScreen } from "../scene/camera.ts";
import type { Scene, ScenePicture } from "../training/protocol.ts";
import { hex } from "./marks.ts";
import { settingsText, stepText } from "./settings.ts";
import type { Trained } from "./shown.ts";

/** Pixels of the picture; a figure's unit is two of them. */
export const SCENE_PIXELS = 1360;
const FLOOR = -0.45;
const BELOW = 24;

/** What stands along an edge: from -1 to 1 of the scene on the floor, from the floor up otherwise. */
interface Edge {
  readonly label: string;
  /** The scene's point for 0 to 1 of the way. */
  at(part: number): readonly [number, number, number];
  readonly ticks: readonly { readonly value: number; readonly part: number }[];
}

export function sceneFigure(
  { config, experiment, frame }: Trained,
  scene: Scene,
  { png, step, largestLoss }: ScenePicture,
  palette: Palette,
): FigureSpec {
  const surface = scene.view === "surface";
  const { groups, train, classNames } = experiment;
  const group = groups.find(({ firstRun, runs }) => scene.run >= firstRun && scene.run < firstRun + runs)!;
  const net = `${group.name}, seed ${train.runs[scene.run].seed}`;
  const when = stepText(step, frame.steps);
  const what = surface ? `Probability of class ${classNames[1]}` : "Loss around a net";
  const [low, high] = surface
    ? [palette.classes[0], palette.classes[1]]
    : [palette.accent, palette.classes[1]];
  const most = Number((largestLoss ?? 1).toPrecision(3));
  return {
    name: `mixup-lab-${scene.view}`,
    title: `${what} at ${when}: ${net}`,
    caption: `${
      surface
        ? `Height and colour: probability of class ${classNames[1]} by one net over the inputs x and y, with level lines at tenths, bold at one half.`
        : `Height and colour: mean cross-entropy on the unmixed training points, on a scale of log(1 + loss), of one net moved along ` +
          "two random directions, each filter’s scaled to its own norm (Li et al. 2018); the net is in the middle."
    } Shading is light, not value. One net of ${train.runs.length}. ${settingsText(config, experiment)}`,
    description: `${what} of ${net} as a surface seen from above${surface ? "" : `, largest loss ${most}`}.`,
    keys: surface
      ? [
          { text: "probability 0", mark: "square", colour: hex(low) },
          { text: "probability 1", mark: "square", colour: hex(high) },
        ]
      : [
          { text: "loss 0", mark: "square", colour: hex(low) },
          { text: `loss ${most} nats`, mark: "square", colour: hex(high) },
        ],
    rows: [{ panels: [scenePanel(scene, png, edges(scene, experiment.probe, largestLoss ?? 1), palette)] }],
  };
}

/** The axes for where the view is looked at from. */
function edges({ view, azimuth }: Scene, probe: Trained["experiment"]["probe"], largestLoss: number): Edge[] {
  const surface = view === "surface";
  // The side of the floor that is nearest, along either axis.
  const nearX = Math.sin(azimuth) >= 0 ? 1 : -1;
  const nearZ = Math.cos(azimuth) >= 0 ? 1 : -1;
  const along = (label: string, d: number, at: Edge["at"]): Edge => {
    const [low, high] = surface ? [probe.low[d], probe.high[d]] : [-1, 1];
    const marks = ticks(low, high, 4).map((value) => ({ value, part: (value - low) / (high - low) }));
    return { label, at, ticks: marks };
  };
  const span = (part: number) => 2 * part - 1;
  const upright = surface
    ? [0, 0.25, 0.5, 0.75, 1].map((value) => ({ value, part: value }))
    : lossTicks(largestLoss).map((value) => ({ value, part: Math.log1p(value) / Math.log1p(largestLoss) }));
  // Of the two corners between a near and a far side, the one that is on the left.
  const [x, z] = nearX * nearZ > 0 ? [-nearX, nearZ] : [nearX, -nearZ];
  return [
    along(surface ? "x" : "first direction", 0, (part) => [span(part), FLOOR, nearZ]),
    // The grid's rows go away from the viewer of azimuth 0.
    along(surface ? "y" : "second direction", 1, (part) => [nearX, FLOOR, -span(part)]),
    {
      label: surface ? "probability" : "loss (nats)",
      at: (part) => [x, FLOOR + (surface ? 0.9 : 1) * part, z],
      ticks: upright,
    },
  ];
}

/** Round losses for a scale of log(1 + loss). */
function lossTicks(largest: number): number[] {
  if (largest <= 2) return ticks(0, largest, 4);
  const round = Array.from({ length: 12 }, (_, k) => [1, 2, 5].map((digit) => digit * 10 ** k)).flat();
  return [0, ...round.filter((value) => value <= largest)];
}

function scenePanel(scene: Scene, png: Uint8Array, axes: readonly Edge[], palette: Palette): Panel {
  const [width, height] = [scene.width / 2, scene.height / 2];
  const stroke = hex(palette.ink);
  const place = (point: readonly [number, number, number]) =>
    onScreen(scene, point).map((value) => value / 2) as [number, number];
  const marks = axes.flatMap(({ at, ticks, label }, i) => {
    const upright = i === 2;
    const [from, to] = [place(at(0)), place(at(1))];
    const [dx, dy] = upright ? [-1, 0] : away(from, to, place([0, FLOOR, 0]));
    const off = (part: number, by: number): [number, number] => {
      const [x, y] = place(at(part));
      return [x + by * dx, y + by * dy];
    };
    const stubs = ticks.flatMap(({ part }) => [place(at(part)), off(part, 5), [Number.NaN, Number.NaN]]);
    const name = upright ? [to[0], to[1] - 16] : off(0.5, 34);
    const texts = ticks.map(({ value, part }) => [...off(part, 9), tickFormat(value)]);
    const textAnchor = dx < -0.3 ? "end" : dx > 0.3 ? "start" : "middle";
    return [
      Plot.line([from, to], { x: "0", y: "1", stroke, strokeWidth: 1 }),
      Plot.line(stubs, { x: "0", y: "1", stroke, strokeWidth: 1 }),
      Plot.text([...texts, [...name, label]], { x: "0", y: "1", text: "2", fill: stroke, textAnchor }),
    ];
  });
  return {
    title: "",
    options: {
      width,
      height: height + BELOW,
      margin: 0,
      // Room for labels below the nearest corner.
      marginBottom: BELOW,
      x: { domain: [0, width], axis: null },
      y: { domain: [height, 0], axis: null },
      marks: [
        Plot.image([dataUri(png)], {
          x: () => width / 2,
          y: () => height / 2,
          src: (uri) => uri,
          width,
          height,
          preserveAspectRatio: "none",
        }),
        ...marks,
      ],
    },
  };
}

/** The direction across an edge, away from a point. */
function away(
  from: readonly [number, number],
  to: readonly [number, number],
  middle: readonly [number, number],
): [number, number] {
  const [dx, dy] = [to[1] - from[1], from[0] - to[0]];
  const inwards = dx * (middle[0] - from[0]) + dy * (middle[1] - from[1]) > 0;
  const length = (inwards ? -1 : 1) * (Math.hypot(dx, dy) || 1);
  return [dx / length, dy / length];
}

function dataUri(png: Uint8Array): string {
  let text = "";
  for (const byte of png) text += String.fromCharCode(byte);
  return `data:image/png;base64,${btoa(text)}`;
}
