/** One's own data, the linear preset's data, and the plots' layout maths. No browser. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeNames,
  decodePoints,
  encodeNames,
  encodePoints,
  encodeWindow,
  ownCsv,
  shortestText,
} from "../../demo/lab/data/ownData.ts";
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
import { formatHash, parseHash } from "../../demo/lab/state/link.ts";
import { PRESETS } from "../../demo/lab/state/presets.ts";
import { labExperiment } from "../../demo/lab/training/labExperiment.ts";
import { windowOf } from "../../demo/lab/training/probes.ts";
import { ConfigError, maxMargin, mlp } from "../../src/index.ts";

describe("own points", () => {
  it("are taken from CSV with the names of their classes, two features at most", () => {
    expect(ownCsv("x,y,colour\n0.5,1,red\n-2,.25,blue\n")).toEqual({
      data: { dimensions: 2, points: [0.5, 1, -2, 0.25], labels: [0, 1] },
      names: ["red", "blue"],
      featureNames: ["x", "y"],
      notes: ["1 header row, 2 rows of data."],
    });
    expect(ownCsv("0,a\n1,b").data).toEqual({ dimensions: 1, points: [0, 1], labels: [0, 1] });
    const wide = "p,q,r,s\n1,2,3,a\n4,5,6,b";
    expect(ownCsv(wide).data.points).toEqual([1, 2, 4, 5]);
    expect(ownCsv(wide).notes.join(" ")).toContain('Not used: "r"');
    expect(ownCsv(wide, { features: [3, 1], label: 4 }).data.points).toEqual([3, 1, 6, 4]);
  });

  it.each([
    ["1,2,a\n3,oops,b", 'Row 2, column 2: "oops" is not a number'],
    ["1,a\n2,b\n3,c\n4,d\n5,e", "5 classes"],
    ["1,a\n1e7,b", "10000000 is beyond"],
    [Array.from({ length: 301 }, (_, i) => `${i},${i % 2}`).join("\n"), "301 rows"],
  ])("are refused: %j", (text, message) => {
    expect(() => ownCsv(text)).toThrow(ConfigError);
    expect(() => ownCsv(text)).toThrow(message);
  });

  it("are trained on as the file has them, to 32 bits", () => {
    const { data, names } = ownCsv("20231,52.51703,a\n20232,13.38886,b\n20233,1,a\n20234,-1e-7,b");
    const config = { ...PRESETS.own.config, own: encodePoints(data), names: encodeNames(names) };
    const { train, classNames } = labExperiment(parseHash(formatHash(config)).config);
    expect(train.data.points).toEqual(
      Float32Array.of(20231, 52.51703, 20232, 13.38886, 20233, 1, 20234, -1e-7),
    );
    expect(classNames).toEqual(["a", "b"]);
    // As short as it can be.
    expect(config.own).toBe("20231,52.51703,0;20232,13.38886,1;20233,1,0;20234,-1e-7,1");
  });

  it("go into a link and back without loss, whatever they and their names are", () => {
    const coordinate = fc.float({ noNaN: true, min: -1e6, max: 1e6 });
    const own = fc.constantFrom(1 as const, 2 as const).chain((dimensions) =>
      fc.array(fc.tuple(coordinate, coordinate, fc.nat(3)), { maxLength: 300 }).map((rows) => ({
        dimensions: rows.length === 0 ? (2 as const) : dimensions,
        points: rows.flatMap(([x, y]) => [x + 0, y + 0].slice(0, dimensions)),
        labels: rows.map(([, , label]) => label),
      })),
    );
    const names = fc.array(fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }), { maxLength: 4 });
    fc.assert(
      fc.property(own, names, (data, names) => {
        const config = { ...PRESETS.own.config, own: encodePoints(data), names: encodeNames(names) };
        const { config: read, problems } = parseHash(formatHash({ ...config, batch: 0 }));
        expect(problems).toEqual([]);
        const { dimensions, points, labels } = decodePoints(read.own);
        expect({ dimensions, labels }).toEqual({ dimensions: data.dimensions, labels: data.labels });
        expect(points.map(Math.fround)).toEqual(data.points);
        expect(decodeNames(read.names)).toEqual(names);
      }),
      { numRuns: 200 },
    );
  });

  it("are shown in the window that was asked for, on line and plane, or all of them", () => {
    const probe = (own: string, window: string) =>
      labExperiment({ ...PRESETS.own.config, own, window }).probe;
    const plane = "0,0,0;1,1,1";
    expect(probe(plane, "").low[0]).toBeCloseTo(-0.18, 6);
    const shown = probe(plane, "-1,2,4");
    expect([shown.low, shown.high]).toEqual([
      [-1, 2],
      [3, 6],
    ]);
    expect(encodeWindow(windowOf(shown))).toBe("-1,2,4");
    expect([...shown.points.subarray(0, 2), ...shown.points.subarray(2 * 41 * 41 - 2, 2 * 41 * 41)]).toEqual([
      -1, 2, 3, 6,
    ]);
    expect(probe("0,0;1,1", "-2,5").high).toEqual([3]);
    // A window of other dimensions than the points' is none.
    expect(probe("0,0;1,1", "-1,2,4").high[0]).toBeCloseTo(1.1, 6);
  });

  it("are written as short as 32 bits allow", () => {
    expect([0.1, 1 / 3, 1e6, 16777217, 1e-45, 3.4028234663852886e38].map(shortestText)).toEqual([
      "0.1",
      "0.33333334",
      "1000000",
      "16777216",
      "1e-45",
      "3.4028235e+38",
    ]);
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
    // Of nets that diverged nothing is drawn.
    expect(bandPath([0, 1, 2], [0, Number.NaN, 0], [1, 2, 1])).toBe("M0,1L2,1L2,0L0,0Z");
    expect(Array.from(spreadOf([1, Number.NaN, Number.NaN, 3, 2, 5], 2, 0, 3).mean)).toEqual([1.5, 4]);
    expect(spreadOf([Number.NaN], 1, 0, 1).mean[0]).toBeNaN();
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
