/** The theory shown: a flip diagram for each line, and tables of where each point fails. */

import { csvTable } from "../../report/csv.ts";
import { draw } from "../../report/draw.ts";
import type { Figure } from "../../report/figure.ts";
import type { CsvFile, Reported } from "../../report/files.ts";
import { amountPalette, mapPanel } from "../../report/maps.ts";
import { figureList, referenceTable, section, showNumber, textTable } from "../../report/reportParts.ts";
import { setName } from "../lineSets.ts";
import type { LineFlips, TheoryResults } from "./results.ts";

/** What the experiment is about. */
const INTRODUCTION = `<p>h_ε(x) is the expected label of the mixed points that fall within ε of
x: what a classifier that can't tell such points apart should answer to have the least Mixup loss. For ε → 0 it
answers every training point with its own label (Proposition 2.8 of <em>Towards Understanding the Data
Dependency of Mixup-style Training</em>, <a href="https://arxiv.org/abs/2110.07647">arXiv 2110.07647</a>), but
at any fixed ε some α makes it fail on three alternating points (Theorem 2.7). Here is where: computed from
the closed form, nothing is trained. The law of λ is Beta(α, α).</p>`;

/** Regions smaller than this share of a diagram have no room for a word. */
const LEAST_REGION = 0.012;

/** A flip diagram for each line. */
function theoryFigures({ lines }: Pick<TheoryResults, "lines">): Figure[] {
  return lines.map((line) => {
    const { points, classes, diagram } = line;
    const { alphas, epsilons, failing } = diagram;
    const counts = failing.map(bitCount);
    const worst = Math.max(...counts, 1);
    const colours = amountPalette(worst + 1);
    const [x, y] = [edges(alphas), edges(epsilons)];
    const place = (part: number, [low, high]: readonly [number, number]) => low * (high / low) ** part;
    return draw({
      name: `flips-${points}-points-${classes}-classes`,
      title: `Where h_ε fails: ${setName(line)}`,
      caption:
        "Training points to which the Mixup-optimal classifier at resolution ε gives another class than their own, for λ " +
        "from Beta(α, α): the colour says how many, the numbers in a field which. Closed form, nothing is trained.",
      description:
        `Over alpha from ${x[0].toPrecision(2)} to ${x[1].toPrecision(4)} and epsilon from ` +
        `${y[0].toPrecision(2)} to ${y[1].toPrecision(2)}: up to ${worst} of ${points} points fail.`,
      keys: colours
        .map((colour, count) => ({
          text: count === 0 ? "none" : count === 1 ? "1 point" : `${count}`,
          mark: "square" as const,
          colour,
        }))
        .filter((_, count) => worst <= 4 || count % 2 === 0 || count === worst),
      rows: [
        {
          panels: [
            mapPanel({
              title: "",
              columns: alphas.length,
              rows: epsilons.length,
              cells: counts,
              colours,
              x: { label: "α of Beta(α, α)", log: true, domain: x, ticks: [1, 8, 32, 128, 1024] },
              y: { label: "resolution ε", log: true, domain: y, ticks: [0.01, 0.03, 0.1, 0.3, 1] },
              words: regionWords(diagram).map(({ x: across, y: up, text }) => ({
                x: place(across, x),
                y: place(up, y),
                text,
              })),
              width: 620,
              height: 380,
            }),
          ],
        },
      ],
    });
  });
}

/** The ends of a geometric list of cell centres. */
function edges(centres: readonly number[]): [number, number] {
  const half = Math.sqrt(centres.length > 1 ? centres[1] / centres[0] : 2);
  return [centres[0] / half, centres[centres.length - 1] * half];
}

/** The failing points of each connected region, written where the region is widest; once where several have the same. */
export function regionWords({
  alphas,
  epsilons,
  failing,
}: LineFlips["diagram"]): { x: number; y: number; text: string }[] {
  const [columns, rows] = [alphas.length, epsilons.length];
  const seen = new Uint8Array(failing.length);
  const words = new Map<string, { x: number; y: number; room: number }>();
  for (let start = 0; start < failing.length; start++) {
    if (seen[start] || failing[start] === 0) continue;
    const region = [start];
    seen[start] = 1;
    for (let i = 0; i < region.length; i++) {
      const cell = region[i];
      const column = cell % columns;
      const neighbours = [cell - columns, cell + columns, column > 0 ? cell - 1 : -1];
      if (column + 1 < columns) neighbours.push(cell + 1);
      for (const next of neighbours) {
        if (next < 0 || next >= failing.length || seen[next] || failing[next] !== failing[start]) continue;
        seen[next] = 1;
        region.push(next);
      }
    }
    if (region.length < LEAST_REGION * failing.length) continue;
    const { cell, room } = widestCell(new Set(region), columns, rows);
    const text = pointList(failing[start]).replaceAll(" ", ", ");
    if (room <= (words.get(text)?.room ?? -1)) continue;
    const [x, y] = [((cell % columns) + 0.5) / columns, (Math.floor(cell / columns) + 0.5) / rows];
    words.set(text, { x, y, room });
  }
  return Array.from(words, ([text, { x, y }]) => ({ x, y, text }));
}

/** The cell of a region with most of the region to its left and right, and then above and below; and how much that is. */
function widestCell(
  region: ReadonlySet<number>,
  columns: number,
  rows: number,
): { cell: number; room: number } {
  let best = -1;
  let most = -1;
  for (const cell of region) {
    const column = cell % columns;
    const row = Math.floor(cell / columns);
    const reach = (inside: (distance: number) => boolean) => {
      let distance = 0;
      while (inside(distance + 1)) distance++;
      return distance;
    };
    const left = reach((d) => column - d >= 0 && region.has(cell - d));
    const right = reach((d) => column + d < columns && region.has(cell + d));
    const below = reach((d) => row - d >= 0 && region.has(cell - d * columns));
    const above = reach((d) => row + d < rows && region.has(cell + d * columns));
    // A word is several cells wide and two high.
    const room = Math.min(left, right) + 4 * Math.min(below, above, 3);
    if (room > most) {
      most = room;
      best = cell;
    }
  }
  return { cell: best, room: most };
}

function bitCount(mask: number): number {
  return mask.toString(2).replaceAll("0", "").length;
}

function pointList(mask: number): string {
  const points = mask
    .toString(2)
    .split("")
    .toReversed()
    .flatMap((bit, n) => (bit === "1" ? [n] : []));
  return points.join(" ");
}

/** The table of h_eps, the thresholds, and the diagrams. */
function theoryCsv({ lines }: TheoryResults): CsvFile[] {
  const each = <T>(rows: (line: LineFlips) => T[]) => lines.flatMap(rows);
  return [
    {
      name: "probabilities",
      text: csvTable(
        ["points", "classes", "alpha", "epsilon", "point", "probability_0"],
        each(({ points, classes, table }) =>
          table.flatMap(({ alpha, epsilon, probability }) =>
            probability.map((value, n) => [points, classes, alpha, epsilon, n, value]),
          ),
        ),
      ),
    },
    {
      name: "flips",
      text: csvTable(
        ["points", "classes", "point", "alpha", "epsilon", "searched"],
        each(({ points, classes, flipEpsilon, flipAlpha }) => [
          ...flipEpsilon.flatMap(({ alpha, perPoint }) =>
            perPoint.map((epsilon, n) => [points, classes, n, alpha, epsilon, "epsilon"]),
          ),
          ...flipAlpha.flatMap(({ epsilon, perPoint }) =>
            perPoint.map((alpha, n) => [points, classes, n, alpha, epsilon, "alpha"]),
          ),
        ]),
      ),
    },
    {
      name: "diagram",
      text: csvTable(
        ["points", "classes", "alpha", "epsilon", "failing"],
        each(({ points, classes, diagram: { alphas, epsilons, failing } }) =>
          failing.map((mask, i) => [
            ...[points, classes, alphas[i % alphas.length]],
            ...[epsilons[Math.floor(i / alphas.length)], pointList(mask)],
          ]),
        ),
      ),
    },
  ];
}

/** From which alpha on point 1 of the three fails, at the table's middle epsilon. */
function learnt({ lines }: TheoryResults): string {
  const three = lines.find(({ points, classes }) => points === 3 && classes === 2);
  const found = three?.flipAlpha.find(({ epsilon }) => epsilon === 0.1);
  const alpha = found?.perPoint[1];
  if (!found || alpha === null || alpha === undefined)
    return "On the lines computed here no middle point fails at ε = 0.1.";
  return (
    `At resolution ε = ${found.epsilon} the Mixup-optimal classifier of three alternating points gives the middle one the ` +
    `wrong class from α = ${alpha.toFixed(1)} on: a closed form, without any training.`
  );
}

/** A section for each line, then what was expected. */
function sections(results: TheoryResults, figures: readonly Figure[]): string {
  return [
    ...results.lines.map((line, i) =>
      section(
        setName(line),
        figureList(i === 0 ? [] : [figures[i]]),
        probabilityTable(line),
        ...flipTables(line),
      ),
    ),
    section("Expected values", referenceTable(results.references)),
  ].join("\n");
}

export const theoryReport: Reported<TheoryResults> = {
  introduction: INTRODUCTION,
  learnt,
  figures: theoryFigures,
  csv: theoryCsv,
  sections,
};

function probabilityTable({ points, table }: LineFlips): string {
  if (points > 3) return "";
  return textTable(
    "h_ε of class 0 at each point",
    ["α", "ε", ...Array.from({ length: points }, (_, n) => `point ${n}`)],
    table.map(({ alpha, epsilon, probability }) => [
      ...[String(alpha), String(epsilon)],
      ...probability.map((value) => value.toFixed(10)),
    ]),
  );
}

function flipTables({ points, flipEpsilon, flipAlpha }: LineFlips): string[] {
  const heads = Array.from({ length: points }, (_, n) => `point ${n}`);
  return [
    textTable(
      "Smallest ε at which a point fails (–: at none)",
      ["α", ...heads],
      flipEpsilon.map(({ alpha, perPoint }) => [
        String(alpha),
        ...perPoint.map((value) => showNumber(value, 4)),
      ]),
    ),
    textTable(
      "Smallest α from 0.05 to 10,000 at which a point fails (–: at none)",
      ["ε", ...heads],
      flipAlpha.map(({ epsilon, perPoint }) => [
        String(epsilon),
        ...perPoint.map((value) => showNumber(value, 2)),
      ]),
    ),
  ];
}
