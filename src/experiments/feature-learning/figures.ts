/** The feature-learning experiment drawn: rare test error over steps, and accuracies on digits. */

import { draw } from "../../report/draw.ts";
import { COLOURS, type Figure, type Key } from "../../report/figure.ts";
import { curvePanels, type Series } from "../../report/panels.ts";
import { showNumber } from "../../report/reportParts.ts";
import { counted } from "../../report/words.ts";
import {
  type FeatureLearningResults,
  groupTitle,
  LAW_TITLES,
  type LawName,
  type RareGroup,
} from "./results.ts";

/** Who is drawn how: ERM alone, all that mixes beside it. */
const LOOKS: Readonly<Record<LawName, { colour: string; marks: "line" | "dashed" }>> = {
  ERM: { colour: COLOURS.base, marks: "line" },
  tied: { colour: COLOURS.main, marks: "line" },
  independent: { colour: COLOURS.third, marks: "line" },
  constant: { colour: COLOURS.ink, marks: "dashed" },
};

/** Rare errors, then accuracies, where there are any. */
export function featureLearningFigures(results: FeatureLearningResults): Figure[] {
  return [rareFigure(results), ...(results.digits.length > 0 ? [digitsFigure(results)] : [])];
}

function seriesOf({ law, curve }: RareGroup): Series {
  return { ...LOOKS[law], x: curve.step, y: curve.mean, spread: curve.std };
}

function rareFigure({ rare, rareSetting }: FeatureLearningResults): Figure {
  const whole = rare.filter(({ until }) => until === null);
  const early = rare.filter(({ until }) => until !== null);
  const ermGroup = rare.filter(({ law }) => law === "ERM");
  const laws = [...new Set(rare.map(({ law }) => law))];
  const keys = laws.map(
    (law): Key => ({
      text: LAW_TITLES[law],
      mark: LOOKS[law].marks,
      colour: LOOKS[law].colour,
    }),
  );
  return draw({
    name: "rare-features",
    title: "Error on new points with rare features",
    caption:
      `Mean over ${counted(rare[0].runs.length, "draw")} of the data, band ± 1 standard deviation. Trained on ` +
      `${rareSetting.points} points, of which 4 have a rare feature; chance is 0.5. In the panels at the right mixing is switched off ` +
      "after so many steps.",
    description: rare
      .map((group) => `${groupTitle(group)}: ${showNumber(group.rare.mean)} after ${rareSetting.steps} steps`)
      .join("; "),
    keys,
    rows: [
      {
        panels: curvePanels({
          x: { label: "step", ticks: 4, domain: [0, rareSetting.steps] },
          y: { label: "rare test error", ticks: 5 },
          rule: 0.5,
          width: early.length === 0 ? 480 : 290,
          height: 260,
          panels: [
            { title: "mixed to the end", series: whole.map(seriesOf) },
            ...early.map((group) => ({
              title: `off after ${group.until} steps`,
              series: [...ermGroup, group].map(seriesOf),
            })),
          ],
        }),
      },
    ],
  });
}

function digitsFigure({ digits, digitsSteps }: FeatureLearningResults): Figure {
  const count = digits[0].accuracies.length;
  return draw({
    name: "digits",
    title: "Accuracy on digits",
    caption: `Test images of ${counted(count, "split")} into 200 for training and the rest, after ${digitsSteps} steps: a dot each, in the order of the splits, and their mean.`,
    description: digits
      .map(({ law, accuracy }) => `${LAW_TITLES[law]}: ${showNumber(accuracy.mean)}`)
      .join("; "),
    rows: [
      {
        panels: curvePanels({
          x: { label: "split", ticks: 4, domain: [-0.5, count - 0.5] },
          y: { label: "accuracy", ticks: 5 },
          width: 170,
          panels: digits.map(({ law, accuracies, accuracy }) => ({
            title: LAW_TITLES[law],
            series: [
              {
                colour: LOOKS[law].colour,
                x: accuracies.map((_, i) => i),
                y: accuracies,
                marks: "dots" as const,
              },
              {
                colour: LOOKS[law].colour,
                x: [-0.5, count - 0.5],
                y: [accuracy.mean, accuracy.mean],
                marks: "dashed" as const,
              },
            ],
          })),
        }),
      },
    ],
  });
}
