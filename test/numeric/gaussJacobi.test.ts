import { describe, expect, test } from "vitest";
import {
  doubleExponential,
  doubleExponentialInverse,
  integrate,
} from "../../src/numeric/adaptiveQuadrature.ts";
import { gaussJacobi } from "../../src/numeric/gaussJacobi.ts";
import { logBeta } from "../../src/numeric/incompleteBeta.ts";

describe("Gauss-Jacobi nodes for Beta laws", () => {
  test.each([
    [1, 1],
    [0.05, 0.05],
    [0.5, 0.5],
    [2, 5],
    [0.3, 40],
    [1024, 1024],
    [1e6, 1e6],
  ])("Beta(%d, %d): moments up to twice the nodes are exact", (a, b) => {
    const count = 12;
    const { nodes, weights } = gaussJacobi(a, b, count);
    for (let power = 0; power < 2 * count; power++) {
      let sum = 0;
      for (let k = 0; k < count; k++) sum += weights[k] * nodes[k] ** power;
      // E[x^p] = B(a + p, b) / B(a, b), as a product that does not cancel.
      let moment = 1;
      for (let i = 0; i < power; i++) moment *= (a + i) / (a + b + i);
      expect(Math.abs(sum / moment - 1)).toBeLessThan(1e-11);
    }
  });

  test("nodes ascend inside (0, 1); a symmetric law has symmetric nodes", () => {
    for (const count of [1, 2, 40, 200]) {
      const { nodes, weights } = gaussJacobi(3, 3, count);
      for (let k = 0; k < count; k++) {
        expect(nodes[k]).toBeGreaterThan(k === 0 ? 0 : nodes[k - 1]);
        expect(nodes[k] + nodes[count - 1 - k]).toBeCloseTo(1, 13);
        expect(weights[k]).toBeGreaterThan(0);
      }
      expect(nodes[count - 1]).toBeLessThan(1);
    }
  });

  test("Legendre's five nodes", () => {
    const { nodes, weights } = gaussJacobi(1, 1, 5);
    expect(nodes[3]).toBeCloseTo(0.5 + 0.5 * 0.5384693101056831, 15);
    expect(nodes[4]).toBeCloseTo(0.5 + 0.5 * 0.906179845938664, 15);
    expect(weights[2]).toBeCloseTo(0.5688888888888889 / 2, 15);
    expect(weights[4]).toBeCloseTo(0.23692688505618908 / 2, 15);
  });
});

describe("adaptive quadrature", () => {
  test("smooth, kinked and peaked integrands", () => {
    expect(integrate(Math.exp, 0, 1, 1e-13)).toBeCloseTo(Math.E - 1, 13);
    expect(integrate((x) => Math.abs(x - 0.3), 0, 1, 1e-12)).toBeCloseTo(0.045 + 0.245, 11);
    const peak = (x: number) => Math.exp(-((x - 0.5) ** 2) / 2e-6) / Math.sqrt(2e-6 * Math.PI);
    expect(integrate(peak, 0, 0.5, 1e-12) + integrate(peak, 0.5, 1, 1e-12)).toBeCloseTo(1, 10);
  });

  test("the double exponential map: its inverse, and Beta(.05, .3) integrates to 1", () => {
    for (const position of [1e-9, 0.2, 0.5, 0.999]) {
      const { left, right } = doubleExponential(doubleExponentialInverse(position));
      expect(left / position).toBeCloseTo(1, 9);
      expect(left + right).toBeCloseTo(1, 15);
    }
    const [a, b] = [0.05, 0.3];
    const mass = integrate(
      (t) => {
        const { left, right, slope } = doubleExponential(t);
        return slope * Math.exp((a - 1) * Math.log(left) + (b - 1) * Math.log(right) - logBeta(a, b));
      },
      -6,
      6,
      1e-13,
    );
    expect(mass).toBeCloseTo(1, 11);
  });
});
