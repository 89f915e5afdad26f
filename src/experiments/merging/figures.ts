/**
 * The merging experiment drawn: for each domain the losses of merged nets against those of nets trained on the union.
 *
 * Not here: tables and sentences (`report.ts`).
 */

import * as Plot from "@observablehq/plot";
import { draw } from "../../report/draw.ts";
import { COLOURS, type Figure, type Panel } from "../../report/figure.ts";
import { tickFormat } from "../../report/panels.ts";
import { showNumber } from "../../report/reportParts.ts";
import { counted } from "../../report/words.ts";
import { PROXY_LABELS, sizeName } from "./checks.ts";
import type { MergingResults, ProxyName, SizeResults } from "./results.ts";

const DRAWN: readonly { name: ProxyName; colour: string; mark: "dot" | "ring" }[] = [
  { name: "own", colour: COLOURS.base, mark: "ring" },
  { name: "shared", colour: COLOURS.main, mark: "dot" },
];

/** A figure for each size of sets. */
export function mergingFigures({ sizes, domains }: Pick<MergingResults, "sizes" | "domains">): Figure[] {
  return sizes.map((results) => {
    const { size, draws, pearson } = results;
    const [{ correlations, subsets }] = draws;
    const panels = domains.map((title, u) =>
      panel(results, u, `${title}: ${showNumber(correlations.shared.pearson[u], 2)}`, u % 3 === 0, u >= 3),
    );
    const told = (name: ProxyName) => `${PROXY_LABELS[name]} ${showNumber(pearson[name].mean, 2)}`;
    return draw({
      name: `proxy-and-truth-${sizeName(size).replaceAll(" ", "-")}`,
      title: `Do merged nets say what training on ${size} domains together would give?`,
      caption:
        `A mark for each of the ${subsets.length} ${sizeName(size)} of domains, of the first of ${counted(draws.length, "draw")}: loss on one domain’s validation points (nats) of the ` +
        "net trained on the union, and of the mean of the nets trained on single domains. On the dashed line both are equal; a proxy is good where its marks " +
        "rise with the truth. Above each panel its domain and Pearson’s coefficient of the losses of nets from one start; the axes are logarithmic.",
      description: `Pearson’s coefficient, mean over domains and draws: ${DRAWN.map(({ name }) => told(name)).join("; ")}.`,
      keys: [
        ...DRAWN.toReversed().map(({ name, colour, mark }) => ({ text: PROXY_LABELS[name], mark, colour })),
        { text: "equal", mark: "dashed" as const, colour: COLOURS.soft },
      ],
      rows: [{ panels: panels.slice(0, 3) }, { panels: panels.slice(3) }],
    });
  });
}

/** One domain. */
function panel({ draws }: SizeResults, u: number, title: string, isFirst: boolean, isLast: boolean): Panel {
  const { subsets } = draws[0];
  const marksOf = (name: ProxyName) =>
    subsets.flatMap(({ truth, proxies }) =>
      truth[u] === null || proxies[name][u] === null
        ? []
        : [{ x: Math.log10(truth[u]), y: Math.log10(proxies[name][u]) }],
    );
  const all = DRAWN.flatMap(({ name }) => marksOf(name));
  const domain = (side: "x" | "y") => {
    const values = all.map((mark) => mark[side]);
    const [low, high] = values.length === 0 ? [0, 1] : [Math.min(...values), Math.max(...values)];
    return [low - 0.06, high + 0.06] as const;
  };
  const [x, y] = [domain("x"), domain("y")];
  const ends = [Math.max(x[0], y[0]), Math.min(x[1], y[1])];
  const axis = (label: string | null, own: readonly [number, number]) => ({
    label,
    labelArrow: "none" as const,
    domain: [...own],
    ticks: 4,
    tickFormat: (value: number) => tickFormat(Number((10 ** value).toPrecision(2))),
  });
  return {
    title,
    options: {
      width: isFirst ? 268 : 250,
      height: isLast ? 216 : 200,
      marginLeft: isFirst ? 58 : 46,
      marginRight: 14,
      marginTop: 18,
      marginBottom: isLast ? 38 : 24,
      x: { ...axis(isLast ? "loss after training on the union" : null, x), grid: false },
      y: { ...axis(isFirst ? "loss of the merged net" : null, y), grid: true },
      marks: [
        ...(ends[0] < ends[1]
          ? [
              Plot.line(
                ends.map((end) => [end, end]),
                { stroke: COLOURS.soft, strokeDasharray: "5 3" },
              ),
            ]
          : []),
        ...DRAWN.map(({ name, colour, mark }) =>
          Plot.dot(marksOf(name), {
            x: "x",
            y: "y",
            r: 3.2,
            ...(mark === "dot" ? { fill: colour } : { stroke: colour, strokeWidth: 1.5 }),
          }),
        ),
      ],
    },
  };
}
