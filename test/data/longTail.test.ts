import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { longTailCounts } from "../../src/data/longTail.ts";
import { configErrorPath } from "../configError.ts";

const fixture = JSON.parse(
  readFileSync(new URL("../fixtures/methods/metrics.json", import.meta.url), "utf8"),
) as {
  logitMagnitude: { counts: { largest: number; imbalance: number; classes: number; counts: number[] }[] };
};

test("the unit values", () => {
  expect(fixture.logitMagnitude.counts.length).toBeGreaterThan(0);
  for (const { counts, ...options } of fixture.logitMagnitude.counts)
    expect(Array.from(longTailCounts(options))).toEqual(counts);
});

test("no class is without a point", () => {
  expect(Array.from(longTailCounts({ largest: 3, imbalance: 1e6, classes: 4 }))).toEqual([3, 1, 1, 1]);
});

test("refuses", () => {
  const path = (options: object) =>
    configErrorPath(() => longTailCounts({ largest: 80, imbalance: 40, classes: 10, ...options }));
  expect(path({ largest: 0 })).toBe("longTail.largest");
  expect(path({ imbalance: 0.5 })).toBe("longTail.imbalance");
  expect(path({ classes: 0 })).toBe("longTail.classes");
  expect(path({ clases: 1 })).toBe("longTail.clases");
});
