/**
 * The long-tail experiment drawn: accuracies along the second stage, and below them the logits of head and tail.
 *
 * Not here: tables and sentences (`report.ts`).
 */

import { draw } from "../../report/draw.ts";
import { COLOURS, type Figure } from "../../report/figure.ts";
import { curvePanels, type Series } from "../../report/panels.ts";
import { showNumber } from "../../report/reportParts.ts";
import { counted } from "../../report/words.ts";
import type { LongTailResults, PathName, TailMeasures } from "./results.ts";

/** What is drawn of the ways; all of them are in the table. */
const DRAWN: readonly { name: PathName; colour: string; marks: "line" | "dashed" }[] = [
  { name: "slow-0.98", colour: COLOURS.main, marks: "line" },
  { name: "fast-0.98", colour: COLOURS.main, marks: "dashed" },
  { name: "fast-0.1", colour: COLOURS.base, marks: "line" },
  { name: "fast-0-balanced", colour: COLOURS.third, marks: "line" },
];

const ACCURACIES: readonly { measure: keyof TailMeasures; title: string }[] = [
  { measure: "overall", title: "all classes" },
  { measure: "many", title: "many: the three most frequent" },
  { measure: "few", title: "few: the four rarest" },
];

/** One figure: accuracies above, magnitudes of the slow path below. */
export function longTailFigures({ stage1, paths, steps }: LongTailResults): Figure[] {
  const pathOf = (name: PathName) => paths.find((path) => path.name === name)!;
  const before = (measure: keyof TailMeasures, colour: string = COLOURS.soft): Series => ({
    colour,
    x: [steps[0], steps[steps.length - 1]],
    y: [stage1.over[measure].mean, stage1.over[measure].mean],
    marks: "dashed",
  });
  const along = (
    name: PathName,
    measure: keyof TailMeasures,
    colour: string,
    marks: Series["marks"],
    band = true,
  ): Series => {
    const { over } = pathOf(name);
    return {
      colour,
      x: steps,
      y: over.map((at) => at[measure].mean),
      ...(band && { spread: over.map((at) => at[measure].std) }),
      marks,
    };
  };
  const x = { label: "step of the second stage", log: true, ticks: steps };
  const slow = pathOf("slow-0.98");
  const drawn = DRAWN.filter(({ name }) => paths.some((path) => path.name === name));
  return [
    draw({
      name: "accuracy-along-the-second-stage",
      title: "What the second stage does to frequent and rare classes",
      caption:
        `Means over ${counted(stage1.runs.length, "draw")} of the data; band: ± 1 standard deviation, of the slow way. Dashed level: before ` +
        "the second stage. Slow: SGD 0.01; fast: SGD 0.05 with momentum 0.9. Logit magnitude: a class’s mean logit on its own test " +
        "points less that on the others.",
      description: drawn
        .map(({ name }) => {
          const { label, over } = pathOf(name);
          return `${label}: few ${over.map(({ few }) => showNumber(few.mean)).join(", ")} at steps ${steps.join(", ")}`;
        })
        .join("; "),
      keys: [
        ...drawn.map(({ name, colour, marks }) => ({ text: pathOf(name).label, mark: marks, colour })),
        { text: "before", mark: "dashed", colour: COLOURS.soft },
      ],
      rows: [
        {
          heading: "Accuracy on the test points",
          panels: curvePanels({
            x,
            y: { label: "accuracy", ticks: 5 },
            panels: ACCURACIES.map(({ measure, title }) => ({
              title,
              series: [
                before(measure),
                ...drawn.map(({ name, colour, marks }) =>
                  along(name, measure, colour, marks, name === "slow-0.98"),
                ),
              ],
            })),
          }),
        },
        {
          heading:
            "Logits on the slow way, δ = 0.98: of the most frequent classes (orange), of the rarest (green)",
          panels: [
            ...curvePanels({
              x,
              y: { label: "magnitude", ticks: 5 },
              panels: [
                {
                  title: "magnitude of head and tail",
                  series: [
                    before("head", COLOURS.base),
                    before("tail", COLOURS.third),
                    along(slow.name, "head", COLOURS.base, "line"),
                    along(slow.name, "tail", COLOURS.third, "line"),
                  ],
                },
              ],
            }),
            ...curvePanels({
              x,
              y: { label: "deviation / mean", ticks: 5 },
              panels: [
                {
                  title: "spread of all classes’ magnitudes",
                  series: [
                    before("magnitudeSpread"),
                    along(slow.name, "magnitudeSpread", COLOURS.main, "line"),
                  ],
                },
              ],
            }),
          ],
        },
      ],
    }),
  ];
}
