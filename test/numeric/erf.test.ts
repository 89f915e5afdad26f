/** erf and erfc against 30-digit values (mpmath). */

import { describe, expect, it } from "vitest";
import { erf, erfc } from "../../src/numeric/erf.ts";

/** x, erf x, erfc x */
const VALUES = [
  [1e-10, 1.1283791670955126e-10, 0.999999999887162],
  [0.1, 0.1124629160182849, 0.887537083981715],
  [0.4999, 0.5204119951613866, 0.4795880048386134],
  [0.5, 0.5204998778130465, 0.4795001221869535],
  [1, 0.8427007929497149, 0.15729920705028513],
  [1.9999, 0.9953201979070294, 0.004679802092970608],
  [2, 0.9953222650189527, 0.004677734981047266],
  [3, 0.9999779095030014, 2.209049699858544e-5],
  [5, 0.9999999999984626, 1.537459794428035e-12],
  [10, 1.0, 2.088487583762545e-45],
  [26, 1.0, 5.663192408856143e-296],
] as const;

describe("erf and erfc", () => {
  it.each(VALUES)(
    "are right to 1e-15 (erfc in the tail: 3e-15 relative, or x^2 roundings) at %f",
    (x, f, complement) => {
      expect(Math.abs(erf(x) - f)).toBeLessThan(1e-15 * Math.min(1, 2 * x));
      // exp(-x^2) turns one rounding of x^2 into x^2 of them.
      expect(Math.abs(erfc(x) / complement - 1)).toBeLessThan(Math.max(3e-15, 2e-16 * x * x));
      expect(erf(-x)).toBe(-erf(x));
      expect(Math.abs(erfc(-x) - (1 + f))).toBeLessThan(1e-15);
    },
  );

  it("have their limits", () => {
    expect(erf(0)).toBe(0);
    expect(erfc(0)).toBe(1);
    expect(erf(40)).toBe(1);
    expect(erf(Number.POSITIVE_INFINITY)).toBe(1);
    expect(erf(Number.NEGATIVE_INFINITY)).toBe(-1);
    expect(erfc(Number.POSITIVE_INFINITY)).toBe(0);
    expect(erfc(Number.NEGATIVE_INFINITY)).toBe(2);
    expect(erf(Number.NaN)).toBeNaN();
    expect(erfc(Number.NaN)).toBeNaN();
  });

  it("join where the series meets the continued fraction", () => {
    expect(Math.abs(erf(2) - erf(2 - 2 ** -51))).toBeLessThan(1e-15);
    expect(Math.abs(erfc(0.5) / erfc(0.5 - 2 ** -53) - 1)).toBeLessThan(3e-15);
  });
});
