/** Mixup for regression drawn: the test error of every set under every arm, one row of panels for each kind of data. */

import * as Plot from "@observablehq/plot";
import { draw } from "../../report/draw.ts";
import { COLOURS, type Figure, type PanelRow } from "../../report/figure.ts";
import { scale } from "../../report/panels.ts";
import { showNumber } from "../../report/reportParts.ts";
import { counted } from "../../report/words.ts";
import { type ArmGroup, armName, type CMixupResults } from "./results.ts";

const HEADINGS: readonly (readonly [ArmGroup["data"], boolean, string])[] = [
  ["digits", false, "turned digits, clean labels: partners with near labels are of like pictures"],
  ["digits", true, "turned digits, noise on 30 % of the labels"],
  ["friedman", false, "Friedman's function: near labels do not mean like inputs"],
];

/** The groups of each kind of data, in the order of the headings. */
export function byData(groups: readonly ArmGroup[]): { heading: string; members: ArmGroup[] }[] {
  return HEADINGS.map(([data, noisy, heading]) => ({
    heading,
    members: groups.filter((group) => group.data === data && group.noisy === noisy),
  })).filter(({ members }) => members.length > 0);
}

function colourOf({ law }: Pick<ArmGroup, "law">): string {
  return law === "erm" ? COLOURS.base : law === "mixup" ? COLOURS.third : COLOURS.main;
}

/** Places of the sets above and below an arm's line. */
const JITTER = 0.5;

function panelRow({ heading, members }: ReturnType<typeof byData>[number]): PanelRow {
  const dots = members.flatMap(({ law, errors }, row) =>
    errors.flatMap((error, set) => {
      const place = errors.length === 1 ? 0 : set / (errors.length - 1) - 0.5;
      return error === null ? [] : [{ x: error, y: row + JITTER * place, colour: colourOf({ law }) }];
    }),
  );
  const means = members.flatMap(({ law, error }, row) =>
    error.mean === null ? [] : [{ x: error.mean, row, colour: colourOf({ law }) }],
  );
  const largest = Math.max(0, ...dots.map(({ x }) => x));
  return {
    heading,
    panels: [
      {
        title: "",
        options: {
          width: 620,
          height: 46 + 27 * members.length,
          marginLeft: 200,
          marginRight: 18,
          marginTop: 6,
          marginBottom: 38,
          x: { ...scale({ label: "test RMSE", domain: [0, largest * 1.05 || 1], ticks: 6 }), grid: true },
          y: {
            domain: [-0.6, members.length - 0.4],
            reverse: true,
            label: null,
            ticks: members.map((_, row) => row),
            tickFormat: (row: number) => armName(members[row]),
            tickSize: 0,
          },
          marks: [
            Plot.dot(dots, { x: "x", y: "y", r: 2.8, fill: ({ colour }) => colour, fillOpacity: 0.75 }),
            Plot.ruleX(means, {
              x: "x",
              y1: ({ row }) => row - 0.4,
              y2: ({ row }) => row + 0.4,
              stroke: ({ colour }) => colour,
              strokeWidth: 2.4,
            }),
          ],
        },
      },
    ],
  };
}

export function cMixupFigures({ groups, sets }: Pick<CMixupResults, "groups" | "sets">): Figure[] {
  return [
    draw({
      name: "errors",
      title: "Mixing partners with near labels",
      caption:
        `Root mean squared error on 1,000 clean test points, in units of the labels: a dot for each of ${counted(sets, "set")}, the same under every ` +
        "arm and in the same order from top to bottom; a bar at their mean. Trimmed: the 30 % of largest loss are left out, chosen anew every 25 steps.",
      description: groups
        .map(
          (group) =>
            `${group.data}, ${group.noisy ? "noisy" : "clean"}, ${armName(group)}: ${showNumber(group.error.mean)}`,
        )
        .join("; "),
      keys: [
        { text: "ERM", mark: "dot", colour: COLOURS.base },
        { text: "Mixup", mark: "dot", colour: COLOURS.third },
        { text: "C-Mixup", mark: "dot", colour: COLOURS.main },
      ],
      rows: byData(groups).map(panelRow),
    }),
  ];
}
