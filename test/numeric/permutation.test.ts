/** The keyed permutation: a bijection at every size, and no permutation is preferred. */

import { describe, expect, it } from "vitest";
import { gridRows, permuted } from "../../src/numeric/permutation.ts";
import { PURPOSE } from "../../src/numeric/threefry.ts";
import { chiSquareProbability, SIGNIFICANCE } from "../statistics.ts";

function permutation(seed: number, counter: number, size: number): number[] {
  return Array.from({ length: size }, (_, i) => permuted(seed, PURPOSE.batchOrder, counter, i, size));
}

/** Rank of a permutation among all of its size, 0 .. size! - 1. */
function rank(order: number[]): number {
  return order.reduce((sum, value, i) => {
    const smallerLater = order.slice(i + 1).filter((later) => later < value).length;
    return sum * (order.length - i) + smallerLater;
  }, 0);
}

describe("gridRows", () => {
  it("is the smallest even number whose square holds the size", () => {
    for (const size of [1, 2, 3, 4, 5, 16, 17, 64, 65, 1000, 60_000]) {
      const rows = gridRows(size);
      expect(rows % 2).toBe(0);
      expect(rows * rows).toBeGreaterThanOrEqual(size);
      expect(rows === 2 || (rows - 2) ** 2 < size).toBe(true);
    }
  });
});

describe("permuted", () => {
  it("is a bijection of 0 .. size-1", () => {
    for (const size of [1, 2, 3, 5, 64, 65, 257, 1000]) {
      for (const counter of [0, 1, 0xffffffff]) {
        const sorted = permutation(42, counter, size).sort((a, b) => a - b);
        expect(sorted, `size ${size}`).toEqual(Array.from({ length: size }, (_, i) => i));
      }
    }
  });

  it("depends on seed, purpose and counter", () => {
    const base = permutation(1, 0, 50);
    expect(permutation(1, 0, 50)).toEqual(base);
    expect(permutation(2, 0, 50)).not.toEqual(base);
    expect(permutation(1, 1, 50)).not.toEqual(base);
    expect(base.map((_, i) => permuted(1, PURPOSE.permutation, 0, i, 50))).not.toEqual(base);
  });

  it.each([
    [2, 20_000],
    [3, 60_000],
    [4, 60_000],
    [5, 100_000],
    [6, 100_000],
    [7, 100_000],
  ])(
    "gives all permutations of %i points equally often (chi-square over %i draws, p above 1e-3)",
    (size, draws) => {
      let factorial = 1;
      for (let n = 2; n <= size; n++) factorial *= n;
      const counts = new Uint32Array(factorial);
      for (let draw = 0; draw < draws; draw++) counts[rank(permutation(9, draw, size))]++;
      expect(chiSquareProbability(counts, () => draws / factorial)).toBeGreaterThan(SIGNIFICANCE);
    },
  );

  it("sends each of 65 points everywhere equally often (chi-square, p above 1e-3)", () => {
    const [size, draws] = [65, 4000];
    const counts = new Uint32Array(size * size);
    for (let draw = 0; draw < draws; draw++) {
      permutation(3, draw, size).forEach((place, i) => {
        counts[i * size + place]++;
      });
    }
    // Rows and columns both sum to `draws`: cells are a little less free than the test assumes, which makes
    // it lenient by 2 * 65 of 4225 degrees of freedom; a row alone is exact.
    for (const row of [0, 1, 31, 64]) {
      const cells = counts.subarray(row * size, (row + 1) * size);
      expect(
        chiSquareProbability(cells, () => draws / size),
        `point ${row}`,
      ).toBeGreaterThan(SIGNIFICANCE);
    }
    expect(chiSquareProbability(counts, () => draws / size)).toBeGreaterThan(SIGNIFICANCE);
  });

  it("leaves no trace of the order: successive elements are uncorrelated", () => {
    const [size, draws] = [64, 2000];
    let sum = 0;
    for (let draw = 0; draw < draws; draw++) {
      const order = permutation(21, draw, size);
      for (let i = 0; i + 1 < size; i++) sum += (order[i] - 31.5) * (order[i + 1] - 31.5);
    }
    // Sampling without replacement correlates two elements by -1/(size-1); 126000 pairs have a standard error
    // of 0.0028.
    const correlation = sum / (draws * (size - 1)) / ((size * size - 1) / 12);
    expect(Math.abs(correlation + 1 / (size - 1))).toBeLessThan(3.3 * 0.0029);
  });
});
