/**
 * The losses against their definitions, at extreme logits, and their derivatives against finite differences.
 */

import { describe, expect, it } from "vitest";
import { LOSSES, type Loss } from "../../src/model/loss.ts";
import { LOSS_FUNCTIONS, largestOutput } from "../../src/reference/loss.ts";

const row = (numbers: number[]) => Float64Array.from(numbers);

function value(loss: Loss, z: number[], y: number[]): number {
  return LOSS_FUNCTIONS[loss].value(row(z), row(y), 0, z.length);
}

function delta(loss: Loss, z: number[], y: number[]): number[] {
  const result = new Float64Array(z.length);
  LOSS_FUNCTIONS[loss].delta(row(z), row(y), 0, z.length, result);
  return [...result];
}

function probabilities(loss: Loss, z: number[]): number[] {
  const result = new Float64Array(z.length);
  LOSS_FUNCTIONS[loss].probabilities(row(z), 0, z.length, result);
  return [...result];
}

const CE = "softmax-cross-entropy";

describe("softmax cross-entropy", () => {
  it("is the definition: t lse(z) - sum y z, gradient t p - y, also where targets don't sum to 1", () => {
    const z = [0.3, -1.2, 2.1];
    const p = z.map((x) => Math.exp(x) / z.reduce((sum, other) => sum + Math.exp(other), 0));
    for (const y of [
      [0, 1, 0],
      [0.25, 0.25, 0.5],
      [0.5, 0.1, 0.7],
      [0, 0, 0],
    ]) {
      const t = y[0] + y[1] + y[2];
      const expected = -y.reduce((sum, target, c) => sum + target * Math.log(p[c]), 0);
      expect(value(CE, z, y)).toBeCloseTo(expected, 14);
      delta(CE, z, y).forEach((d, c) => {
        expect(d).toBeCloseTo(t * p[c] - y[c], 14);
      });
    }
    probabilities(CE, z).forEach((probability, c) => {
      expect(probability).toBeCloseTo(p[c], 14);
    });
  });

  it("keeps its digits at logits of 1e4 and at losses near 0", () => {
    expect(value(CE, [1e4, -1e4], [0, 1])).toBe(2e4);
    expect(value(CE, [1e4, -1e4], [1, 0])).toBe(0);
    expect(value(CE, [1e4, 1e4], [1, 0])).toBe(Math.log(2));
    // -log p = log1p(exp(-40)), which lse - z in one number would have rounded to 0.
    expect(value(CE, [40, 0], [1, 0])).toBe(Math.exp(-40));
    expect(delta(CE, [1e4, -1e4], [0, 1])).toEqual([1, -1]);
    expect(probabilities(CE, [-1e4, 1e4])).toEqual([0, 1]);
  });

  it("is a mixture: CE with mixed targets is the mix of two CEs", () => {
    const z = [0.2, 1.4, -0.3];
    const mixed = value(CE, z, [0.3, 0, 0.7]);
    expect(mixed).toBeCloseTo(0.3 * value(CE, z, [1, 0, 0]) + 0.7 * value(CE, z, [0, 0, 1]), 15);
  });
});

describe("logistic loss", () => {
  it("is the mean over outputs of -y log p - (1-y) log(1-p)", () => {
    const [z, y] = [
      [0.7, -2.3],
      [0.2, 0.9],
    ];
    const p = z.map((x) => 1 / (1 + Math.exp(-x)));
    const terms = p.map(
      (probability, c) => -y[c] * Math.log(probability) - (1 - y[c]) * Math.log(1 - probability),
    );
    expect(value("logistic", z, y)).toBeCloseTo((terms[0] + terms[1]) / 2, 14);
    delta("logistic", z, y).forEach((d, c) => {
      expect(d).toBeCloseTo((p[c] - y[c]) / 2, 15);
    });
    probabilities("logistic", z).forEach((probability, c) => {
      expect(probability).toBeCloseTo(p[c], 15);
    });
  });

  it("keeps its digits at logits of 1e4 and at losses near 0", () => {
    expect(value("logistic", [1e4], [0])).toBe(1e4);
    expect(value("logistic", [-1e4], [0])).toBe(0);
    expect(value("logistic", [-1e4], [1])).toBe(1e4);
    expect(value("logistic", [40], [1])).toBe(Math.exp(-40));
    expect(delta("logistic", [-1e4], [1])).toEqual([-1]);
    expect(delta("logistic", [1e4], [1])).toEqual([0]);
  });

  it("with one output is the two-class softmax loss of (0, z)", () => {
    expect(value("logistic", [1.3], [0.8])).toBeCloseTo(value(CE, [0, 1.3], [0.2, 0.8]), 15);
  });
});

describe("squared error", () => {
  it("is the mean over outputs", () => {
    expect(value("squared-error", [1, 4], [0, 2])).toBe(2.5);
    expect(delta("squared-error", [1, 4], [0, 2])).toEqual([1, 2]);
    expect(probabilities("squared-error", [1, -4])).toEqual([1, -4]);
  });
});

describe.each(LOSSES)("%s", (loss) => {
  it("has the derivative of its finite differences", () => {
    const z = [0.4, -1.1, 2.7, 0.1];
    const y = [0.1, 0.6, 0.05, 0.4];
    delta(loss, z, y).forEach((d, c) => {
      const h = 1e-5;
      const moved = (by: number) => z.map((x, i) => (i === c ? x + by : x));
      expect(Math.abs((value(loss, moved(h), y) - value(loss, moved(-h), y)) / (2 * h) - d)).toBeLessThan(
        1e-9,
      );
    });
  });

  it("reads and writes its own row only", () => {
    const z = row([9, 9, 0.4, -1.1, 9, 9]);
    const y = row([9, 9, 0.3, 0.7, 9, 9]);
    const functions = LOSS_FUNCTIONS[loss];
    expect(functions.value(z, y, 1, 2)).toBe(value(loss, [0.4, -1.1], [0.3, 0.7]));
    const out = new Float64Array(6).fill(-5);
    functions.delta(z, y, 1, 2, out);
    expect([...out]).toEqual([-5, -5, ...delta(loss, [0.4, -1.1], [0.3, 0.7]), -5, -5]);
    functions.probabilities(z, 1, 2, out);
    expect([...out]).toEqual([-5, -5, ...probabilities(loss, [0.4, -1.1]), -5, -5]);
  });
});

describe("largestOutput", () => {
  it("is the first of equals", () => {
    expect(largestOutput(row([1, 3, 3]), 0, 3)).toBe(1);
    expect(largestOutput(row([0, 0, 5, 2, 2, 7]), 1, 3)).toBe(2);
    expect(largestOutput(row([2, 2]), 0, 2)).toBe(0);
  });
});
