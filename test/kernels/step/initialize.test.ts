/** Kernel `initialize` against its TypeScript twin, bit for bit. */

import { describe, expect, it } from "vitest";
import { regressionDataset } from "../../../src/data/dataset.ts";
import { initializeGrid, initializeKernel, packTensor } from "../../../src/kernels/step/initialize.ts";
import { erm } from "../../../src/mixing/mixing.ts";
import { initialParameters } from "../../../src/model/initialization.ts";
import type { Model } from "../../../src/model/layers/layer.ts";
import { parameterLayout } from "../../../src/model/layout.ts";
import { mlp } from "../../../src/model/nets.ts";
import { sgd } from "../../../src/model/optimizer.ts";
import { traceModel } from "../../../src/model/trace.ts";
import { PURPOSE, symmetricUnit, threefry } from "../../../src/numeric/threefry.ts";
import { runKernel, testState } from "../harness.ts";

const SEEDS = [0, 1, 0xffffffff];

function stateOf(model: Model, seeds = SEEDS) {
  const [dimensions, outputs] = [model.inputShape[0], traceModel(model).outputs];
  const data = regressionDataset({
    points: new Float32Array(dimensions),
    targets: new Float32Array(outputs),
    dimensions,
    outputs,
  });
  return testState({
    data,
    model,
    optimizer: sgd(),
    steps: 1,
    runs: seeds.map((seed) => ({ seed, mixing: erm() })),
  });
}

describe("initialize: every tensor of every run, and nothing else", () => {
  for (const [name, model] of [
    ["one unit of each kind", mlp([1, 1, 1])],
    ["odd sizes", mlp([3, 65, 5])],
    ["wide, three layers, no bias", mlp([257, 63, 2, 7], { bias: false })],
  ] as const) {
    it(name, async () => {
      const state = await stateOf(model);
      const { parameterStride } = state.plan;
      const { tensors, size } = parameterLayout(model);
      const expected = new Float32Array(SEEDS.length * parameterStride).fill(-7);
      let parameters = expected.slice();
      for (const layout of tensors) {
        const { offset, size } = layout;
        const tensor = packTensor(layout);
        const { 1: written } = await runKernel(
          initializeKernel,
          {},
          initializeGrid(size, SEEDS.length),
          [{ uniform: new Uint8Array(tensor) }, { write: parameters }],
          state,
        );
        parameters = new Float32Array(written);
        SEEDS.forEach((seed, r) => {
          const run = initialParameters(model, seed);
          expected.set(run.subarray(offset, offset + size), r * parameterStride + offset);
        });
        expect(new Uint32Array(written), name).toEqual(new Uint32Array(expected.buffer));
      }
      // What PopulationState.create leaves in its own buffer is the same, with zeros as padding.
      const { parameters: whole } = await state.snapshot();
      SEEDS.forEach((seed, r) => {
        const run = whole.subarray(r * parameterStride, (r + 1) * parameterStride);
        expect(run.subarray(0, size)).toEqual(initialParameters(model, seed));
        expect(run.subarray(size).every((value) => value === 0)).toBe(true);
      });
      state.destroy();
    });
  }

  it("a tensor of more elements than one grid dimension has threads", async () => {
    const state = await stateOf(mlp([1, 1, 1]), [12345]);
    const size = 65535 * 64 + 65;
    const initial = { kind: "uniform", bound: 0.5, stream: 2 } as const;
    const tensor = new Uint8Array(packTensor({ name: "weight", shape: [size], offset: 0, size, initial }));
    const { 1: written } = await runKernel(
      initializeKernel,
      {},
      initializeGrid(size, 1),
      [{ uniform: tensor }, { write: new Float32Array(size) }],
      state,
    );
    const parameters = new Float32Array(written);
    for (const element of [0, 63, 64, 65535 * 64 - 1, 65535 * 64, size - 1]) {
      const word = threefry(12345, PURPOSE.initialization, 2, element);
      expect(parameters[element], `element ${element}`).toBe(symmetricUnit(word) * 0.5);
    }
    state.destroy();
  });
});
