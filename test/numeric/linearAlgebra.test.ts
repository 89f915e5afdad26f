import { describe, expect, test } from "vitest";
import {
  cosine,
  gramMatrix,
  multiply,
  multiplyTransposed,
  norm,
  pivotedCholesky,
  solvePositiveDefinite,
} from "../../src/numeric/linearAlgebra.ts";
import { normalPair } from "../../src/numeric/normal.ts";

const matrix = (rows: number, columns: number, seed: number) =>
  Float64Array.from({ length: rows * columns }, (_, i) => normalPair(seed, 50, 0, i)[0]);

test("products, lengths and angles by hand", () => {
  expect(Array.from(multiply([1, 2, 3, 4, 5, 6], [1, 0, -1], 2))).toEqual([-2, -2]);
  expect(Array.from(multiplyTransposed([1, 2, 3, 4, 5, 6], [1, -1], 3))).toEqual([-3, -3, -3]);
  expect(Array.from(gramMatrix([1, 2, 3, 4], 2, 2))).toEqual([5, 11, 11, 25]);
  expect(norm([3, 4])).toBe(5);
  expect(cosine([1, 0], [1, 1])).toBeCloseTo(Math.SQRT1_2, 15);
  expect(cosine([0, 0], [1, 1])).toBeNaN();
});

describe("Cholesky", () => {
  test("solves positive definite systems, refuses others", () => {
    const rows = matrix(20, 30, 1);
    const gram = gramMatrix(rows, 20, 30);
    const solution = Float64Array.from({ length: 20 }, (_, i) => i - 7);
    solvePositiveDefinite(gram, multiply(gram, solution, 20))!.forEach((value, i) => {
      expect(value).toBeCloseTo(solution[i], 10);
    });
    expect(solvePositiveDefinite([1, 2, 2, 1], [1, 1])).toBeUndefined();
    expect(solvePositiveDefinite(gramMatrix(matrix(5, 3, 2), 5, 3), [1, 1, 1, 1, 1])).toBeUndefined();
  });

  test("with pivots: the rank, and the matrix back from its factor", () => {
    for (const [size, rank] of [
      [6, 6],
      [12, 4],
      [5, 1],
    ]) {
      const gram = gramMatrix(matrix(size, rank, size), size, rank);
      const found = pivotedCholesky(gram, size);
      expect(found.rank).toBe(rank);
      gramMatrix(found.factor, size, rank).forEach((value, i) => {
        expect(value).toBeCloseTo(gram[i], 11);
      });
      // The pivots' rows are lower triangular.
      found.pivots.forEach((pivot, row) => {
        for (let column = row + 1; column < rank; column++)
          expect(found.factor[pivot * rank + column]).toBe(0);
      });
    }
    expect(pivotedCholesky([0, 0, 0, 0], 2).rank).toBe(0);
  });
});

describe("normal random numbers", () => {
  test("moments and tails of 200000 of them, and no correlation within a pair", () => {
    const count = 100_000;
    const sums = [0, 0, 0, 0];
    let product = 0;
    let beyond = 0;
    for (let i = 0; i < count; i++) {
      const [x, y] = normalPair(7, 3, 0, i);
      product += x * y;
      for (const value of [x, y]) {
        if (Math.abs(value) > 2) beyond++;
        for (let power = 1; power <= 4; power++) sums[power - 1] += value ** power;
      }
    }
    // Four standard errors each: variances of x, x^2, x^3, x^4 are 1, 2, 15, 96.
    const draws = 2 * count;
    [0, 1, 0, 3].forEach((moment, i) => {
      expect(Math.abs(sums[i] / draws - moment)).toBeLessThan(4 * Math.sqrt([1, 2, 15, 96][i] / draws));
    });
    expect(Math.abs(product / count)).toBeLessThan(4 / Math.sqrt(count));
    expect(Math.abs(beyond / draws - 0.0455003)).toBeLessThan(4 * Math.sqrt(0.0455 / draws));
  });

  test("a function of key and counter alone", () => {
    expect(normalPair(1, 2, 3, 4)).toEqual(normalPair(1, 2, 3, 4));
    expect(normalPair(1, 2, 3, 4)).not.toEqual(normalPair(1, 2, 3, 5));
  });
});
