/** The margin that is drawn into a picture of the plane: of a boundary that is known. */

import { expect, test } from "vitest";
import { leastMargin } from "../../demo/lab/training/measured/margin.ts";
import { gridSize, probeGrid } from "../../demo/lab/training/probes.ts";
import { classDataset } from "../../src/index.ts";

/** Classes left and right; the third point is the nearest to x + y = 1/4, from the right. */
const data = classDataset({
  points: Float64Array.of(-1, -1, -0.5, 0, 0.5, 0.5, 1, 1),
  labels: Uint32Array.of(0, 0, 1, 1),
  dimensions: 2,
});
const probe = probeGrid(data);

/** Probabilities of class 1 that rise by `slope` along a direction, 1/2 where x + y = `at`; the grid interpolates them exactly. */
const rising = (at: number, slope = 0.01) =>
  Float64Array.from(
    { length: probe.points.length / 2 },
    (_, m) => 0.5 + slope * (probe.points[2 * m] + probe.points[2 * m + 1] - at),
  );

test("is the distance of the nearest training point to the boundary, and goes there at a right angle", () => {
  const margin = leastMargin(data, probe, rising(0.25))!;
  // Points are (1/2, 1/2) and (-1/2, 0): at distances 3/4 of each side, over the root of 2.
  expect(margin.length).toBeCloseTo(0.75 / Math.SQRT2, 6);
  expect([...margin.point, ...margin.boundary].slice(0, 2)).toBeOneOf([
    [0.5, 0.5],
    [-0.5, 0],
  ]);
  const nearer = leastMargin(data, probe, rising(0.5))!;
  expect(nearer.length).toBeCloseTo(0.5 / Math.SQRT2, 6);
  expect(nearer.point).toEqual([0.5, 0.5]);
  expect(nearer.boundary[0]).toBeCloseTo(0.25, 6);
  expect(nearer.boundary[1]).toBeCloseTo(0.25, 6);
});

test("is 0 at a training point that is on the wrong side, and none where there is no boundary", () => {
  expect(leastMargin(data, probe, rising(1.25))).toEqual({
    length: 0,
    point: [0.5, 0.5],
    boundary: [0.5, 0.5],
  });
  const right = rising(0.25).map((value, m) => (m < gridSize(probe) ? 0.9 : value));
  expect(leastMargin(data, probe, right)).toBeUndefined();
});
