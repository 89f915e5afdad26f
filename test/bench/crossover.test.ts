/** Where the GPU overtakes: between sizes, at the ends, never, and with times missing. */

import { expect, it } from "vitest";
import { gpuWinsFrom } from "../../src/bench/crossover.ts";

it("goes straight between two sizes on logarithmic axes", () => {
  // Ratios 4, 2, 1/2, 1/4 at 1, 10, 100, 1000: they are equal half way between 10 and 100.
  expect(gpuWinsFrom([1, 10, 100, 1000], [4, 4, 4, 4], [1, 2, 8, 16])).toBeCloseTo(Math.sqrt(1000), 10);
  expect(gpuWinsFrom([2, 8], [2, 1], [1, 1])).toBeCloseTo(8, 10);
});

it("knows the ends", () => {
  expect(gpuWinsFrom([1, 4], [1, 1], [2, 2])).toBe(1);
  expect(gpuWinsFrom([1, 4], [2, 2], [1, 1])).toBeNull();
  expect(gpuWinsFrom([1, 4], [1, 2], [2, 1])).toBeNull();
  expect(gpuWinsFrom([], [], [])).toBeNull();
});

it("counts from the last size at which the CPU won", () => {
  const from = gpuWinsFrom([1, 2, 4, 8], [1, 4, 1, 1], [2, 2, 2, 2]);
  expect(from).toBeCloseTo(2 * Math.SQRT2, 10);
});

it("leaves sizes without a time out", () => {
  expect(gpuWinsFrom([1, 10, 100], [4, null, 1], [1, 1, 4])).toBeCloseTo(10, 10);
  expect(gpuWinsFrom([1, 10], [null, 1], [1, null])).toBeNull();
});
