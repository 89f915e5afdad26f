/** The midpoint experiment drawn: error on points of one feature over steps, and how it ends run by run. */

import { draw } from "../../report/draw.ts";
import { COLOURS, type Figure } from "../../report/figure.ts";
import { curvePanels } from "../../report/panels.ts";
import { showNumber } from "../../report/reportParts.ts";
import { counted } from "../../report/words.ts";
import {
  type ChannelGroup,
  type FeatureGroup,
  LAW_TITLES,
  type LawName,
  type MidpointResults,
} from "./results.ts";

const LOOKS: Readonly<Record<LawName, string>> = {
  ERM: COLOURS.base,
  uniform: COLOURS.third,
  midpoint: COLOURS.main,
};

/** Errors over steps, each run's end; two-channel images where there are any. */
export function midpointFigures({ features, setting, channels }: MidpointResults): Figure[] {
  return [
    curveFigure(features, setting.steps),
    endFigure(features),
    ...(channels.length === 0 ? [] : [channelFigure(channels)]),
  ];
}

const keysOf = (mark: "line" | "dot") =>
  Object.entries(LAW_TITLES).map(([law, text]) => ({ text, mark, colour: LOOKS[law as LawName] }));

function curveFigure(groups: readonly FeatureGroup[], steps: number): Figure {
  return draw({
    name: "single-feature",
    title: "Error on points that show one feature of their class",
    caption:
      `Mean over ${counted(groups[0].runs.length, "draw")} of the data, band ± 1 standard deviation. Training points show both features of ` +
      "their class, and are fitted by all laws.",
    description: groups
      .map(({ law, error }) => `${LAW_TITLES[law]}: ${showNumber(error.mean)} after ${steps} steps`)
      .join("; "),
    keys: keysOf("line"),
    rows: [
      {
        panels: curvePanels({
          x: { label: "step", ticks: 6, domain: [0, steps] },
          y: { label: "error", ticks: 6 },
          width: 520,
          height: 280,
          panels: [
            {
              title: "",
              series: groups.map(({ law, curve }) => ({
                colour: LOOKS[law],
                x: curve.step,
                y: curve.mean,
                spread: curve.std,
              })),
            },
          ],
        }),
      },
    ],
  });
}

function endFigure(groups: readonly FeatureGroup[]): Figure {
  const count = groups[0].runs.length;
  return draw({
    name: "runs",
    title: "Where each run ends",
    caption: "A dot a draw of the data, which has the same first weights under all laws.",
    description: groups
      .map(
        ({ law, both }) =>
          `${LAW_TITLES[law]}: both features learnt of ${showNumber(both.mean)} of the classes`,
      )
      .join("; "),
    keys: keysOf("dot"),
    rows: [
      {
        panels: [
          ...curvePanels({
            x: { label: "draw", ticks: 4, domain: [-0.5, count - 0.5] },
            y: { label: "error on single features", ticks: 5 },
            width: 300,
            panels: [{ title: "", series: dots(groups, ({ error }) => error) }],
          }),
          ...curvePanels({
            x: { label: "draw", ticks: 4, domain: [-0.5, count - 0.5] },
            y: { label: "classes with both features learnt", ticks: 5 },
            width: 300,
            panels: [{ title: "", series: dots(groups, ({ both }) => both) }],
          }),
        ],
      },
    ],
  });
}

/** Beside each other, so that equal ones show. */
const APART = 0.18;

function dots(groups: readonly FeatureGroup[], value: (run: FeatureGroup["runs"][number]) => number | null) {
  return groups.map(({ law, runs }, g) => ({
    colour: LOOKS[law],
    marks: "dots" as const,
    x: runs.map((_, i) => i + (g - 1) * APART),
    y: runs.map(value),
  }));
}

function channelFigure(groups: readonly ChannelGroup[]): Figure {
  const count = groups[0].errors.length;
  return draw({
    name: "two-channels",
    title: "Test error on images of two channels",
    caption: `A dot for each of ${counted(count, "seed")}, which determines pairs of classes, images and first weights.`,
    description: groups.map(({ law, error }) => `${LAW_TITLES[law]}: ${showNumber(error.mean)}`).join("; "),
    keys: keysOf("dot"),
    rows: [
      {
        panels: curvePanels({
          x: { label: "seed", ticks: count, domain: [-0.5, count - 0.5] },
          y: { label: "test error", ticks: 5 },
          width: 480,
          panels: [
            {
              title: "",
              series: groups.map(({ law, errors }, g) => ({
                colour: LOOKS[law],
                marks: "dots" as const,
                x: errors.map((_, i) => i + (g - 1) * APART),
                y: errors,
              })),
            },
          ],
        }),
      },
    ],
  });
}
