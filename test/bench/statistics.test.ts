/** Median and quartiles, against values worked out by hand. */

import { expect, it } from "vitest";
import { spread } from "../../src/bench/statistics.ts";

it("takes order statistics, and goes straight between two of them", () => {
  expect(spread([7])).toEqual({ median: 7, p25: 7, p75: 7 });
  expect(spread([5, 1, 3])).toEqual({ median: 3, p25: 2, p75: 4 });
  expect(spread([4, 1, 3, 2])).toEqual({ median: 2.5, p25: 1.75, p75: 3.25 });
  // NumPy: percentile([1, 2, 4, 8, 16, 32], [25, 50, 75]).
  expect(spread([32, 1, 16, 2, 8, 4])).toEqual({ p25: 2.5, median: 6, p75: 14 });
});

it("leaves its argument alone, and has no median of nothing", () => {
  const values = [3, 1, 2];
  spread(values);
  expect(values).toEqual([3, 1, 2]);
  expect(() => spread([])).toThrow("no median");
});
