import { describe, expect, test } from "vitest";
import { relativeError } from "../../../src/theory/overTraining/curves.ts";
import { leastSquaresDescent } from "../../../src/theory/overTraining/descent.ts";
import { featuresAt } from "../../../src/theory/overTraining/randomFeatures.ts";
import { configErrorPath } from "../../configError.ts";
import { expectNear, UNITS } from "./fixture.ts";

const unit = UNITS.overtraining;
const problem = { design: unit.mixedFeatures.flat(), targets: unit.mixedTargets };
const count = unit.teacher.length;

/** Gradient descent as it is written: a step after the other. */
function descended(rate: number, steps: number, start: ArrayLike<number>): Float64Array {
  const { design, targets } = problem;
  const theta = Float64Array.from(start);
  for (let step = 0; step < steps; step++) {
    const gradient = new Float64Array(count);
    targets.forEach((target, n) => {
      let error = -target;
      for (let m = 0; m < count; m++) error += design[n * count + m] * theta[m];
      for (let m = 0; m < count; m++) gradient[m] += (error * design[n * count + m]) / targets.length;
    });
    for (let m = 0; m < count; m++) theta[m] -= rate * gradient[m];
  }
  return theta;
}

describe("the unit values", () => {
  const descent = leastSquaresDescent(problem);

  test("eigenvalues, rate, parameters after the steps", () => {
    expectNear(descent.eigenvalues, unit.eigenvalues);
    expectNear([descent.learningRate], [unit.learningRate]);
    expect(unit.steps.length).toBeGreaterThan(0);
    unit.steps.forEach((step, k) => {
      expectNear(descent.after(step), unit.theta[k]);
    });
  });

  test("test errors along the steps", () => {
    const features = { weights: unit.features.flat(), dimensions: unit.points[0].length };
    const design = featuresAt(features, unit.testPoints.flat());
    const errors = unit.steps.map((step) => relativeError(descent.after(step), design, unit.testTargets));
    expectNear(errors, unit.relativeError);
  });
});

describe("closed form and loop agree", () => {
  test("from another start, at another rate, beyond 1 / s_max, too", () => {
    const start = unit.teacher.map((value, m) => value - m);
    for (const factor of [0.3, 1, 1.7, 2.2]) {
      const learningRate = factor * unit.learningRate;
      const descent = leastSquaresDescent({ ...problem, learningRate });
      for (const steps of [0, 1, 2, 57])
        expectNear(descent.after(steps, start), descended(learningRate, steps, start));
    }
  });

  test("in two stretches as in one", () => {
    const descent = leastSquaresDescent(problem);
    expectNear(descent.after(40, descent.after(17)), descent.after(57));
  });
});

test("other targets on the same design", () => {
  const targets = unit.mixedTargets.map((target, n) => target * n - 1);
  const relabelled = leastSquaresDescent(problem).relabelled(targets);
  const own = leastSquaresDescent({ ...problem, targets });
  expectNear(relabelled.after(33, unit.teacher), own.after(33, unit.teacher));
  expect(configErrorPath(() => own.relabelled([1]))).toBe("targets");
});

test("along eigenvectors of eigenvalue 0 theta stays: equal points, dead features", () => {
  // Two equal points, and a third feature that is never active.
  const descent = leastSquaresDescent({ design: [1, 2, 0, 1, 2, 0], targets: [3, 5] });
  expectNear(descent.eigenvalues, [0, 0, 5]);
  const start = [2, -1, 7];
  const after = descent.after(1e9, start);
  expect(after[2]).toBe(7);
  // At right angles to (1, 2) nothing moves; along it the values go to the mean of the targets.
  expectNear([2 * after[0] - after[1]], [5]);
  expectNear([after[0] + 2 * after[1]], [4]);
});

test("refuses", () => {
  const path = (given: object) => configErrorPath(() => leastSquaresDescent({ ...problem, ...given }));
  expect(path({ design: new Float64Array(problem.design.length) })).toBe("problem.design");
  expect(path({ design: problem.design.slice(1) })).toBe("problem.design");
  expect(path({ design: [], targets: [] })).toBe("problem.design");
  expect(path({ design: problem.design.map(() => 1e200) })).toBe("problem.design");
  expect(path({ design: new Float64Array(4098), targets: [0, 1] })).toBe("problem.design");
  expect(path({ targets: unit.mixedTargets.map(() => Number.NaN) })).toBe("problem.targets[0]");
  for (const learningRate of [0, -1, Number.NaN]) expect(path({ learningRate })).toBe("problem.learningRate");
  const descent = leastSquaresDescent(problem);
  expect(configErrorPath(() => descent.after(-1))).toBe("steps");
  expect(configErrorPath(() => descent.after(0.5))).toBe("steps");
  expect(configErrorPath(() => descent.after(1, [1]))).toBe("start");
});
