/**
 * The optimizers against values computed by hand and against an implementation written from PyTorch's
 * documentation.
 */

import { describe, expect, it } from "vitest";
import {
  adam,
  adamw,
  cosine,
  momentCount,
  type Optimizer,
  sgd,
  stepDecay,
  warmup,
} from "../../src/model/optimizer.ts";
import { applyOptimizer } from "../../src/reference/optimizer.ts";

/** Parameters after each of the steps, starting from `start`, with the gradients given. */
function trajectory(optimizer: Optimizer, start: number, gradients: number[]): number[] {
  const parameter = Float64Array.of(start);
  const moments = Array.from({ length: momentCount(optimizer) }, () => new Float64Array(1));
  const sums = new Float64Array(1);
  return gradients.map((gradient, step) => {
    applyOptimizer(optimizer, step, parameter, Float64Array.of(gradient), moments, sums);
    return parameter[0];
  });
}

/** torch.optim's pseudocode, one parameter. */
function documented(
  optimizer: Optimizer,
  start: number,
  gradients: number[],
  rate: (step: number) => number,
): number[] {
  let theta = start;
  let [b, m, v]: (number | undefined)[] = [undefined, 0, 0];
  // What autograd adds to `.grad`; zero_grad makes it 0 again.
  let grad = 0;
  return gradients.map((added, i) => {
    grad = optimizer.gradients === "accumulated" ? grad + added : added;
    const gradient = grad;
    const gamma = rate(i);
    const t = i + 1;
    if (optimizer.kind === "sgd") {
      let g = gradient + optimizer.weightDecay * theta;
      if (optimizer.momentum !== 0) {
        b = b === undefined ? g : optimizer.momentum * b + g;
        g = optimizer.nesterov ? g + optimizer.momentum * b : b;
      }
      theta -= gamma * g;
    } else {
      let g = gradient;
      if (optimizer.kind === "adamw") theta -= gamma * optimizer.weightDecay * theta;
      else g += optimizer.weightDecay * theta;
      m = optimizer.beta1 * m! + (1 - optimizer.beta1) * g;
      v = optimizer.beta2 * v! + (1 - optimizer.beta2) * g * g;
      const mHat = m / (1 - optimizer.beta1 ** t);
      const vHat = v / (1 - optimizer.beta2 ** t);
      theta -= (gamma * mHat) / (Math.sqrt(vHat) + optimizer.epsilon);
    }
    return theta;
  });
}

const GRADIENTS = [0.5, -1.25, 3, 0, 0.001, -0.7];

function expectClose(actual: number[], expected: number[]) {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, i) => {
    expect(Math.abs(value - expected[i]), `step ${i}: ${value}, expected ${expected[i]}`).toBeLessThan(1e-14);
  });
}

describe("by hand", () => {
  it("SGD: plain, momentum, Nesterov, weight decay", () => {
    expectClose(trajectory(sgd({ learningRate: 0.5 }), 1, [2, -4]), [0, 2]);
    // Velocities 2, 0.5*2+2 = 3.
    expectClose(trajectory(sgd({ learningRate: 0.1, momentum: 0.5 }), 1, [2, 2]), [0.8, 0.5]);
    // Directions 2+0.5*2 = 3, 2+0.5*3 = 3.5.
    expectClose(
      trajectory(sgd({ learningRate: 0.1, momentum: 0.5, nesterov: true }), 1, [2, 2]),
      [0.7, 0.35],
    );
    // Gradients 0+0.1*10 = 1, 0+0.1*9.5 = 0.95.
    expectClose(trajectory(sgd({ learningRate: 0.5, weightDecay: 0.1 }), 10, [0, 0]), [9.5, 9.025]);
  });

  it("Adam's first step is the learning rate, whatever the gradient", () => {
    for (const gradient of [1e-3, 1, -1e5]) {
      const [first] = trajectory(adam({ learningRate: 0.1, epsilon: 0 }), 1, [gradient]);
      expect(first).toBeCloseTo(1 - 0.1 * Math.sign(gradient), 14);
    }
  });

  it("AdamW shrinks the parameter itself", () => {
    const [first] = trajectory(adamw({ learningRate: 0.1, weightDecay: 0.5 }), 2, [0]);
    expect(first).toBeCloseTo(2 * (1 - 0.05), 15);
  });
});

describe("gradients that are never cleared", () => {
  it("add up: each step uses the sum so far", () => {
    // Sums 2, -2, 1.
    expectClose(trajectory(sgd({ learningRate: 0.5, gradients: "accumulated" }), 1, [2, -4, 3]), [0, 1, 0.5]);
    // Velocities 2, 0.5 * 2 + 4 = 5.
    const heavy = sgd({ learningRate: 0.1, momentum: 0.5, gradients: "accumulated" });
    expectClose(trajectory(heavy, 1, [2, 2]), [0.8, 0.3]);
  });

  it("take weight decay on top, not in", () => {
    // Gradients 0.1 * 10 = 1 and 0.1 * 9.5 = 0.95: the first decay is not in the second.
    const decayed = sgd({ learningRate: 0.5, weightDecay: 0.1, gradients: "accumulated" });
    expectClose(trajectory(decayed, 10, [0, 0]), [9.5, 9.025]);
  });

  it("turn around late: one gradient the other way does not undo four", () => {
    const [cleared, accumulated] = (["cleared", "accumulated"] as const).map((gradients) =>
      trajectory(adam({ learningRate: 0.1, beta1: 0, gradients }), 0, [1, 1, 1, 1, -1]),
    );
    expect(cleared[4]).toBeGreaterThan(cleared[3]);
    expect(accumulated[4]).toBeLessThan(accumulated[3]);
  });

  it("that are not accumulated leave the sums alone", () => {
    const sums = Float64Array.of(7);
    applyOptimizer(sgd({ learningRate: 1 }), 0, Float64Array.of(1), Float64Array.of(2), [], sums);
    expect([...sums]).toEqual([7]);
  });

  it("leave 32-bit floats as a sum and are reported", () => {
    const optimizer = sgd({ learningRate: 1e-30, gradients: "accumulated" });
    const [parameters, sums] = [Float64Array.of(1), new Float64Array(1)];
    const step = (at: number) => applyOptimizer(optimizer, at, parameters, Float64Array.of(2e38), [], sums);
    expect([step(0), step(1)]).toEqual([true, false]);
  });
});

describe("as torch.optim documents it", () => {
  it.each([
    ["sgd", sgd({ learningRate: 0.1 })],
    ["sgd, weight decay", sgd({ learningRate: 0.1, weightDecay: 0.3 })],
    ["sgd, momentum, weight decay", sgd({ learningRate: 0.1, momentum: 0.9, weightDecay: 0.01 })],
    [
      "sgd, Nesterov, weight decay",
      sgd({ learningRate: 0.1, momentum: 0.8, nesterov: true, weightDecay: 0.01 }),
    ],
    ["adam", adam({ learningRate: 0.05 })],
    [
      "adam, weight decay",
      adam({ learningRate: 0.05, beta1: 0.7, beta2: 0.95, epsilon: 1e-3, weightDecay: 0.2 }),
    ],
    [
      "sgd, Nesterov, weight decay, accumulated",
      sgd({
        learningRate: 0.1,
        momentum: 0.8,
        nesterov: true,
        weightDecay: 0.01,
        gradients: "accumulated",
      }),
    ],
    [
      "adam, weight decay, accumulated",
      adam({ learningRate: 0.05, weightDecay: 0.2, gradients: "accumulated" }),
    ],
    ["adamw, accumulated", adamw({ learningRate: 0.05, weightDecay: 0.2, gradients: "accumulated" })],
    ["adamw", adamw({ learningRate: 0.05, beta1: 0.7, beta2: 0.95, epsilon: 1e-3, weightDecay: 0.2 })],
  ])("%s", (_, optimizer) => {
    expectClose(
      trajectory(optimizer, 1.5, GRADIENTS),
      documented(optimizer, 1.5, GRADIENTS, () => optimizer.learningRate),
    );
  });

  it("with a learning rate that changes by the step", () => {
    const schedules = [
      { schedule: stepDecay({ every: 2, factor: 0.1 }), factors: [1, 1, 0.1, 0.1, 0.01, 0.01] },
      {
        schedule: cosine({ steps: 4, minimum: 0.1 }),
        factors: [1, 0.868198051534, 0.55, 0.231801948466, 0.1, 0.1],
      },
      { schedule: warmup({ steps: 4 }), factors: [0.25, 0.5, 0.75, 1, 1, 1] },
    ];
    for (const { schedule, factors } of schedules) {
      for (const optimizer of [sgd({ learningRate: 0.1, momentum: 0.9, schedule }), adamw({ schedule })]) {
        const actual = trajectory(optimizer, 1.5, GRADIENTS);
        const expected = documented(
          optimizer,
          1.5,
          GRADIENTS,
          (step) => optimizer.learningRate * factors[step],
        );
        actual.forEach((value, step) => {
          expect(value).toBeCloseTo(expected[step], 11);
        });
      }
    }
  });
});

describe("numbers that leave the range of 32-bit floats", () => {
  it("keep their old value, are reported, and leave their neighbours alone", () => {
    for (const optimizer of [sgd({ learningRate: 1e38 }), adam({ learningRate: 3e38 })]) {
      const parameters = Float64Array.of(2, -2e38, 3);
      const moments = Array.from({ length: momentCount(optimizer) }, () => new Float64Array(3));
      const gradients = Float64Array.of(0, 5, 0);
      expect(applyOptimizer(optimizer, 0, parameters, gradients, moments)).toBe(false);
      expect([...parameters]).toEqual([2, -2e38, 3]);
    }
  });

  it("are not invented", () => {
    expect(applyOptimizer(sgd({ learningRate: 1 }), 0, Float64Array.of(3.4e38), Float64Array.of(0), [])).toBe(
      true,
    );
    expect(
      applyOptimizer(sgd({ learningRate: 1 }), 0, Float64Array.of(1), Float64Array.of(Number.NaN), []),
    ).toBe(false);
  });
});
