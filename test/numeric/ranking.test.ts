import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countOfShare, rankedIndices, trim } from "../../src/numeric/ranking.ts";
import { configErrorPath } from "../configError.ts";

const fixture = JSON.parse(
  readFileSync(new URL("../fixtures/methods/metrics.json", import.meta.url), "utf8"),
) as { trim: { losses: number[]; tau: number[]; kept: number[][] } };

test("a share is rounded up, not by a rounding error, and never to nothing", () => {
  expect([0.7, 0.71, 0, 1, 1e-12].map((share) => countOfShare(share, 10))).toEqual([7, 8, 1, 10, 1]);
  expect(0.07 * 100).toBeGreaterThan(7);
  expect(countOfShare(0.07, 100)).toBe(7);
  expect(countOfShare(0.5, 1)).toBe(1);
});

test("ranks: ties by the smaller index, what is not finite last", () => {
  expect(Array.from(rankedIndices([2, Number.NaN, 1, -Infinity, 2, Infinity, 1]))).toEqual([
    2, 6, 0, 4, 1, 3, 5,
  ]);
  expect(rankedIndices([]).length).toBe(0);
});

describe("trim", () => {
  test("the unit values", () => {
    const { losses, tau, kept } = fixture.trim;
    expect(tau.length).toBeGreaterThan(0);
    tau.forEach((share, k) => {
      expect(Array.from(trim(losses, share))).toEqual(kept[k]);
    });
  });

  test("non-finite losses go first; one point stays, whatever its loss", () => {
    expect(Array.from(trim([Number.NaN, 5, -Infinity, 1], 0.5))).toEqual([1, 3]);
    expect(Array.from(trim([Number.NaN], 0.99))).toEqual([0]);
    expect(Array.from(trim([3, Infinity, Number.NaN], 0.4))).toEqual([0, 1]);
  });

  test("keeps as many as it says, and none that is larger than one left out", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double(), { minLength: 1, maxLength: 40 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (losses, tau) => {
          const kept = trim(losses, tau);
          expect(kept.length).toBe(countOfShare(1 - tau, losses.length));
          expect(Array.from(kept)).toEqual([...new Set(kept)].sort((i, j) => i - j));
          const key = (i: number) => (Number.isFinite(losses[i]) ? losses[i] : Infinity);
          losses.forEach((_, out) => {
            if (kept.includes(out)) return;
            for (const i of kept) {
              const isBefore = key(i) < key(out) || (key(i) === key(out) && i < out);
              expect(isBefore).toBe(true);
            }
          });
        },
      ),
    );
  });

  test("refuses", () => {
    expect(configErrorPath(() => trim([], 0))).toBe("losses");
    expect(configErrorPath(() => trim([1, "2" as unknown as number], 0))).toBe("losses[1]");
    for (const tau of [1, -0.1, Number.NaN]) expect(configErrorPath(() => trim([1, 2], tau))).toBe("tau");
  });
});
