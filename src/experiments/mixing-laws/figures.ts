/**
 * The experiment on mixing laws drawn: the weighted loss over the triangle of mixtures, as the laws predict it and as nets have it;
 * below, predicted and measured losses of each domain.
 *
 * Not here: tables and sentences (`report.ts`).
 */

import * as Plot from "@observablehq/plot";
import { draw } from "../../report/draw.ts";
import { COLOURS, type Figure, type Panel } from "../../report/figure.ts";
import { amountPalette, mapPanel } from "../../report/maps.ts";
import { curvePanels } from "../../report/panels.ts";
import { showNumber } from "../../report/reportParts.ts";
import { lawLoss } from "./law.ts";
import type { ChosenMixture, MeasuredMixture, MixingLawResults } from "./results.ts";
import { placeOf, sharesAt, TRIANGLE_HEIGHT } from "./triangle.ts";

type Drawn = Pick<MixingLawResults, "domains" | "weights" | "mixtures" | "laws" | "chosen">;

const SIDE = 96;
const LEVELS = 12;
const PAPER = "#ffffff";

/** One figure. */
export function mixingLawFigures(results: Drawn): Figure[] {
  const { laws, mixtures, chosen, domains, weights } = results;
  const best = chosen.find(({ name }) => name === "best")!;
  const predictedAt = (proportions: readonly number[], i: number) =>
    lawLoss({ ...laws[i], t: laws[i].slopes }, proportions);
  const halves = [
    { colour: COLOURS.base, marks: "rings" as const, isFitted: true },
    { colour: COLOURS.main, marks: "dots" as const, isFitted: false },
  ];
  return [
    draw({
      name: "triangle-of-mixtures",
      title: "What mixtures of three domains cost: the law, and the nets",
      caption:
        `Above: a point of the triangle is a mixture, a corner a domain alone. Left: loss weighted ${weights.join(", ")} as the laws predict it; circles are mixtures that were trained, ` +
        "filled by their measured loss on the same scale (rings with a thin edge: of the fit). The star is the mixture that the laws name, the cross equal shares, the square the weights. " +
        "Right: what was trained in the end, predicted and measured (± 1 deviation over seeds). Below: losses on each domain’s validation points, means over seeds; on the dashed line they are as predicted.",
      description: `${laws
        .map(
          ({ domain, explained, explainedByPlane }) =>
            `${domain}: R² ${showNumber(explained)}, by a plane ${showNumber(explainedByPlane)}`,
        )
        .join("; ")}. Best mixture ${best.proportions.map((share) => share.toFixed(2)).join(", ")}.`,
      keys: [
        { text: "held out", mark: "dot", colour: COLOURS.main },
        { text: "of the fit", mark: "ring", colour: COLOURS.base },
        { text: "as predicted", mark: "dashed", colour: COLOURS.soft },
      ],
      rows: [
        { heading: "Weighted loss, nats", panels: [triangle(results, predictedAt), chosenPanel(chosen)] },
        {
          heading: "Losses of each domain, nats",
          panels: curvePanels({
            x: { label: "predicted", ticks: 4 },
            y: { label: "measured", ticks: 5 },
            panels: domains.map((domain, i) => {
              const all = mixtures.flatMap(({ proportions, losses }) =>
                losses[i].mean === null ? [] : [predictedAt(proportions, i), losses[i].mean],
              );
              const ends = [Math.min(...all), Math.max(...all)];
              return {
                title: `${domain} domain: R² ${showNumber(laws[i].explained)}`,
                series: [
                  { colour: COLOURS.soft, x: ends, y: ends, marks: "dashed" as const },
                  ...halves.map(({ colour, marks, isFitted }) => {
                    const own = mixtures.filter((mixture) => mixture.isFitted === isFitted);
                    return {
                      colour,
                      marks,
                      x: own.map(({ proportions }) => predictedAt(proportions, i)),
                      y: own.map(({ losses }) => losses[i].mean),
                    };
                  }),
                ],
              };
            }),
          }),
        },
      ],
    }),
  ];
}

/** The triangle. */
function triangle(
  { domains, weights, mixtures, chosen }: Drawn,
  predictedAt: (proportions: readonly number[], i: number) => number,
): Panel {
  const weighted = (of: (i: number) => number | null) =>
    weights.reduce<number | null>((sum, weight, i) => {
      const loss = of(i);
      return sum === null || loss === null ? null : sum + weight * loss;
    }, 0);
  const rows = Math.round(SIDE * TRIANGLE_HEIGHT);
  const inside = (column: number, row: number): number[] | undefined => {
    const shares = sharesAt((column + 0.5) / SIDE, ((row + 0.5) / rows) * TRIANGLE_HEIGHT);
    return shares.every((share) => share >= 0) ? shares : undefined;
  };
  const values = Array.from({ length: SIDE * rows }, (_, cell) => {
    const shares = inside(cell % SIDE, Math.floor(cell / SIDE));
    return shares === undefined ? null : weighted((i) => predictedAt(shares, i));
  });
  const known = values.filter((value) => value !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  // Levels by the logarithm above the lowest: most of the triangle is near it.
  const span = Math.log1p(10);
  const levelOf = (value: number) =>
    Math.min(
      LEVELS - 1,
      Math.max(0, Math.floor((LEVELS * Math.log1p((10 * (value - low)) / (high - low))) / span)),
    );
  const palette = amountPalette(LEVELS);
  const map = mapPanel({
    title: "",
    columns: SIDE,
    rows,
    cells: values.map((value) => (value === null ? LEVELS : levelOf(value))),
    colours: [...palette, PAPER],
    x: { label: "", domain: [0, 1] },
    y: { label: "", domain: [0, TRIANGLE_HEIGHT] },
    width: 400,
    height: 350,
  });
  const marks = mixtures.flatMap(({ proportions, losses, isFitted }: MeasuredMixture) => {
    const loss = weighted((i) => losses[i].mean);
    return loss === null
      ? []
      : [{ ...placeOf(proportions), fill: palette[levelOf(loss)], width: isFitted ? 0.8 : 2 }];
  });
  const corners = domains.map((name, k) => ({
    ...placeOf(domains.map((_, j) => Number(j === k))),
    text: `all ${name}`,
  }));
  const symbols: Readonly<Record<ChosenMixture["name"], "star" | "times" | "square">> = {
    best: "star",
    uniform: "times",
    weights: "square",
  };
  return {
    title: `predicted from ${showNumber(low, 2)} (light) to ${showNumber(high, 2)} (dark)`,
    options: {
      ...map.options,
      marginLeft: 46,
      marginRight: 40,
      marginTop: 26,
      marginBottom: 30,
      x: { axis: null, domain: [0, 1] },
      y: { axis: null, domain: [0, TRIANGLE_HEIGHT] },
      marks: [
        ...map.options.marks!,
        Plot.dot(marks, { x: "x", y: "y", r: 4.4, fill: "fill", stroke: COLOURS.ink, strokeWidth: "width" }),
        ...chosen.map(({ name, proportions }) =>
          Plot.dot([placeOf(proportions)], {
            x: "x",
            y: "y",
            r: 6,
            symbol: symbols[name],
            stroke: COLOURS.main,
            strokeWidth: 2.2,
            ...(name === "best" && { fill: COLOURS.main }),
          }),
        ),
        ...[true, false].map((isTop) =>
          Plot.text(
            corners.filter(({ y }) => y > 0 === isTop),
            { x: "x", y: "y", text: "text", dy: isTop ? -12 : 14 },
          ),
        ),
      ],
    },
  };
}

/** What was trained in the end: predicted as rings, measured as dots with their deviation. */
function chosenPanel(chosen: readonly ChosenMixture[]): Panel {
  const names: Readonly<Record<ChosenMixture["name"], string>> = {
    best: "named by the laws",
    uniform: "equal shares",
    weights: "the weights",
  };
  const rows = chosen.map(({ name, measured, predicted }) => ({
    name: names[name],
    predicted,
    mean: measured.mean ?? Number.NaN,
    low: (measured.mean ?? Number.NaN) - (measured.std ?? 0),
    high: (measured.mean ?? Number.NaN) + (measured.std ?? 0),
  }));
  return {
    title: "measured (dot), predicted (ring)",
    options: {
      width: 340,
      height: 230,
      marginLeft: 120,
      marginRight: 16,
      marginTop: 22,
      marginBottom: 38,
      x: { label: "weighted loss", labelArrow: "none", grid: true, ticks: 4, nice: true },
      y: { label: null, domain: rows.map(({ name }) => name), padding: 0.6 },
      marks: [
        Plot.ruleY(rows, { y: "name", x1: "low", x2: "high", stroke: COLOURS.main, strokeWidth: 1.4 }),
        Plot.dot(rows, { y: "name", x: "mean", r: 4, fill: COLOURS.main }),
        Plot.dot(rows, { y: "name", x: "predicted", r: 5, stroke: COLOURS.base, strokeWidth: 1.6 }),
      ],
    },
  };
}
