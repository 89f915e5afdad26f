/** Learnt weights drawn: of wrong and of right labels over the rounds, and what becomes of accuracy and gap. */

import { spread } from "../../numeric/spread.ts";
import { draw } from "../../report/draw.ts";
import { COLOURS, type Figure } from "../../report/figure.ts";
import { curvePanels, type Series } from "../../report/panels.ts";
import { showNumber } from "../../report/reportParts.ts";
import { counted } from "../../report/words.ts";
import type { FairRun, FairWeightsResults, Measure } from "./results.ts";

/** One figure: weights above, measures on test points below. */
export function fairWeightsFigures({ rounds, runs, last }: FairWeightsResults): Figure[] {
  const curve = (colour: string, of: (run: FairRun) => readonly number[]): Series => {
    const over = rounds.map((_, k) => spread(runs.map((run) => of(run)[k])));
    return {
      colour,
      x: rounds,
      y: over.map(({ mean }) => mean),
      spread: over.map(({ std }) => std),
      marks: "line",
    };
  };
  const measured = (measure: Measure, title: string) => ({
    title,
    series: [
      curve(COLOURS.base, ({ erm }) => erm.map((at) => at[measure])),
      curve(COLOURS.main, ({ biFair }) => biFair.map((at) => at[measure])),
    ],
  });
  const x = { label: "round", ticks: 5 };
  return [
    draw({
      name: "weights-and-gaps",
      title: "Weights learn which labels are wrong, and the gap closes",
      caption:
        `Means over ${counted(runs.length, "draw")}; bands: ± 1 standard deviation. Above: weights of the training points, 1 at first. ` +
        "Below, on clean test points: accuracy, and the distance of the groups’ true positive rates.",
      description:
        `Last round: accuracy ${showNumber(last.biFair.accuracy.mean)} with learnt weights, ${showNumber(last.erm.accuracy.mean)} without; ` +
        `equal-opportunity gap ${showNumber(last.biFair.opportunity.mean)} and ${showNumber(last.erm.opportunity.mean)}`,
      keys: [
        { text: "labels that are wrong", mark: "line", colour: COLOURS.third },
        { text: "labels that are right", mark: "line", colour: COLOURS.ink },
        { text: "ERM", mark: "line", colour: COLOURS.base },
        { text: "learnt weights", mark: "line", colour: COLOURS.main },
      ],
      rows: [
        {
          heading: "Mean weight of training points",
          panels: curvePanels({
            x,
            y: { label: "weight", domain: [0, 1.5], ticks: 4 },
            width: 560,
            height: 190,
            panels: [
              {
                title: "",
                series: [
                  curve(COLOURS.third, ({ weights }) => weights.flipped),
                  curve(COLOURS.ink, ({ weights }) => weights.right),
                ],
              },
            ],
          }),
        },
        {
          heading: "On the test points",
          panels: curvePanels({
            x,
            y: { label: "share", domain: [0, 1], ticks: 5 },
            width: 270,
            height: 210,
            panels: [measured("accuracy", "accuracy"), measured("opportunity", "equal-opportunity gap")],
          }),
        },
      ],
    }),
  ];
}
