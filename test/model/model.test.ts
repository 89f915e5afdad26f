/** Nets as descriptions, and where their parameters lie. */

import { describe, expect, it } from "vitest";
import { type Activation, relu } from "../../src/model/layers/activation.ts";
import { dense } from "../../src/model/layers/dense.ts";
import { flatten } from "../../src/model/layers/flatten.ts";
import {
  flattenParameters,
  type NamedTensors,
  nameParameters,
  parameterLayout,
} from "../../src/model/layout.ts";
import { sequential } from "../../src/model/model.ts";
import { linear, mlp } from "../../src/model/nets.ts";
import { perceptron } from "../../src/model/perceptron.ts";
import { configErrorPath } from "../configError.ts";

describe("mlp and linear", () => {
  it("have PyTorch's defaults", () => {
    expect(perceptron(mlp([1, 512, 2]))).toMatchObject({
      sizes: [1, 512, 2],
      activation: "relu",
      bias: true,
    });
    expect(perceptron(linear(3, 2, { bias: false }))).toMatchObject({ sizes: [3, 2], bias: false });
    const rows = sequential([1, 2, 2], [dense(3, { rows: true }), relu(), flatten(), dense(2)]);
    expect(perceptron(rows)).toBeUndefined();
  });

  it.each<[string, () => unknown]>([
    ["model.sizes", () => mlp([])],
    ["model.sizes", () => mlp([3])],
    ["model.sizes", () => mlp(undefined as unknown as number[])],
    ["model.sizes[0]", () => mlp([0, 2])],
    ["model.sizes[1]", () => mlp([1, 2.5, 2])],
    ["model.sizes[2]", () => mlp([1, 2, Number.NaN])],
    ["model.activation", () => mlp([1, 2], { activation: "swish" as Activation })],
    ["model.negativeSlope", () => mlp([1, 2], { negativeSlope: Number.NaN })],
  ])("refuse bad input at %s", (path, make) => {
    expect(configErrorPath(make)).toBe(path);
  });
});

describe("parameterLayout", () => {
  it("puts weight [out, in], then bias, layer by layer", () => {
    const { tensors, size } = parameterLayout(mlp([2, 3, 1]));
    const { layers } = perceptron(mlp([2, 3, 1]))!;
    expect(tensors).toMatchObject([
      { name: "layers.0.weight", shape: [3, 2], offset: 0, size: 6 },
      { name: "layers.0.bias", shape: [3], offset: 6, size: 3 },
      { name: "layers.1.weight", shape: [1, 3], offset: 9, size: 3 },
      { name: "layers.1.bias", shape: [1], offset: 12, size: 1 },
    ]);
    expect(layers).toEqual([
      { inputs: 2, outputs: 3, weightOffset: 0, biasOffset: 6 },
      { inputs: 3, outputs: 1, weightOffset: 9, biasOffset: 12 },
    ]);
    expect(size).toBe(13);
  });

  it("has no place for biases that are not there", () => {
    const { size } = parameterLayout(mlp([2, 3, 1], { bias: false }));
    const { layers } = perceptron(mlp([2, 3, 1], { bias: false }))!;
    expect(layers.map(({ biasOffset }) => biasOffset)).toEqual([-1, -1]);
    expect(layers[1].weightOffset).toBe(6);
    expect(size).toBe(9);
  });
});

describe("named and flat parameters", () => {
  const model = mlp([2, 3, 1]);
  const flat = Float64Array.from({ length: 13 }, (_, i) => i);

  it("turn into each other, as copies of the same precision", () => {
    const named = nameParameters(model, flat);
    expect([...named["layers.1.weight"].data]).toEqual([9, 10, 11]);
    expect(flattenParameters(model, named).parameters).toEqual(flat);
    named["layers.0.weight"].data[0] = 77;
    expect(flat[0]).toBe(0);
    expect(nameParameters(model, new Float32Array(13))["layers.0.bias"].data).toBeInstanceOf(Float32Array);
  });

  it.each<[string, (named: NamedTensors) => void]>([
    ["parameters.layers.1.bias", (named) => delete named["layers.1.bias"]],
    [
      "parameters.layers.2.weight",
      (named) => Object.assign(named, { "layers.2.weight": named["layers.0.bias"] }),
    ],
    [
      "parameters.layers.0.bias",
      (named) => Object.assign(named, { "layers.0.bias": { shape: [3, 1], data: flat.slice(0, 3) } }),
    ],
    [
      "parameters.layers.0.bias",
      (named) => Object.assign(named, { "layers.0.bias": { shape: [3], data: flat.slice(0, 2) } }),
    ],
    ["parameters.layers.0.weight[4]", (named) => named["layers.0.weight"].data.fill(Number.NaN, 4, 5)],
  ])("are refused at %s", (path, spoil) => {
    const named = nameParameters(model, flat);
    spoil(named);
    expect(configErrorPath(() => flattenParameters(model, named))).toBe(path);
  });
});
