/**
 * Two sets of four points with the same midpoints, and six points that share theirs with no others: what is to be seen
 * of Theorem 2.11.
 */

import * as Plot from "@observablehq/plot";
import { draw } from "../../report/draw.ts";
import { COLOURS, type Figure, type Panel } from "../../report/figure.ts";
import { midpoints, midpointTwin, pointSetsFromMidpoints } from "../../theory/midpoints.ts";
import { drawPoints } from "./midpoints.ts";

/** A draw in which points and midpoints lie apart. */
const DRAW = 16;

/** The picture; it takes no results, since its points are fixed. */
export function midpointFigure(): Figure {
  const [four, six] = [drawPoints(4, DRAW), drawPoints(6, DRAW)];
  return draw({
    name: "midpoints",
    title: "Which points have these midpoints?",
    caption:
      "All sets of points that fit the crosses, found without knowing whose midpoints they are: two sets of four points, and " +
      "for six points none but the points themselves. One fixed draw; the axes are in the units of the data.",
    description:
      "Four points share their six midpoints with four others. Six points and their 15 midpoints: " +
      `${pointSetsFromMidpoints(midpoints(six, 2), 2).length} set of points fits.`,
    keys: [
      { text: "midpoints", mark: "cross", colour: COLOURS.ink },
      { text: "points", mark: "dot", colour: COLOURS.main },
      { text: "other points with the same midpoints", mark: "ring", colour: COLOURS.base },
    ],
    rows: [{ panels: [pointPanel("4 points: two sets fit", four), pointPanel("6 points: no others", six)] }],
  });
}

/** The points, their midpoints, segments between them, and the points' twin if there is one. */
function pointPanel(title: string, points: Float64Array): Panel {
  const twin = points.length === 8 ? midpointTwin(points, 2) : new Float64Array();
  const all = [...pairs(points), ...pairs(twin)];
  const [xs, ys] = [all.map(([x]) => x), all.map(([, y]) => y)];
  // The same scale both ways, the whole in the middle.
  const half = 0.56 * Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
  const domain = (values: number[]) => {
    const middle = (Math.min(...values) + Math.max(...values)) / 2;
    return [middle - half, middle + half];
  };
  const segments = (values: Float64Array, stroke: string) => {
    const ends = pairs(values);
    const links = ends.flatMap((one, i) => ends.slice(i + 1).map((other) => [...one, ...other]));
    return Plot.link(links, { x1: "0", y1: "1", x2: "2", y2: "3", stroke, strokeOpacity: 0.35 });
  };
  return {
    title,
    options: {
      width: 298,
      height: 300,
      marginLeft: 44,
      marginRight: 12,
      marginTop: 22,
      marginBottom: 38,
      x: { domain: domain(xs), label: "x", labelArrow: "none", ticks: 4 },
      y: { domain: domain(ys), label: "y", labelArrow: "none", ticks: 4 },
      marks: [
        segments(twin, COLOURS.base),
        segments(points, COLOURS.main),
        Plot.dot(pairs(midpoints(points, 2)), {
          x: "0",
          y: "1",
          symbol: "times",
          stroke: COLOURS.ink,
          r: 3.5,
        }),
        Plot.dot(pairs(twin), { x: "0", y: "1", r: 5, stroke: COLOURS.base, strokeWidth: 1.6 }),
        Plot.dot(pairs(points), { x: "0", y: "1", r: 4.5, fill: COLOURS.main }),
      ],
    },
  };
}

function pairs(values: Float64Array): [number, number][] {
  return Array.from({ length: values.length / 2 }, (_, i) => [values[2 * i], values[2 * i + 1]]);
}
