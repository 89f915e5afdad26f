/** Nets that have names, and lists of layers: shapes, sizes and names of their tensors, and what does not fit. */

import { describe, expect, it } from "vitest";
import {
  averagePool2d,
  batchNorm2d,
  classDataset,
  conv2d,
  convNet,
  dense,
  dropout,
  erm,
  flatten,
  globalAveragePool,
  type Layer,
  type Model,
  maxPool2d,
  polynomialRelu,
  relu,
  residual,
  resNet8,
  resNet18,
  sequential,
  sgd,
  towers,
  twoTowers,
} from "../../src/index.ts";
import { initialParameters } from "../../src/model/initialization.ts";
import { initialState } from "../../src/model/layout.ts";
import { layerNames, traceModel } from "../../src/model/trace.ts";
import { resolvePopulation } from "../../src/population/config.ts";
import { configErrorPath } from "../configError.ts";

const parametersOf = (model: Model) => traceModel(model).parameters.size;

describe("makers", () => {
  it.each<[string, Model, number]>([
    ["ResNet-18, CIFAR-10", resNet18(), 11_173_962],
    ["ResNet-18, CIFAR-100", resNet18({ classes: 100 }), 11_220_132],
    ["ResNet-18, MNIST", resNet18({ channels: 1, size: 28 }), 11_172_810],
    ["convNet, 28 x 28", convNet(), 9098],
    ["convNet, 8 x 8", convNet({ size: 8 }), 1898],
    ["ResNet-8-4", resNet8(4), 5142],
    ["two towers", twoTowers([32, 64, 16]), 2 * (33 * 64 + 65 * 16)],
    ["ResNet-8-4, 14 x 14", resNet8(4, { size: 14 }), 5142],
    ["ResNet-8-8", resNet8(8), 19_810],
    ["ResNet-8-8, colour", resNet8(8, { channels: 3, size: 32 }), 19_954],
    ["ResNet-8-16, colour", resNet8(16, { channels: 3, size: 32 }), 78_042],
  ])("%s has its parameters", (_, model, count) => {
    expect(parametersOf(model)).toBe(count);
  });

  it.each([
    [28, [28, 14, 7, 4]],
    [32, [32, 16, 8, 4]],
  ])("ResNet-18's maps of %i x %i", (size, sides) => {
    const { shapes } = traceModel(resNet18({ size }));
    const maps = shapes.filter((shape) => shape.length === 3 && shape[0] >= 64);
    expect(new Set(maps.map((shape) => shape.join()))).toEqual(
      new Set(sides.map((side, i) => [64 * 2 ** i, side, side].join())),
    );
  });

  it("ResNet-18's tensors have the authors' names and PyTorch's shapes", () => {
    const { parameters, state } = traceModel(resNet18());
    const shapes = Object.fromEntries(
      [...parameters.tensors, ...state.tensors].map(({ name, shape }) => [name, shape]),
    );
    expect(shapes).toMatchObject({
      "conv1.weight": [64, 3, 3, 3],
      "bn1.running_var": [64],
      "layer1.0.conv2.weight": [64, 64, 3, 3],
      "layer2.0.conv1.weight": [128, 64, 3, 3],
      "layer2.0.shortcut.0.weight": [128, 64, 1, 1],
      "layer4.0.shortcut.1.running_mean": [512],
      "layer4.1.bn2.num_batches_tracked": [],
      "linear.weight": [10, 512],
    });
    // 20 convolutions, 20 BatchNorms, a dense layer.
    expect(parameters.tensors).toHaveLength(20 + 40 + 2);
    expect(state.tensors).toHaveLength(60);
    expect(Object.keys(shapes)).not.toContain("layer1.0.shortcut.0.weight");
  });

  it("begin as PyTorch does, or torchvision", () => {
    const model = resNet8(4, { initialization: "kaimingNormalFanOut" });
    const first = initialParameters(model, 3);
    const { parameters, state } = traceModel(model);
    const valuesOf = (name: string) => {
      const { offset, size } = parameters.tensors.find((tensor) => tensor.name === name)!;
      return first.subarray(offset, offset + size);
    };
    expect(new Set(valuesOf("layer2.0.bn1.weight"))).toEqual(new Set([1]));
    expect(new Set(valuesOf("layer2.0.bn1.bias"))).toEqual(new Set([0]));
    const weights = valuesOf("layer3.0.conv2.weight");
    const deviation = Math.sqrt(weights.reduce((sum, w) => sum + w * w, 0) / weights.length);
    // fan out is 16 * 9; 2,304 numbers are good to 1.5 %.
    expect(deviation / Math.sqrt(2 / 144)).toBeCloseTo(1, 1);
    const uniform = initialParameters(resNet8(4), 3);
    const bound = 1 / Math.sqrt(16 * 9);
    const { offset, size } = parameters.tensors.find(({ name }) => name === "layer3.0.conv2.weight")!;
    const largest = uniform
      .subarray(offset, offset + size)
      .reduce((most, w) => Math.max(most, Math.abs(w)), 0);
    expect(largest).toBeLessThanOrEqual(Math.fround(bound));
    expect(largest).toBeGreaterThan(0.98 * bound);
    const begin = initialState(model);
    const variance = state.tensors.find(({ name }) => name === "bn1.running_var")!;
    expect(begin[variance.offset]).toBe(1);
  });
});

describe("sequential", () => {
  it("names layers by place, as nn.Sequential does, or by their own names", () => {
    const model = sequential([1, 6, 6], [conv2d(2), relu(), flatten(), dense(3, { name: "head" })]);
    expect(traceModel(model).parameters.tensors.map(({ name }) => name)).toEqual([
      "0.weight",
      "0.bias",
      "head.weight",
      "head.bias",
    ]);
    expect(layerNames(model)).toEqual(["0", "1", "2", "head"]);
  });

  it("survives JSON", () => {
    const model = resNet8(2);
    const again: Model = JSON.parse(JSON.stringify(model));
    expect(sequential(again.inputShape, again.layers)).toEqual(model);
  });

  const image = (layers: readonly unknown[]) => () => sequential([3, 8, 8], layers as Layer[]);
  it.each<[string, () => unknown, RegExp]>([
    ["model.inputShape", () => sequential([3, 8], [dense(2)]), /channels, height, width/],
    ["model.inputShape[1]", () => sequential([3, 0, 8], [dense(2)]), /from 1/],
    ["model.layers", image([]), /at least one layer/],
    ["model.layers[0].kind", image([{ kind: "conv2D" }]), /Did you mean conv2d/],
    ["model.layers[0]", image([7]), /Give a layer/],
    ["model.layers[0].chanels", image([{ ...conv2d(2), chanels: 3 }]), /Did you mean channels/],
    ["model.layers[0]", image([dense(2)]), /got shape \[3,8,8\].*flatten/],
    [
      "model.layers[1]",
      image([flatten(), dense(2, { rows: true })]),
      /dense got shape \[192\] and needs \[channels/,
    ],
    ["layer.rows", () => dense(2, { rows: 1 as never }), /rows/],
    [
      "model.layers[0].rows",
      image([{ kind: "dense", outputs: 2, bias: true, rows: false } as never]),
      /false: true, or left out/,
    ],
    ["model.layers[2]", image([flatten(), dense(4), conv2d(2)]), /got shape \[4\] and needs \[channels/],
    [
      "model.layers[1]",
      image([conv2d(2, { kernel: 7 }), conv2d(2, { kernel: 5 })]),
      /map of 2 x 2 and needs at least 5 x 5/,
    ],
    ["model.layers[0].groups", image([conv2d(4, { groups: 2 })]), /2 groups don't divide 3/],
    ["model.layers[0]", image([conv2d(2)]), /ends in shape \[2,6,6\]/],
    [
      "model.layers[0]",
      image([residual([conv2d(4, { padding: 1 })])]),
      /\[4,8,8\] from its main way and \[3,8,8\]/,
    ],
    ["model.layers[0].main[0]", image([residual([dense(2)])]), /flatten/],
    [
      "model.layers",
      image([conv2d(2, { name: "a" }), conv2d(2, { name: "a" }), globalAveragePool()]),
      /named "a"/,
    ],
    ["model.layers[0].name", image([{ ...relu(), name: "a b" }]), /no name/],
    ["layer.kernel[1]", () => conv2d(2, { kernel: [3, 0] }), /from 1/],
    ["layer.padding", () => conv2d(2, { kernel: 3, padding: 3 }), /less than the kernel/],
    ["layer.padding", () => maxPool2d({ kernel: 2, padding: 2 }), /more than half/],
    ["layer.stride", () => averagePool2d({ kernel: 2, stride: 0 }), /from 1/],
    ["layer.momentum", () => batchNorm2d({ momentum: 2 }), /from 0 to 1|at most 1/],
    ["layer.momentum", () => batchNorm2d({ momentum: "mean" as never }), /cumulative/],
    ["layer.probability", () => dropout(1), /below 1/],
    ["layer.threshold", () => polynomialRelu({ threshold: 0 }), /above 0/],
  ])("refuses at %s", (path, make, message) => {
    expect(configErrorPath(make)).toBe(path);
    expect(make).toThrow(message);
  });
});

describe("data and nets", () => {
  const shape = [1, 2, 2] as const;
  const data = classDataset({ points: [1, 2, 3, 4, 5, 6, 7, 8], labels: [0, 1], dimensions: 4, shape });
  const config = (model: Model, batch: number | "full" = "full") => ({
    data,
    model,
    optimizer: sgd(),
    steps: 1,
    batch,
    runs: [{ seed: 0, mixing: erm() }],
  });

  it("images of another shape are refused, images as rows are not", () => {
    const wide = sequential([1, 1, 4], [flatten(), dense(2)]);
    expect(configErrorPath(() => resolvePopulation(config(wide)))).toBe("model.inputShape");
    expect(() => resolvePopulation(config(sequential([4], [dense(2)])))).not.toThrow();
  });

  it("BatchNorm of one number a channel is refused, as in PyTorch", () => {
    const model = sequential([1, 2, 2], [conv2d(2, { kernel: 2 }), batchNorm2d(), flatten(), dense(2)]);
    expect(() => resolvePopulation(config(model, 1))).toThrow(
      /layer 1 \(batchNorm2d\) gets one number a channel/,
    );
    expect(() => resolvePopulation(config(model))).not.toThrow();
  });
});

describe("towers", () => {
  it("have names of their own, and begin apart", () => {
    const model = twoTowers([3, 4, 2]);
    const { tensors } = traceModel(model).parameters;
    expect(tensors.map(({ name, shape }) => [name, shape.join()])).toEqual(
      ["0", "1"].flatMap((tower) => [
        [`towers.${tower}.layers.0.weight`, "4,3"],
        [`towers.${tower}.layers.0.bias`, "4"],
        [`towers.${tower}.layers.1.weight`, "2,4"],
        [`towers.${tower}.layers.1.bias`, "2"],
      ]),
    );
    const parameters = initialParameters(model, 1);
    const half = parameters.length / 2;
    expect(parameters.slice(0, half)).not.toEqual(parameters.slice(half));
    expect(traceModel(model).outputs).toBe(4);
  });

  it.each<[string, () => Model, string]>([
    ["no tower", () => sequential([4], [towers([])]), "model.layers[0].towers"],
    ["a layer before them", () => sequential([4], [dense(4), towers([[dense(1)]])]), "model.layers[1]"],
    [
      "parts that are not equal",
      () => sequential([5], [towers([[dense(1)], [dense(1)]])]),
      "model.layers[0]",
    ],
    [
      "shapes of other points",
      () => sequential([5], [towers([[dense(1)], [dense(1)]], { inputShapes: [[2], [2]] })]),
      "model.layers[0].inputShapes",
    ],
    [
      "a shape too few",
      () => sequential([4], [towers([[dense(1)], [dense(1)]], { inputShapes: [[4]] })]),
      "model.layers[0].inputShapes",
    ],
    [
      "a bad side",
      () => sequential([4], [towers([[dense(1)]], { inputShapes: [[0]] })]),
      "model.layers[0].inputShapes[0][0]",
    ],
    [
      "a map at the end",
      () => sequential([1, 2, 2], [towers([[conv2d(1, { kernel: 1 })]], { inputShapes: [[1, 2, 2]] })]),
      "model.layers[0].towers[0]",
    ],
    [
      "an unknown layer",
      () => sequential([4], [towers([[{ kind: "dens" }]])]),
      "model.layers[0].towers[0][0].kind",
    ],
  ])("refuse %s", (_, make, path) => {
    expect(configErrorPath(make)).toBe(path);
  });
});
