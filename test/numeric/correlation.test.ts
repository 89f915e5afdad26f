import fc from "fast-check";
import { expect, test } from "vitest";
import { correlation } from "../../src/numeric/correlation.ts";
import { configErrorPath } from "../configError.ts";
import UNITS from "../fixtures/methods/mixtures.json";

test("the unit values, with ties", () => {
  const { a, b, pearson, spearman } = UNITS.correlation;
  const found = correlation(a, b);
  expect(found.pearson).toBeCloseTo(pearson, 12);
  expect(found.spearman).toBeCloseTo(spearman, 12);
});

test("what rises with the other has rank correlation 1; a constant list has none, and what is not finite neither", () => {
  expect(correlation([1, 2, 3, 4], [1, 10, 100, 1000]).spearman).toBeCloseTo(1, 14);
  expect(correlation([1, 2, 3, 4], [1, 10, 100, 1000]).pearson).toBeLessThan(0.9);
  expect(correlation([0.1, 0.1, 0.1], [1, 2, 3])).toEqual({ pearson: null, spearman: null });
  expect(correlation([1, Number.NaN], [1, 2])).toEqual({ pearson: null, spearman: null });
});

test("symmetric, within [-1, 1], and the sign of a list turns it round", () => {
  const numbers = fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 })), {
    minLength: 2,
    maxLength: 20,
  });
  fc.assert(
    fc.property(numbers, (pairs) => {
      const [a, b] = [0, 1].map((side) => pairs.map((pair) => pair[side]));
      const [one, other, turned] = [
        correlation(a, b),
        correlation(b, a),
        correlation(
          a,
          b.map((y) => -y),
        ),
      ];
      expect(other).toEqual(one);
      for (const name of ["pearson", "spearman"] as const) {
        const value = one[name];
        if (value === null) expect(turned[name]).toBeNull();
        else {
          expect(Math.abs(value)).toBeLessThanOrEqual(1 + 1e-12);
          expect(turned[name]).toBeCloseTo(-value, 12);
        }
      }
    }),
    { seed: 5 },
  );
});

test("refuses lists that don't go together", () => {
  expect(configErrorPath(() => correlation([], []))).toBe("a");
  expect(configErrorPath(() => correlation([1, 2], [1]))).toBe("b");
  expect(configErrorPath(() => correlation([1], ["x" as unknown as number]))).toBe("b[0]");
});
