/** Inequalities as references: when they pass, and how they are shown. */

import { expect, test } from "vitest";
import { closingTable, referenceRow } from "../../src/report/closingTable.ts";
import { type Bound, bounded } from "../../src/report/references.ts";

const base: Bound = {
  heading: "h",
  what: "w",
  relation: "at most",
  bound: 0.02,
  measured: 0.009,
  source: "s",
  basis: "repeated",
};

test("an inequality passes on its side of the bound, at it, and never without a number", () => {
  expect(bounded(base)).toMatchObject({ pass: true, expected: 0.02, tolerance: 0, relation: "at most" });
  expect(bounded({ ...base, measured: 0.02 }).pass).toBe(true);
  expect(bounded({ ...base, measured: 0.0201 }).pass).toBe(false);
  expect(bounded({ ...base, relation: "at least" }).pass).toBe(false);
  expect(bounded({ ...base, relation: "at least", measured: 0.5 }).pass).toBe(true);
  expect(bounded({ ...base, measured: -Infinity }).pass).toBe(false);
  expect(bounded({ ...base, measured: null }).pass).toBe(false);
});

test("it is shown with its relation", () => {
  expect(referenceRow(bounded(base))).toMatchObject({ paper: "≤ 0.020", ours: "0.009", verdict: "agrees" });
  expect(referenceRow(bounded({ ...base, relation: "at least" }))).toMatchObject({
    paper: "≥ 0.020",
    verdict: "misses",
  });
  expect(closingTable({ references: [bounded(base)] })).toContain("≤ 0.020");
});
