/** Inequalities as references: which side of the bound holds, and how tables show them. */

import { expect, test } from "vitest";
import { referenceRow } from "../../src/report/closingTable.ts";
import { bounded } from "../../src/report/references.ts";

const bound = (relation: "at most" | "at least", measured: number | null) =>
  bounded({ heading: "A", what: "b", relation, bound: 0.92, measured, source: "s", basis: "repeated" });

test("an inequality holds on one side of its bound, at the bound too, and never without a number", () => {
  expect([0.1, 0.92, 0.921, null, Number.NaN].map((value) => bound("at most", value).pass)).toEqual([
    ...[true, true, false, false, false],
  ]);
  expect([0.1, 0.92, 0.921, null].map((value) => bound("at least", value).pass)).toEqual([
    ...[false, true, true, false],
  ]);
});

test("tables show the side", () => {
  expect(referenceRow(bound("at most", 0.5))).toEqual({
    ...{ name: "b", paper: "≤ 0.920", ours: "0.500", verdict: "agrees" },
  });
  expect(referenceRow(bound("at least", 0.5))).toMatchObject({ paper: "≥ 0.920", verdict: "misses" });
});
