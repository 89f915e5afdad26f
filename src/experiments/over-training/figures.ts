/** Over-training drawn: the four curves over the steps, mean of all draws and one draw with its trained nets. */

import { draw } from "../../report/draw.ts";
import { COLOURS, type Figure } from "../../report/figure.ts";
import { curvePanels, type Series, tickFormat } from "../../report/panels.ts";
import { showNumber } from "../../report/reportParts.ts";
import { counted } from "../../report/words.ts";
import { ARM_NAMES, ARMS, type Arm, type DrawCurves, type OverTrainingResults } from "./results.ts";
import { last, meanCurve, median } from "./summary.ts";

const COLOUR_OF: Readonly<Record<Arm, string>> = {
  mixup: COLOURS.main,
  erm: COLOURS.base,
  clean: COLOURS.third,
  switched: COLOURS.ink,
};

export function overTrainingFigures({
  draws,
  steps,
  trained,
}: Pick<OverTrainingResults, "draws" | "steps" | "trained">): Figure[] {
  const means = Object.fromEntries(ARMS.map((arm) => [arm, meanCurve(draws, arm)])) as Record<Arm, number[]>;
  const typical = typicalDraw(draws, trained);
  const own = trained.filter(({ seed }) => seed === typical.seed);
  const meanBest = means.mixup.indexOf(Math.min(...means.mixup));
  const ringed = (curve: number[], index: number): Series => ({
    ...{ colour: COLOURS.main, x: [steps[index]], y: [curve[index]], marks: "rings" as const },
  });
  const dots = ARMS.map((arm): Series => {
    const found = own.filter((one) => one.arm === arm);
    return {
      colour: COLOUR_OF[arm],
      x: found.map(({ step }) => step),
      y: found.map(({ error }) => error),
      marks: "dots",
    };
  });
  const lines = (curves: Readonly<Record<Arm, number[]>>): Series[] =>
    ARMS.map((arm) => ({
      ...{ colour: COLOUR_OF[arm], x: steps, y: curves[arm] },
      ...(arm === "switched" && { marks: "dashed" as const }),
    }));
  const until = Math.max(...own.map(({ step }) => step));
  const dotsText =
    own.length === 0
      ? "No net was trained."
      : `Dots: nets trained on draw ${typical.seed}, up to step ${tickFormat(until)}.`;
  return [
    draw({
      name: "curves",
      title: "Trained for long, Mixup fits what is wrong in its labels",
      caption:
        `Mean squared error on 2,000 fresh points over the variance of their labels. Lines: gradient descent in closed form, mean of ` +
        `${counted(draws.length, "draw")}, and draw ${typical.seed} alone. Ring: Mixup's best step, the turn; the dashed curve starts there ` +
        `and counts its steps from there. ${dotsText}`,
      description: ARMS.map(
        (arm) =>
          `${ARM_NAMES[arm]}: best ${showNumber(Math.min(...means[arm]))}, last ${showNumber(last(means[arm]))}`,
      ).join("; "),
      keys: [
        ...ARMS.map((arm) => ({
          text: ARM_NAMES[arm],
          mark: arm === "switched" ? ("dashed" as const) : ("line" as const),
          colour: COLOUR_OF[arm],
        })),
        { text: "turn", mark: "ring", colour: COLOURS.main },
        ...(own.length === 0 ? [] : [{ text: "trained net", mark: "dot" as const, colour: COLOURS.soft }]),
      ],
      rows: [
        {
          panels: curvePanels({
            x: { label: "step", log: true, ticks: [1, 100, 10_000, 1_000_000] },
            y: { label: "test error", ticks: 6 },
            width: 330,
            height: 280,
            panels: [
              {
                title: `mean of ${counted(draws.length, "draw")}`,
                series: [...lines(means), ringed(means.mixup, meanBest)],
              },
              {
                title: `draw ${typical.seed}`,
                series: [...lines(typical), ...dots, ringed(typical.mixup, steps.indexOf(typical.bestStep))],
              },
            ],
          }),
        },
      ],
    }),
  ];
}

/** Of the draws that were trained on, the one whose Mixup rises most nearly as the median draw's does. */
function typicalDraw(draws: readonly DrawCurves[], trained: OverTrainingResults["trained"]): DrawCurves {
  const ratio = ({ mixup }: DrawCurves) => last(mixup) / Math.min(...mixup);
  const middle = median(draws.map(ratio));
  const seeds = new Set(trained.map(({ seed }) => seed));
  const candidates = seeds.size === 0 ? draws : draws.filter(({ seed }) => seeds.has(seed));
  return [...candidates].sort((a, b) => Math.abs(ratio(a) - middle) - Math.abs(ratio(b) - middle))[0];
}
