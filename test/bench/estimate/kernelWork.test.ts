/** Work counted from sizes, against counts by hand for a net 3-5-2 on a batch of 7, two runs. */

import { expect, it } from "vitest";
import { PAPER_LIMITS } from "../../../src/bench/estimate/estimate.ts";
import { kernelWork } from "../../../src/bench/estimate/kernelWork.ts";
import { layerWork } from "../../../src/bench/estimate/layerWork.ts";
import { populationOf, type TrainingWorkload, WORKLOADS } from "../../../src/bench/workload.ts";
import { classDataset } from "../../../src/data/dataset.ts";
import { chooseVariants, type Variants } from "../../../src/kernels/variants.ts";
import { erm } from "../../../src/mixing/mixing.ts";
import { mlp } from "../../../src/model/nets.ts";
import { adam, sgd } from "../../../src/model/optimizer.ts";
import { resolvePopulation } from "../../../src/population/config.ts";
import { planTraining } from "../../../src/training/gpu/plan.ts";

const VARIANTS = chooseVariants(PAPER_LIMITS);

const data = classDataset({
  points: new Float32Array(21),
  labels: [0, 1, 0, 1, 0, 1, 0],
  dimensions: 3,
});

function work(optimizer = adam(), variants: Variants = { ...VARIANTS, steps: "apart" }) {
  const runs = [0, 1].map((seed) => ({ seed, mixing: erm() }));
  const population = resolvePopulation({ data, model: mlp([3, 5, 2]), optimizer, steps: 1, runs });
  return kernelWork(population, variants);
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

it("counts what fused kernels take over, and leaves totals as they are", () => {
  const { head, headBackward, linearForward, ...fused } = work(adam(), VARIANTS);
  expect(linearForward.multiplyAdds).toBe(2 * 7 * 3 * 5);
  expect(head.multiplyAdds).toBe(2 * 7 * 5 * 2);
  // Weights; activations in; targets in, logits and deltas.
  expect(head.bytes).toBe(4 * 2 * (5 * 2 + 7 * 5 + 3 * 7 * 2));
  expect(headBackward.multiplyAdds).toBe(2 * 2 * 7 * 5 * 2);
  // Weights in; gradients out; output deltas, activations and pre-activations in; hidden deltas out.
  expect(headBackward.bytes).toBe(4 * 2 * (10 + 12 + 7 * (2 + 5 + 5 + 5)));
  expect(fused.linearBackwardInput).toBeUndefined();
  expect(fused.resident).toEqual(work().resident);
});

/** The dispatches of layers in the plan for a software adapter, which takes most chunks, and as counted. */
it.each(["conv-28", "resnet18-32"] as const)(
  "counts every dispatch of a layer that the plan of %s has",
  (name) => {
    const population = populationOf(WORKLOADS[name].workload as TrainingWorkload);
    for (const isFallback of [true, false]) {
      const { dispatches, variants } = planTraining(population, { ...PAPER_LIMITS, isFallback });
      const apart = { sample: 1, mix: 1, loss: 1, optimizer: 1, advance: 1 };
      const fused = { mix: 1, optimizer: 1 };
      const counts: Record<string, number> = { ...(variants.steps === "apart" ? apart : fused) };
      for (const { kernel } of layerWork(population, variants)) counts[kernel] = (counts[kernel] ?? 0) + 1;
      // A layer's only where logits are few enough to be computed there.
      if (variants.steps === "fused") counts.head = 1;
      expect(dispatches).toEqual(counts);
    }
  },
);

/** The work of a part of all convolutions, by whichever kernels. */
function convolutions(all: ReturnType<typeof kernelWork>, part: string) {
  const own = [`conv2d${part}`, `conv2d${part}Product`].flatMap((name) => all[name] ?? []);
  expect(own.length).toBeGreaterThan(0);
  return {
    multiplyAdds: own.reduce((sum, { multiplyAdds }) => sum + multiplyAdds, 0),
    bytes: own.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

it("counts the work of convolutions and pools: a net for one 28 x 28 image, batches of 64, by hand", () => {
  const work = kernelWork(populationOf(WORKLOADS["conv-28"].workload as TrainingWorkload), VARIANTS);
  const [first, second] = [16 * 9 * 28 * 28, 32 * 16 * 9 * 14 * 14];
  expect(convolutions(work, "Forward").multiplyAdds).toBe(64 * (first + second));
  expect(convolutions(work, "BackwardWeight").multiplyAdds).toBe(64 * (first + second));
  expect(convolutions(work, "BackwardInput").multiplyAdds).toBe(64 * second);
  expect(work.linearForward.multiplyAdds).toBe(64 * 32 * 14 * 14 * 10);
  // Two images for each that is mixed on the way; 16 maps out; 16 smaller ones in, 32 out; weights and biases.
  const values = 64 * (2 * 784 + 16 * 784 + 16 * 196 + 32 * 196) + 16 * 9 + 16 + 32 * 16 * 9 + 32;
  expect(convolutions(work, "Forward").bytes).toBe(4 * values);
  expect(work.maxPool2dForward).toEqual({ multiplyAdds: 0, bytes: 4 * 64 * 16 * (784 + 196) });
  // Deltas in; what is compared, and written.
  expect(work.maxPool2dBackward.bytes).toBe(4 * 64 * 16 * (196 + 2 * 784));
  // Only targets are mixed on their own.
  expect(work.mix.multiplyAdds).toBe(64 * 10);
});

it("counts what a residual net does with its maps: ResNet-18, by hand", () => {
  const work = kernelWork(populationOf(WORKLOADS["resnet18-32"].workload as TrainingWorkload), VARIANTS);
  // 555.4 M multiply-adds an image forward, of which the dense layer's are 5,120; the first layer has no deltas to pass on.
  const forward = convolutions(work, "Forward").multiplyAdds + work.head.multiplyAdds;
  expect(forward / 1e6).toBeCloseTo(555.4, 1);
  expect(convolutions(work, "Forward").multiplyAdds - convolutions(work, "BackwardInput").multiplyAdds).toBe(
    64 * 27 * 32 * 32,
  );
  // Maps of the stem and of two convolutions a block; those of the shortcuts of three blocks.
  const stages = [64 * 32 * 32, 128 * 16 * 16, 256 * 8 * 8, 512 * 4 * 4];
  const maps =
    stages[0] + stages.reduce((sum, size) => sum + 4 * size, 0) + stages[1] + stages[2] + stages[3];
  expect(work.batchNorm2dForward).toEqual({ multiplyAdds: 2 * maps, bytes: 4 * maps });
  expect(work.batchNorm2dBackward).toEqual({ multiplyAdds: 4 * maps, bytes: 12 * maps });
  // Both ways of eight blocks: read and write the first, read twice and write the second.
  const sums = 2 * stages.reduce((sum, size) => sum + size, 0);
  expect(work.copyForward.bytes).toBe(4 * 5 * sums);
  expect(work.optimizer.bytes).toBe(4 * 7 * 11_173_962);
});
