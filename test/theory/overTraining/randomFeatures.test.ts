import { describe, expect, test } from "vitest";
import {
  featuresAt,
  labelNoise,
  linearValues,
  orderedMidpoints,
} from "../../../src/theory/overTraining/randomFeatures.ts";
import { configErrorPath } from "../../configError.ts";
import { expectNear, UNITS } from "./fixture.ts";

const unit = UNITS.overtraining;
const dimensions = unit.points[0].length;
const features = { weights: unit.features.flat(), dimensions };
const middles = orderedMidpoints({ points: unit.points.flat(), targets: unit.targets, dimensions });

describe("the unit values", () => {
  test("all ordered midpoints with their labels", () => {
    expect(Array.from(middles.first)).toEqual(unit.first);
    expect(Array.from(middles.partner)).toEqual(unit.partner);
    expectNear(middles.points, unit.mixedPoints.flat());
    expectNear(middles.targets, unit.mixedTargets);
  });

  test("features of the mixed points, the teacher's labels, label noise", () => {
    const design = featuresAt(features, middles.points);
    expectNear(design, unit.mixedFeatures.flat());
    expectNear(linearValues(featuresAt(features, unit.points.flat()), unit.teacher), unit.targets);
    expectNear(linearValues(featuresAt(features, unit.testPoints.flat()), unit.teacher), unit.testTargets);
    expectNear(labelNoise(design, middles.targets, unit.teacher), unit.labelNoise);
  });
});

test("one point: one pair, itself, and no noise", () => {
  const single = orderedMidpoints({ points: [1, -2], targets: [3], dimensions: 2 });
  expect(Array.from(single.points)).toEqual([1, -2]);
  expect(Array.from(single.targets)).toEqual([3]);
  const design = featuresAt({ weights: [1, 0, 0, 1], dimensions: 2 }, single.points);
  const teacher = [2, 5];
  expectNear(labelNoise(design, linearValues(design, teacher), teacher), [0]);
});

test("refuses", () => {
  const midpoints = (data: object) =>
    configErrorPath(() =>
      orderedMidpoints({ points: [1, 2, 3, 4], targets: [1, 2], dimensions: 2, ...data }),
    );
  expect(midpoints({})).toBeUndefined();
  expect(midpoints({ targets: [1] })).toBe("data.targets");
  expect(midpoints({ points: [], targets: [] })).toBe("data.targets");
  expect(midpoints({ points: [1, 2, Number.NaN, 4] })).toBe("data.points[2]");
  expect(midpoints({ dimensions: 0 })).toBe("data.dimensions");
  expect(midpoints({ points: new Float64Array(4097), targets: new Float64Array(4097), dimensions: 1 })).toBe(
    "data.points",
  );
  expect(configErrorPath(() => featuresAt({ weights: [], dimensions: 2 }, [1, 2]))).toBe("features.weights");
  expect(configErrorPath(() => featuresAt({ weights: [1, 2, 3], dimensions: 2 }, [1, 2]))).toBe(
    "features.weights",
  );
  expect(configErrorPath(() => featuresAt(features, [1, 2, 3]))).toBe("points");
  expect(configErrorPath(() => linearValues([1, 2, 3], [1, 2]))).toBe("design");
  expect(configErrorPath(() => labelNoise([1, 2], [1, 2], [1, 2]))).toBe("targets");
});
