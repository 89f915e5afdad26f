/** One's own data, the linear preset's data, and the plots' layout maths. No browser. */

import { describe, expect, it } from "vitest";
import { CsvError, decodePoints, encodePoints, parseCsv } from "../../demo/lab/data/ownData.ts";
import { ACROSS, parallelLines } from "../../demo/lab/data/parallelLines.ts";
import {
  bandPath,
  levelSegments,
  linearScale,
  linePath,
  logScale,
  relativeBetaDensity,
  spreadOf,
  ticks,
} from "../../demo/lab/page/geometry.ts";
import { filterDirections } from "../../demo/lab/scene/directions.ts";
import { maxMargin, mlp } from "../../src/index.ts";

describe("CSV", () => {
  it("reads numbers and classes, with or without header, whatever the separator", () => {
    const expected = { dimensions: 2, points: [0.5, 1, -2, 3e-1], labels: [1, 0] };
    expect(parseCsv("x,y,colour\n0.5,1,red\n-2,.3,blue\n")).toEqual({ ...expected, labels: [0, 1] });
    expect(parseCsv('\uFEFF0.5;1;"2"\r\n\r\n-2;0.3;"1"')).toEqual(expected);
    expect(parseCsv("0.5\t1\t10\n-2\t0.3\t9")).toEqual(expected);
    expect(parseCsv("0,a\n1,b\n2,a")).toEqual({ dimensions: 1, points: [0, 1, 2], labels: [0, 1, 0] });
  });

  it.each([
    ["", "nothing in it"],
    ["x,y,class\n", "no row of numbers"],
    ["1,2,a\n3,oops,b", 'Row 2, column 2: "oops" is not a number'],
    ["x,class\n1,a\n,b", "Row 3, column 1: the number is missing"],
    ["1,2,a\n3,4", "Row 2 has 2 columns where the first has 3"],
    ["1,2,a\n3,4,", "Row 2, column 3: the class is missing"],
    ["1;2,5;a\n3;4;b", "Write decimals with a point"],
    ["1,2,3,a\n1,2,3,b", "Row 1 has 4 columns"],
    ["1\n2", "Row 1 has 1 column"],
    ["1,a\n2,a", "All rows are of class a"],
    ["1,a\n2,b\n3,c\n4,d\n5,e", "5 classes"],
    ["1,a\n1e7,b", "Row 2, column 1: 10000000 is beyond"],
    ["Infinity,1,a\n1,2,b", "Row 1, column 1"],
    [Array.from({ length: 301 }, (_, i) => `${i},${i % 2}`).join("\n"), "301 rows"],
  ])("refuses %j", (text, message) => {
    expect(() => parseCsv(text)).toThrow(CsvError);
    expect(() => parseCsv(text)).toThrow(message);
  });

  it("goes into a link and back", () => {
    const data = parseCsv("0.123456,-7,a\n12345678e-3,0,b");
    expect(decodePoints(encodePoints(data))).toEqual({ ...data, points: [0.1235, -7, 12350, 0] });
  });
});

it("puts every point of the parallel lines on the margin: the assumption of Theorem 3.5", () => {
  const data = parallelLines({ points: 16, separation: 0.5, spread: 0.9, seed: 0 });
  const margin = maxMargin(data);
  for (let n = 0; n < 16; n++) {
    const score = margin.direction[0] * data.points[2 * n] + margin.direction[1] * data.points[2 * n + 1];
    expect(score * (2 * data.labels![n] - 1)).toBeCloseTo(0.5, 5);
  }
  expect(Math.abs(margin.direction[0] * ACROSS[0] + margin.direction[1] * ACROSS[1])).toBeCloseTo(1, 6);
});

it("scales random directions to the norm of each filter, and leaves biases alone", () => {
  const parameters = Float64Array.of(3, 4, 0, 1, 9, 9, 1, 1, 2, 2, 9, 9);
  const model = mlp([2, 2, 2]);
  for (const direction of filterDirections(model, parameters, 5)) {
    const norm = (from: number) => Math.hypot(direction[from], direction[from + 1]);
    expect([norm(0), norm(2), norm(6), norm(8)]).toEqual(
      [5, 1, Math.SQRT2, Math.SQRT2 * 2].map((value) => expect.closeTo(value, 5)),
    );
    expect([...direction.slice(4, 6), ...direction.slice(10)]).toEqual([0, 0, 0, 0]);
  }
});

describe("layout", () => {
  it("scales, ticks and paths", () => {
    expect(linearScale(0, 10, 100, 0)(2.5)).toBe(75);
    expect(logScale(1, 100, 0, 1)(10)).toBeCloseTo(0.5, 12);
    expect(ticks(0, 1, 4)).toEqual([0, 0.5, 1]);
    expect(ticks(0, 5000, 5)).toEqual([0, 1000, 2000, 3000, 4000, 5000]);
    expect(ticks(-0.2, 0.31, 5)).toEqual([-0.2, 0, 0.2]);
    expect(ticks(2, 2, 5)).toEqual([2]);
    expect(linePath([0, 1, 2, 3], [1, Number.NaN, 2, 3])).toBe("M0,1M2,2L3,3");
    expect(bandPath([0, 1], [0, 0], [1, 2])).toBe("M0,1L1,2L1,0L0,0Z");
    expect(bandPath([], [], [])).toBe("");
    const { mean, least, largest } = spreadOf([9, 9, 1, 2, 3, 6], 2, 1, 2);
    expect([[...mean], [...least], [...largest]]).toEqual([
      [2, 4],
      [1, 2],
      [3, 6],
    ]);
  });

  it("finds the level line of a plane, of a saddle, and none beside what is not finite", () => {
    const columns = 5;
    const plane = levelSegments(columns, 4, (i) => i % columns, 1.5);
    expect(plane).toHaveLength(3 * 4);
    expect(plane.filter((_, i) => i % 2 === 0).every((x) => x === 1.5)).toBe(true);
    expect(levelSegments(2, 2, (i) => [1, 0, 0, 1][i], 0.5)).toHaveLength(8);
    expect(levelSegments(2, 2, (i) => [1, 0, 0, Number.NaN][i], 0.5)).toEqual([]);
    // A circle: every end of a segment lies on it, and each point belongs to two segments.
    const circle = levelSegments(21, 21, (i) => Math.hypot((i % 21) - 10, Math.floor(i / 21) - 10), 6.2);
    const ends = new Map<string, number>();
    for (let i = 0; i < circle.length; i += 2) {
      expect(Math.abs(Math.hypot(circle[i] - 10, circle[i + 1] - 10) - 6.2)).toBeLessThan(0.05);
      const key = `${circle[i].toFixed(6)},${circle[i + 1].toFixed(6)}`;
      ends.set(key, (ends.get(key) ?? 0) + 1);
    }
    expect([...ends.values()].every((count) => count === 2)).toBe(true);
  });

  it("draws the density of Beta(a, a) between 0 and 1", () => {
    expect(relativeBetaDensity(32, 0.5)).toBe(1);
    expect(relativeBetaDensity(2, 0.25)).toBeCloseTo(0.75, 12);
    expect(relativeBetaDensity(0.5, 0.5)).toBeLessThan(0.25);
  });
});
