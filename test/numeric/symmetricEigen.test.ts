import { describe, expect, test } from "vitest";
import { gramMatrix, multiply } from "../../src/numeric/linearAlgebra.ts";
import { normalPair } from "../../src/numeric/normal.ts";
import { symmetricEigen } from "../../src/numeric/symmetricEigen.ts";

const normals = (length: number, seed: number) =>
  Float64Array.from({ length }, (_, i) => normalPair(seed, 50, 0, i)[0]);

describe("symmetricEigen", () => {
  test("by hand", () => {
    const { values, vectors } = symmetricEigen([2, 1, 1, 2], 2);
    expect(values[0]).toBeCloseTo(1, 15);
    expect(values[1]).toBeCloseTo(3, 15);
    expect(Math.abs(vectors[2])).toBeCloseTo(Math.SQRT1_2, 15);
    expect(vectors[2]).toBeCloseTo(vectors[3], 15);
    expect(Array.from(symmetricEigen([7], 1).values)).toEqual([7]);
  });

  test("diagonal matrices, zeros and tiny ones", () => {
    expect(Array.from(symmetricEigen([3, 0, 0, 0, -2, 0, 0, 0, 1], 3).values)).toEqual([-2, 1, 3]);
    expect(Array.from(symmetricEigen(new Float64Array(9), 3).values)).toEqual([0, 0, 0]);
    const tiny = symmetricEigen([2e-200, 1e-200, 1e-200, 2e-200], 2).values;
    expect(tiny[0] / 1e-200).toBeCloseTo(1, 14);
  });

  test("reads the upper half only", () => {
    expect(symmetricEigen([2, 1, 99, 2], 2)).toEqual(symmetricEigen([2, 1, 1, 2], 2));
  });

  test("matrix times vector is value times vector, vectors are orthonormal, values rise", () => {
    for (const [size, rank] of [
      [5, 5],
      [31, 31],
      [60, 12],
    ]) {
      const matrix = gramMatrix(normals(size * rank, size), size, rank);
      const { values, vectors } = symmetricEigen(matrix, size);
      const largest = values[size - 1];
      for (let k = 0; k < size; k++) {
        const vector = vectors.subarray(k * size, (k + 1) * size);
        multiply(matrix, vector, size).forEach((value, i) => {
          expect(Math.abs(value - values[k] * vector[i])).toBeLessThan(1e-13 * largest);
        });
        if (k > 0) expect(values[k]).toBeGreaterThanOrEqual(values[k - 1]);
      }
      gramMatrix(vectors, size, size).forEach((product, i) => {
        expect(Math.abs(product - (i % (size + 1) === 0 ? 1 : 0))).toBeLessThan(1e-13);
      });
      // The rank shows as a gap.
      if (rank < size) expect(Math.abs(values[size - rank - 1])).toBeLessThan(1e-14 * largest);
      expect(values[size - rank]).toBeGreaterThan(1e-6 * largest);
    }
  });

  test("eigenvalues of the second difference, 4 sin^2(k pi / (2 n + 2)), to their last digits", () => {
    const size = 40;
    const matrix = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      matrix[i * size + i] = 2;
      if (i > 0) matrix[(i - 1) * size + i] = -1;
    }
    symmetricEigen(matrix, size).values.forEach((value, k) => {
      expect(Math.abs(value - 4 * Math.sin(((k + 1) * Math.PI) / (2 * size + 2)) ** 2)).toBeLessThan(1e-14);
    });
  });
});
