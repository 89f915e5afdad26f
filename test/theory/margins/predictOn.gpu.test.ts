/**
 * What nets predict at many points: both backends against the reference network at odd sizes, independence of the slices,
 * refusals, aborting.
 */

import { describe, expect, it } from "vitest";
import { openDevice } from "../../../src/gpu/device.ts";
import { initialParameters } from "../../../src/model/initialization.ts";
import { type Model, sizeOf } from "../../../src/model/layers/layer.ts";
import { flattenParameters, nameParameters } from "../../../src/model/layout.ts";
import { LOSSES } from "../../../src/model/loss.ts";
import { linear, mlp, resNet8 } from "../../../src/model/nets.ts";
import { traceModel } from "../../../src/model/trace.ts";
import { LOSS_FUNCTIONS } from "../../../src/reference/loss.ts";
import { Network } from "../../../src/reference/network.ts";
import { type PredictRequest, predictOn } from "../../../src/theory/margins/predictOn.ts";
import { randomNumbers, testDevice } from "../../kernels/harness.ts";
import { expectClose, TOLERANCES } from "../../tolerances.ts";

/** R nets with initial parameters of different seeds, at M points of [-2, 2]^D. */
function request(model: Model, R: number, M: number, more: Partial<PredictRequest> = {}): PredictRequest {
  const parameters = Array.from({ length: R }, (_, seed) =>
    nameParameters(model, initialParameters(model, seed)),
  );
  return { model, parameters, points: randomNumbers(81, M * sizeOf(model.inputShape), 2), ...more };
}

/** By the reference network, one point at a time. */
function expected({
  model,
  parameters,
  points,
  loss = "softmax-cross-entropy",
}: PredictRequest): Float64Array {
  const network = new Network(traceModel(model), 1);
  const [D, C] = [sizeOf(model.inputShape), network.outputs];
  const M = points.length / D;
  const all = new Float64Array(parameters.length * M * C);
  parameters.forEach((named, r) => {
    const flat = flattenParameters(model, named);
    for (let m = 0; m < M; m++) {
      for (let d = 0; d < D; d++) network.inputs[d] = points[m * D + d];
      network.forward({ ...flat, count: 1 });
      const into = all.subarray((r * M + m) * C, (r * M + m + 1) * C);
      LOSS_FUNCTIONS[loss].probabilities(network.logits, 0, C, into);
    }
  });
  return all;
}

const CASES: readonly [string, PredictRequest][] = [
  ["1 net, 1 point", request(mlp([2, 1, 2]), 1, 1)],
  ["3 nets, 63 points, 65 units", request(mlp([2, 65, 3], { activation: "tanh" }), 3, 63)],
  [
    "2 nets, 257 points, several layers",
    request(mlp([5, 63, 17, 4], { activation: "gelu", bias: false }), 2, 257),
  ],
  ["13 nets, 1000 points, the moons' net", request(mlp([2, 500, 2]), 13, 1000)],
  ["convolutional nets, BatchNorm", request(resNet8(2, { channels: 2, size: 7, classes: 3 }), 3, 65)],
  ["linear nets", request(linear(7, 1), 5, 65, { loss: "logistic" })],
];

describe("predictOn", () => {
  it.each(CASES)("%s: WebGPU and CPU against the reference", async (_, asked) => {
    const reference = expected(asked);
    const cpu = await predictOn(await openDevice({ backend: "cpu" }), asked);
    expect(cpu).toBeInstanceOf(Float64Array);
    expect(Array.from(cpu)).toEqual(Array.from(reference));
    const gpu = await predictOn(await testDevice(), asked);
    expect(gpu).toBeInstanceOf(Float32Array);
    expectClose(TOLERANCES.predicted, gpu, reference, undefined, "probabilities");
  });

  it.each(LOSSES)("%s says what outputs mean", async (loss) => {
    const asked = request(mlp([2, 9, 3]), 2, 65, { loss });
    expectClose(TOLERANCES.predicted, await predictOn(await testDevice(), asked), expected(asked));
  });

  it("does not depend on the other nets and points, bit for bit", async () => {
    const device = await testDevice();
    const all = request(mlp([2, 65, 3]), 5, 1000);
    const together = await predictOn(device, all);
    // Net 3 alone, at points 500 to 562.
    const points = Array.from(all.points).slice(2 * 500, 2 * 563);
    const alone = await predictOn(device, { ...all, parameters: [all.parameters[3]], points });
    const from = (3 * 1000 + 500) * 3;
    expect(alone).toEqual(together.slice(from, from + 63 * 3));
  });

  it("in slices of points, where the layers are large", async () => {
    // 2 * 4 * 2^17 bytes a point and 64 MB for a layer: 64 points at a time. (Of longer sums Mesa's llvmpipe leaves off the end:
    // it stops all loops of a shader after 65,535 rounds together.)
    const asked = request(mlp([1, 1 << 17, 1]), 2, 150, { loss: "squared-error" });
    const parts: number[] = [];
    const device = await testDevice();
    const before = device.memory.bytes;
    const values = await predictOn(device, asked, { onProgress: (part) => parts.push(part) });
    expect(parts.length).toBeGreaterThan(2);
    expect(parts.at(-1)).toBe(1);
    expect(parts).toEqual(parts.toSorted((a, b) => a - b));
    expect(device.memory.bytes).toBe(before);
    // Relative to the sum of magnitudes: 2^17 products of up to 1/362, half of them cut off.
    expectClose(TOLERANCES.predicted, values, expected(asked), () => 181);
  });

  it("gives nothing for no points", async () => {
    for (const device of [await testDevice(), await openDevice({ backend: "cpu" })])
      expect((await predictOn(device, request(mlp([2, 3, 2]), 4, 0))).length).toBe(0);
  });

  it("refuses what it can't do, by path", async () => {
    const asked = request(mlp([2, 3, 2]), 2, 5);
    const { "layers.1.bias": _, ...missing } = asked.parameters[1];
    for (const device of [await testDevice(), await openDevice({ backend: "cpu" })]) {
      const bad = (change: object) => predictOn(device, { ...asked, ...change });
      await expect(bad({ parameters: [] })).rejects.toMatchObject({ path: "parameters" });
      await expect(bad({ parameters: [asked.parameters[0], missing] })).rejects.toMatchObject({
        path: "parameters[1].layers.1.bias",
      });
      await expect(bad({ points: [1, 2, 3] })).rejects.toMatchObject({ path: "points" });
      await expect(bad({ points: [1, Number.NaN] })).rejects.toMatchObject({ path: "points[1]" });
      await expect(bad({ points: [1e39, 0] })).rejects.toMatchObject({ path: "points[0]" });
      await expect(bad({ loss: "hinge" })).rejects.toMatchObject({ path: "loss" });
      await expect(bad({ model: undefined })).rejects.toMatchObject({ path: "model" });
    }
  });

  it("stops when its signal aborts, and gives its memory back", async () => {
    const asked = request(mlp([2, 500, 2]), 4, 5000);
    for (const device of [await testDevice(), await openDevice({ backend: "cpu" })]) {
      const before = device.backend === "webgpu" ? device.memory.bytes : 0;
      const abort = new AbortController();
      const reason = new Error("enough");
      const work = predictOn(device, asked, { signal: abort.signal, onProgress: () => abort.abort(reason) });
      await expect(work).rejects.toBe(reason);
      if (device.backend === "webgpu") expect(device.memory.bytes).toBe(before);
    }
  });
});
