/** Work counted from sizes, against counts by hand for a net 3-5-2 on a batch of 7, two runs. */

import { expect, it } from "vitest";
import { kernelWork } from "../../../src/bench/estimate/kernelWork.ts";
import { classDataset } from "../../../src/data/dataset.ts";
import { erm } from "../../../src/mixing/mixing.ts";
import { mlp } from "../../../src/model/nets.ts";
import { adam, sgd } from "../../../src/model/optimizer.ts";
import { resolvePopulation } from "../../../src/population/config.ts";

const data = classDataset({
  points: new Float32Array(21),
  labels: [0, 1, 0, 1, 0, 1, 0],
  dimensions: 3,
});

function work(optimizer = adam()) {
  const runs = [0, 1].map((seed) => ({ seed, mixing: erm() }));
  return kernelWork(resolvePopulation({ data, model: mlp([3, 5, 2]), optimizer, steps: 1, runs }));
}

it("counts multiply-adds", () => {
  const { linearForward, linearBackwardWeight, linearBackwardInput, resident, optimizer, mix } = work();
  expect(linearForward.multiplyAdds).toBe(2 * 7 * (3 * 5 + 5 * 2));
  expect(linearBackwardWeight.multiplyAdds).toBe(2 * 7 * (3 * 5 + 5 * 2));
  expect(linearBackwardInput.multiplyAdds).toBe(2 * 7 * 5 * 2);
  expect(optimizer.multiplyAdds).toBe(2 * 8 * 32);
  expect(mix.multiplyAdds).toBe(2 * 7 * (3 + 2));
  const products = [linearForward, linearBackwardWeight, linearBackwardInput, optimizer];
  expect(resident.multiplyAdds).toBe(products.reduce((sum, { multiplyAdds }) => sum + multiplyAdds, 0));
});

it("counts bytes", () => {
  const { linearForward, linearBackwardInput, optimizer, mix } = work();
  // Weights; inputs of both layers; pre-activations of both; activations of the hidden one.
  expect(linearForward.bytes).toBe(4 * 2 * (25 + 7 * (3 + 5) + 7 * (5 + 2) + 7 * 5));
  // Output weights; output deltas; hidden pre-activations in, hidden deltas out.
  expect(linearBackwardInput.bytes).toBe(4 * 2 * (10 + 7 * 2 + 2 * 7 * 5));
  // Gradient in; parameter and moments in and out.
  expect(optimizer.bytes).toBe(4 * 2 * 32 * 7);
  expect(work(sgd()).optimizer.bytes).toBe(4 * 2 * 32 * 3);
  expect(mix.bytes).toBe(4 * 2 * 3 * 7 * 5);
});
