/** The layered executor's plan as plain data: what is stored, where deltas lie, which dispatches a step has. */

import { describe, expect, it } from "vitest";
import { classDataset } from "../../../src/data/dataset.ts";
import type { Variants } from "../../../src/kernels/variants.ts";
import { cropAndFlip } from "../../../src/mixing/augmentation.ts";
import { beta } from "../../../src/mixing/laws.ts";
import { erm, type Mixing, manifoldMixup, mixup, regMixup } from "../../../src/mixing/mixing.ts";
import { gelu, relu, tanh } from "../../../src/model/layers/activation.ts";
import { batchNorm2d } from "../../../src/model/layers/batchNorm2d.ts";
import { conv2d } from "../../../src/model/layers/conv2d.ts";
import { dense } from "../../../src/model/layers/dense.ts";
import { flatten } from "../../../src/model/layers/flatten.ts";
import type { Layer } from "../../../src/model/layers/layer.ts";
import { maxPool2d } from "../../../src/model/layers/pool2d.ts";
import { residual } from "../../../src/model/layers/residual.ts";
import { sequential } from "../../../src/model/model.ts";
import { mlp, resNet18 } from "../../../src/model/nets.ts";
import { sgd } from "../../../src/model/optimizer.ts";
import { traceModel } from "../../../src/model/trace.ts";
import { resolvePopulation } from "../../../src/population/config.ts";
import type { PopulationConfig } from "../../../src/population/population.ts";
import type { PlannedDispatch } from "../../../src/training/gpu/layered/dispatch.ts";
import type { LayeredPlan } from "../../../src/training/gpu/layered/planLayered.ts";
import { stagesOf } from "../../../src/training/gpu/layered/stages.ts";
import { type PlanLimits, planTraining } from "../../../src/training/gpu/plan.ts";

const SHAPE = [2, 4, 4] as const;

/** Stages in short: what computes them, which stages they read, and what their readers apply. */
function stages(layers: Layer[], hidden?: Parameters<typeof traceModel>[1]): string[] {
  return stagesOf(traceModel(sequential(SHAPE, layers), hidden)).map(
    ({ kind, inputs, normalization, activation }) =>
      [kind, inputs.map(({ id }) => id).join("+"), normalization && "norm", activation?.activation]
        .filter((part) => part !== undefined && part !== "")
        .join(" "),
  );
}

describe("stages", () => {
  it("store what layers compute, but for BatchNorm, ReLU and flatten", () => {
    expect(stages([conv2d(3), batchNorm2d(), relu(), conv2d(3, { kernel: 2 }), flatten(), dense(2)])).toEqual(
      ["input", "conv2d 0 norm relu", "conv2d 1", "dense 2"],
    );
  });

  it("store a copy where a convolution would need a branch on the way in", () => {
    expect(stages([conv2d(3), gelu(), conv2d(2, { kernel: 2 }), flatten(), dense(2)])).toEqual([
      "input",
      "conv2d 0 gelu",
      "copy 1",
      "conv2d 2",
      "dense 3",
    ]);
  });

  it("let both branches of a residual block read what came before it", () => {
    const block = residual([conv2d(2, { padding: 1, bias: false }), batchNorm2d()], { activation: tanh() });
    expect(stages([conv2d(2, { padding: 1 }), relu(), block, flatten(), dense(2)])).toEqual([
      "input",
      "conv2d 0 relu",
      "conv2d 1 norm",
      "add 2+1 tanh",
      "copy 3",
      "dense 4",
    ]);
  });

  it("begin anew where hidden values are mixed", () => {
    const after = ["0"];
    const layers = [conv2d(2), maxPool2d({ kernel: 2 }), flatten(), dense(2)];
    expect(stages(layers, { after, passes: "one" })).toEqual([
      "input",
      "conv2d 0",
      "hiddenMix 1",
      "maxPool2d 2",
      "dense 3",
    ]);
    expect(
      stages(layers, { after, passes: "two" }).filter((stage) => stage.startsWith("conv2d")),
    ).toHaveLength(2);
  });
});

const DATA = classDataset({
  points: new Float32Array(11 * 32),
  labels: Array.from({ length: 11 }, (_, n) => n % 2),
  dimensions: 32,
  shape: SHAPE,
});
const MODEL = sequential(SHAPE, [
  conv2d(3, { padding: 1, bias: false }),
  batchNorm2d(),
  relu(),
  conv2d(3, { stride: 2, padding: 1, name: "second" }),
  relu(),
  flatten(),
  dense(2),
]);
const LIMITS: PlanLimits = {
  maxBufferSize: 2 ** 31,
  maxStorageBufferBindingSize: 2 ** 30,
  maxComputeWorkgroupsPerDimension: 65535,
  maxComputeWorkgroupStorageSize: 32768,
  maxComputeInvocationsPerWorkgroup: 1024,
  isFallback: true,
  subgroups: true,
};
/** Buffers of the population, which a plan names but does not ask for. */
const SHARED = ["data", "parameters", "moments", "netState", "states", "submit", "metrics"];

function plan(
  mixing: Mixing,
  more: Partial<PopulationConfig> = {},
  steps: Variants["steps"] = "apart",
): LayeredPlan {
  const runs = [0, 1, 2].map((seed) => ({ seed, mixing }));
  const config = { data: DATA, model: MODEL, optimizer: sgd(), steps: 6, batch: 4, runs, ...more };
  return planTraining(resolvePopulation(config), LIMITS, "layered", { steps }).layered!;
}

const names = (dispatches: readonly PlannedDispatch[]) => dispatches.map(({ kernel }) => kernel.shader.name);

const PLANS: Readonly<Record<string, LayeredPlan>> = {
  plain: plan(erm()),
  "last batch kept": plan(erm(), { lastBatch: "keep" }),
  "unmixed first": plan(regMixup(beta(1)), { lastBatch: "keep" }),
  "mixed behind a layer": plan(manifoldMixup(beta(1), ["input", "second"])),
  "in two passes": plan(manifoldMixup(beta(1), ["second"], { passes: "two" })),
  "cropped and flipped": plan(erm(), { augmentation: cropAndFlip() }),
  fused: plan(erm(), {}, "fused"),
  "fused, last batch kept": plan(regMixup(beta(1)), { lastBatch: "keep" }, "fused"),
  "fused, mixed behind a layer": plan(manifoldMixup(beta(1), ["input", "second"]), {}, "fused"),
  "fused, cropped": plan(erm(), { augmentation: cropAndFlip() }, "fused"),
  "one ResNet-18": plan(erm(), {
    data: classDataset({
      points: new Float32Array(2 * 3072),
      labels: [0, 1],
      dimensions: 3072,
      shape: [3, 32, 32],
      classes: 10,
    }),
    model: resNet18(),
    batch: 1,
    runs: [{ seed: 0, mixing: erm() }],
  }),
};

describe("dispatches", () => {
  it("of a step: draw, mix targets, forward, loss, backward, update", () => {
    expect(names(PLANS.plain.step)).toEqual([
      "sample",
      "mix",
      "conv2dForward",
      "batchNorm2dForward",
      "conv2dForward",
      "copyForward",
      "linearForward",
      "loss",
      "linearBackwardWeight",
      "linearBackwardInput",
      "copyBackward",
      "conv2dBackwardWeight",
      "sumChunks",
      "conv2dBackwardInput",
      "batchNorm2dBackward",
      "conv2dBackwardWeight",
      "sumChunks",
      "optimizer",
      "advance",
    ]);
    expect(PLANS.plain.lastStep).toEqual([]);
  });

  it("of a fused step: draw and mix, forward, logits and loss, backward, update", () => {
    const apart = names(PLANS.plain.step);
    const fused = names(PLANS.fused.step);
    const [from, to] = [apart.indexOf("linearForward"), apart.indexOf("copyBackward")];
    // A head, and its one backward pass; the convolutions' parts are as they were.
    expect(fused).toEqual([...apart.slice(1, from), "head", "headBackward", ...apart.slice(to, -1)]);
    // Points' weights are written where samples are drawn, and what predicts its own labels draws first.
    const runs = (more: object) => [{ seed: 1, mixing: mixup(beta(1)), ...more }];
    const weighted = plan(erm(), { runs: runs({ weights: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] }) }, "fused");
    expect(names(weighted.step).slice(0, 2)).toEqual(["sample", "mix"]);
    const distilled = plan(
      erm(),
      { model: sequential(SHAPE, [flatten(), dense(2)]), runs: runs({ selfDistillation: 0.5 }) },
      "fused",
    );
    expect(names(distilled.step)[0]).toBe("sample");
  });

  it("of an epoch's last step are the same ones, of fewer rows", () => {
    for (const { step, lastStep } of [PLANS["last batch kept"], PLANS["unmixed first"]])
      expect(names(lastStep)).toEqual(names(step));
    const grids = ({ step, lastStep }: LayeredPlan) =>
      [step, lastStep].map((list) => list.reduce((sum, { work = 0 }) => sum + work, 0));
    const [whole, last] = grids(PLANS["last batch kept"]);
    // Batches of 4, 4 and 3.
    expect(last / whole).toBeCloseTo(3 / 4, 12);
  });

  it("store no mixed image for a convolution, unless it is cropped", () => {
    const rows = 3 * 4 * 32 * 4;
    expect(PLANS.plain.buffers.mixedPoints).toBeUndefined();
    expect(PLANS["cropped and flipped"].buffers.mixedPoints).toBe(rows);
  });

  it("take partners through the layers only as far as they are needed", () => {
    const count = (list: readonly PlannedDispatch[], name: string) =>
      names(list).filter((other) => other === name).length;
    const two = PLANS["in two passes"].step;
    expect(count(two, "hiddenMixForward")).toBe(1);
    expect(count(two, "conv2dForward")).toBe(4);
    expect(count(two, "linearForward")).toBe(1);
    // Nothing is mixed in an evaluation.
    expect(names(PLANS["in two passes"].evaluation)).not.toContain("hiddenMixForward");
    expect(count(PLANS["in two passes"].evaluation, "conv2dForward")).toBe(2);
  });

  it("compute no gradients below what learns, and only where all runs freeze it throughout", () => {
    const flat = { ...DATA, shape: undefined };
    const backward = (frozen: string[][], more: object = {}) => {
      const runs = frozen.map((layers, seed) => ({ seed, mixing: erm(), frozen: layers, ...more }));
      const { step } = plan(erm(), { data: flat, model: mlp([32, 8, 4, 2]), runs });
      return names(step).filter((name) => name.startsWith("linearBackward"));
    };
    const [weight, input] = ["linearBackwardWeight", "linearBackwardInput"];
    expect(backward([[], []])).toEqual([weight, input, weight, input, weight]);
    const trunk = ["layers.0", "layers.1"];
    expect(backward([trunk, trunk])).toEqual([weight]);
    expect(backward([trunk, ["layers.0"]])).toEqual([weight, input, weight]);
    expect(backward([trunk, []])).toEqual(backward([[], []]));
    // What is frozen lies above what learns: its own gradients alone could be spared.
    expect(backward([["layers.1"], ["layers.1"]])).toEqual(backward([[], []]));
    expect(backward([trunk, trunk], { phases: [{ from: 3, frozen: [] }] })).toEqual(backward([[], []]));
  });

  it("are few: ResNet-18 takes less than 160, whatever the batch", () => {
    expect(PLANS["one ResNet-18"].step.length).toBeLessThan(160);
  });

  it.each(Object.entries(PLANS))(
    "%s: name only buffers that there are, and never read what they write",
    (_, plan) => {
      const { buffers, step, lastStep, evaluation } = plan;
      for (const { kernel, bindings } of [...step, ...lastStep, ...evaluation]) {
        const kinds = kernel.groups[kernel.groups.length - 1] as readonly string[];
        const named = bindings.filter((binding) => typeof binding === "string");
        for (const name of named)
          expect([...Object.keys(buffers), ...SHARED], `${kernel.shader.name} binds ${name}`).toContain(name);
        expect(kinds).toHaveLength(bindings.length);
        const written = bindings.filter((_, i) => kinds[i] === "write");
        for (const name of written) {
          // WebGPU refuses one buffer twice where it is written; `none` stands for what is not there.
          if (name === "none") continue;
          expect(
            named.filter((other) => other === name),
            `${kernel.shader.name}: ${name}`,
          ).toHaveLength(1);
        }
      }
    },
  );
});

describe("shapes of products on a GPU", () => {
  const shapes = (sizes: number[], batch: number, runs: number) => {
    const [dimensions] = sizes;
    const data = classDataset({
      points: new Float32Array(1100 * dimensions),
      labels: Array.from({ length: 1100 }, (_, n) => n % 3),
      dimensions,
    });
    const config = {
      data,
      model: mlp(sizes),
      optimizer: sgd(),
      steps: 1,
      batch,
      runs: Array.from({ length: runs }, (_, seed) => ({ seed, mixing: erm() })),
      evaluationData: data,
    };
    const { step, evaluation } = planTraining(
      resolvePopulation(config),
      { ...LIMITS, isFallback: false },
      "layered",
      { steps: "apart" },
    ).layered!;
    const shapesOf = (dispatches: readonly PlannedDispatch[]) =>
      dispatches
        .filter(({ kernel }) => kernel.shader.name.startsWith("linear"))
        .map(({ kernel, specialization: { prelude } }) => {
          const size = prelude!.TILE_ROWS === 8 ? "large" : "small";
          return `${kernel.shader.name.slice(6)} ${size}${prelude!.SLICES === 4 ? " sliced" : ""}`;
        });
    return { step: shapesOf(step), evaluation: shapesOf(evaluation) };
  };

  it("follow from a product's sizes, and not from the number of runs", () => {
    const one = shapes([40, 100, 3], 100, 1);
    expect(one.step).toEqual([
      "Forward small",
      "Forward small sliced",
      "BackwardWeight small sliced",
      "BackwardInput small",
      "BackwardWeight small sliced",
    ]);
    expect(shapes([40, 100, 3], 100, 50)).toEqual(one);
  });

  it("are large where that makes 128 workgroups, and no side is short", () => {
    expect(shapes([40, 1024, 3], 512, 1).step).toEqual([
      "Forward large",
      "Forward small sliced",
      "BackwardWeight small sliced",
      "BackwardInput large",
      "BackwardWeight small sliced",
    ]);
  });

  it("are the same for all parts of an evaluation, the last and shorter one, too", () => {
    const { evaluation } = shapes([40, 2048, 3], 8, 1);
    expect(evaluation).toEqual(Array(5).fill(["Forward large", "Forward small sliced"]).flat());
  });
});
