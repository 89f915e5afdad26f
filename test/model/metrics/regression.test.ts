import { expect, test } from "vitest";
import { rootMeanSquaredError } from "../../../src/model/metrics/regression.ts";
import { configErrorPath } from "../../configError.ts";

test("by hand", () => {
  expect(rootMeanSquaredError([1, 2, 3, 4], [1, 4, 3, 0])).toBeCloseTo(Math.sqrt(5), 15);
  expect(rootMeanSquaredError(new Float32Array([0.5]), [0.5])).toBe(0);
});

test("refuses", () => {
  expect(configErrorPath(() => rootMeanSquaredError([1], [1, 2]))).toBe("outputs");
  expect(configErrorPath(() => rootMeanSquaredError([], []))).toBe("outputs");
  expect(configErrorPath(() => rootMeanSquaredError([Number.NaN], [1]))).toBe("outputs[0]");
  expect(configErrorPath(() => rootMeanSquaredError([1], [Infinity]))).toBe("targets[0]");
});
