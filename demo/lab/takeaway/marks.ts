/** What the exported figures have in common: colours as text, training points, keys. */

import * as Plot from "@observablehq/plot";
import type { Key, Panel } from "../../../src/report/figure.ts";
import type { Palette, Rgb } from "../page/palette.ts";
import type { Group } from "../training/experiment.ts";
import { missesOf } from "../training/measured/predictions.ts";
import { latestMean } from "../training/measured/spread.ts";
import type { ProbeGrid } from "../training/probes.ts";
import type { Trained } from "./shown.ts";

/** `#rrggbb` of a colour, or of a tint: `share` of it on white. */
export function hex(color: Rgb, share = 1): string {
  const channel = (value: number) =>
    Math.round(255 + share * (value - 255))
      .toString(16)
      .padStart(2, "0");
  return `#${color.map(channel).join("")}`;
}

/** What is drawn of Mixup, of ERM, and of what stands between them. */
export function groupColour({ kind }: Group, { accent, ink, plain }: Palette): string {
  return hex({ erm: ink, mixup: accent, plain }[kind]);
}

/** Classes have shapes and colours, as on the page. */
const SHAPES = ["circle", "square", "triangle", "diamond2"] as const;
const KEY_SHAPES = ["dot", "square", "triangle", "diamond"] as const;
const RING = "#b3261e";

export function classKeys(classNames: readonly string[], { classes }: Palette): Key[] {
  return classNames.map((name, c) => ({
    text: `training point of class ${name}`,
    mark: KEY_SHAPES[c],
    colour: hex(classes[c]),
  }));
}

export const MISS_KEY: Key = { text: "misclassified by most nets", mark: "ring", colour: RING };

/** Training points at their places, those that most nets of a group get wrong within rings. */
export function trainingPoints(
  { experiment, frame }: Trained,
  group: Group,
  { classes }: Palette,
  place: (point: number) => readonly [number, number],
  radius: number,
): Plot.Markish[] {
  const { labels, size } = experiment.train.data;
  const points = Array.from({ length: size }, (_, n) => n);
  const misses = missesOf(frame.probabilities, experiment, group);
  const at = { x: (n: number) => place(n)[0], y: (n: number) => place(n)[1], clip: false };
  const missed = points.filter((n) => misses[n] > group.runs / 2);
  return [
    Plot.dot(missed, { ...at, r: radius + 3.5, stroke: RING, strokeWidth: 1.6 }),
    ...classes.map((color, c) =>
      Plot.dot(
        points.filter((n) => labels![n] === c),
        { ...at, r: radius, symbol: SHAPES[c], fill: hex(color), stroke: "#ffffff", strokeWidth: 0.8 },
      ),
    ),
  ];
}

/** A group's error, as the page says it. */
export function panelTitle({ experiment, frame, history }: Trained, group: Group): string {
  const tested = experiment.isTested ? latestMean(history, group, 0) : undefined;
  const misses = missesOf(frame.probabilities, experiment, group).reduce((sum, count) => sum + count, 0);
  const percent = 100 * (tested ?? misses / (group.runs * experiment.train.data.size));
  return `${group.name}, error ${percent.toFixed(percent > 0 && percent < 10 ? 1 : 0)} %`;
}

/** Panels of a row, and how large they are: two or three large ones, or many small ones in rows of four. */
export function inRows(panels: readonly Panel[]): { panels: readonly Panel[] }[] {
  const across = panels.length > 3 ? 4 : panels.length;
  return Array.from({ length: Math.ceil(panels.length / across) }, (_, row) => ({
    panels: panels.slice(row * across, (row + 1) * across),
  }));
}

/** Segments in grid units as points in data coordinates, a gap after each. */
export function inData(
  segments: readonly number[],
  { low, high, columns, rows }: ProbeGrid,
): [number, number][] {
  const x = (column: number) => low[0] + ((high[0] - low[0]) * column) / (columns - 1);
  const y = (row: number) => low[1] + ((high[1] - low[1]) * row) / (rows - 1);
  const points: [number, number][] = [];
  for (let i = 0; i < segments.length; i += 4) {
    points.push(
      [x(segments[i]), y(segments[i + 1])],
      [x(segments[i + 2]), y(segments[i + 3])],
      [Number.NaN, Number.NaN],
    );
  }
  return points;
}
