import { describe, expect, test } from "vitest";
import { overTrainingCurves, relativeError } from "../../../src/theory/overTraining/curves.ts";
import { configErrorPath } from "../../configError.ts";
import { CASE, expectNear } from "./fixture.ts";

const study = {
  features: { weights: CASE.features.flat(), dimensions: CASE.points[0].length },
  teacher: CASE.teacher,
  points: CASE.points.flat(),
  testPoints: CASE.testPoints.flat(),
  steps: CASE.steps,
};

describe("one draw in full", () => {
  const curves = overTrainingCurves(study);

  test("Mixup's errors along a million steps", () => {
    expectNear([curves.learningRates.mixup], [CASE.learningRateMixup]);
    expectNear(curves.mixup, CASE.mixupErrorOn200);
    expectNear(overTrainingCurves({ ...study, targets: CASE.targets }).mixup, CASE.mixupErrorOn200);
  });

  test("the shape: Mixup falls and rises, clean labels don't, ERM after Mixup's best ends where ERM does", () => {
    const best = Math.min(...curves.mixup);
    expect(curves.mixup[curves.steps.indexOf(curves.bestStep)]).toBe(best);
    expect(curves.mixup.at(-1)! / best).toBeGreaterThan(1.6);
    expect(curves.clean.at(-1)).toBeLessThan(1e-3);
    expect(curves.switched[0]).toBe(best);
    // The reference took ERM's errors on 2,000 other test points; these 200 give Mixup up to 1.3 times as much.
    curves.erm.forEach((error, k) => {
      expect(Math.abs(Math.log2(error / CASE.ermError[k]))).toBeLessThan(1);
    });
    expect(curves.switched.at(-1)! / curves.erm.at(-1)!).toBeLessThan(1.5);
  });
});

test("one point: one pair, so Mixup is ERM and its labels are clean", () => {
  const { mixup, erm, clean } = overTrainingCurves({ ...study, points: CASE.points[0] });
  expectNear(mixup, erm);
  expectNear(mixup, clean);
});

test("relative error: the mean of the labels has 1", () => {
  expect(relativeError([2], [1, 1, 1], [1, 2, 3])).toBeCloseTo(1, 15);
  expect(relativeError([1], [1, 2, 3], [1, 2, 3])).toBe(0);
});

test("refuses", () => {
  const path = (given: object) => configErrorPath(() => overTrainingCurves({ ...study, ...given }));
  expect(path({ steps: [] })).toBe("study.steps");
  expect(path({ steps: [0, 5, 5] })).toBe("study.steps[2]");
  expect(path({ steps: [-1] })).toBe("study.steps[0]");
  expect(path({ targets: [1] })).toBe("data.targets");
  expect(path({ teacher: [1] })).toBe("study.teacher");
  // No feature is active at a point of zeros.
  expect(path({ points: [0, 0, 0, 0, 0] })).toBe("problem.design");
  expect(path({ testPoints: study.testPoints.slice(0, 5) })).toBe("targets");
});
