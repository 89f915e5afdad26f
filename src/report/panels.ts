/**
 * Curves in panels side by side: the one kind of plot that most figures are. Panels share their axes, so that they can be
 * compared; bands and whiskers are one standard deviation.
 */

import * as Plot from "@observablehq/plot";
import { leastOf, mostOf } from "../numeric/extremes.ts";
import { COLOURS, type Panel } from "./figure.ts";

/** One series of a panel; numbers may be missing. */
export interface Series {
  readonly colour: string;
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
  /** Half of the band's, or the whiskers', height. */
  readonly spread?: readonly (number | null)[];
  readonly marks?: "line" | "dashed" | "dots" | "rings";
}

export interface CurvePanels {
  readonly panels: readonly { readonly title: string; readonly series: readonly Series[] }[];
  readonly x: Axis;
  readonly y: Axis;
  /** A dotted level. */
  readonly rule?: number;
  readonly width?: number;
  readonly height?: number;
}

export interface Axis {
  readonly label: string;
  readonly domain?: readonly [number, number];
  /** Where ticks stand; how many there may be, otherwise. */
  readonly ticks?: readonly number[] | number;
  readonly log?: boolean;
}

/** Ticks are plain numbers, with commas from 10,000 on. */
export function tickFormat(value: number): string {
  const short = Number(value.toPrecision(5));
  return Math.abs(short) >= 10_000 ? short.toLocaleString("en-US") : String(short);
}

/**
 * Plot's options of an axis. Logarithmic ones are linear in the logarithm: Plot's own leave out the labels of ticks that are
 * no powers of ten.
 */
export function scale({
  label,
  domain,
  ticks,
  log,
}: Axis & { domain: readonly [number, number] }): Plot.ScaleOptions {
  const named = { label, labelArrow: "none" as const };
  if (!log) {
    const at = typeof ticks === "object" ? [...ticks] : ticks;
    return { ...named, domain: [...domain], ticks: at, tickFormat } as Plot.ScaleOptions;
  }
  const at = typeof ticks === "object" ? ticks : logTicks(domain, ticks ?? 4);
  return {
    ...named,
    transform: Math.log10,
    domain: domain.map(Math.log10),
    ticks: at.map(Math.log10),
    tickFormat: (value: number) => tickFormat(10 ** value),
  } as Plot.ScaleOptions;
}

/** About `count` ticks: powers of ten, or 1, 2 and 5 times them. */
function logTicks([low, high]: readonly [number, number], count: number): number[] {
  const powers = Array.from({ length: 40 }, (_, i) => 10 ** (i - 20));
  const within = (ticks: number[]) => ticks.filter((tick) => tick >= low && tick <= high);
  const tens = within(powers);
  return tens.length >= Math.min(count, 2)
    ? tens
    : within(powers.flatMap((power) => [1, 2, 5].map((k) => k * power)));
}

/** The panels, on common axes: domains that are not given hold everything. */
export function curvePanels(spec: CurvePanels): Panel[] {
  const all = spec.panels.flatMap(({ series }) => series);
  const finite = (values: (number | null)[]) =>
    values.filter((value) => value !== null && Number.isFinite(value));
  const ys = finite(
    all.flatMap(({ y, spread }) =>
      y.flatMap((value, i) =>
        value === null ? [] : [value - (spread?.[i] ?? 0), value + (spread?.[i] ?? 0)],
      ),
    ),
  ) as number[];
  const xs = finite(all.flatMap(({ x }) => [...x])) as number[];
  const x = { domain: extent(xs), ...spec.x };
  const y = { domain: extent(ys), ...spec.y };
  return spec.panels.map(({ title, series }, i) => ({
    title,
    options: {
      width: (spec.width ?? 230) + (i === 0 ? 18 : 0),
      height: spec.height ?? 220,
      marginLeft: i === 0 ? 58 : 40,
      marginRight: 18,
      marginTop: 22,
      marginBottom: 38,
      x: { ...scale(x), grid: false },
      y: { ...scale(y), label: i === 0 ? y.label : null, grid: true },
      marks: [
        ...(spec.rule === undefined
          ? []
          : [Plot.ruleY([spec.rule], { stroke: COLOURS.soft, strokeDasharray: "2 3" })]),
        ...series.flatMap(seriesMarks),
      ],
    },
  }));
}

function seriesMarks({ colour, x, y, spread, marks = "line" }: Series): Plot.Markish[] {
  const rows = x.map((at, i) => ({ x: at, y: y[i] ?? Number.NaN, spread: spread?.[i] ?? Number.NaN }));
  const [low, high] = [-1, 1].map((sign) => (row: (typeof rows)[number]) => row.y + sign * row.spread);
  if (marks === "dots" || marks === "rings") {
    const whiskers = rows.filter((row) => Number.isFinite(row.y + row.spread));
    return [
      Plot.ruleX(whiskers, { x: "x", y1: low, y2: high, stroke: colour, strokeOpacity: 0.7 }),
      Plot.dot(rows, {
        x: "x",
        y: "y",
        r: 3.4,
        ...(marks === "dots" ? { fill: colour } : { stroke: colour, strokeWidth: 1.6 }),
      }),
    ];
  }
  return [
    ...(spread === undefined
      ? []
      : [Plot.areaY(rows, { x: "x", y1: low, y2: high, fill: colour, fillOpacity: 0.16 })]),
    Plot.lineY(rows, {
      x: "x",
      y: "y",
      stroke: colour,
      strokeWidth: 1.8,
      ...(marks === "dashed" && { strokeDasharray: "5 3" }),
    }),
  ];
}

function extent(values: readonly number[]): readonly [number, number] {
  if (values.length === 0) return [0, 1];
  const [low, high] = [leastOf(values), mostOf(values)];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}
