/** Optimizers and schedules as descriptions: defaults, factors, refusals. */

import { describe, expect, it } from "vitest";
import {
  adam,
  adamw,
  checkOptimizer,
  constant,
  cosine,
  type GradientHandling,
  momentCount,
  type OptimizerKind,
  type Schedule,
  scheduleFactor,
  sgd,
  stepDecay,
  warmup,
} from "../../src/model/optimizer.ts";
import { configErrorPath } from "../configError.ts";

describe("optimizers", () => {
  it("have PyTorch's defaults", () => {
    expect(adam()).toMatchObject({
      learningRate: 1e-3,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 0,
    });
    expect(adamw()).toMatchObject({ kind: "adamw", weightDecay: 0.01 });
    expect(sgd()).toMatchObject({ kind: "sgd", momentum: 0, nesterov: false, weightDecay: 0 });
    expect([sgd(), adam(), adamw()].map(({ gradients }) => gradients)).toEqual(Array(3).fill("cleared"));
  });

  it("keep 0, 1 or 2 moments", () => {
    expect([sgd(), sgd({ momentum: 0.9 }), adam(), adamw()].map(momentCount)).toEqual([0, 1, 2, 2]);
  });

  it.each<[string, () => unknown]>([
    ["optimizer.learningRate", () => sgd({ learningRate: -1 })],
    ["optimizer.learningRate", () => adam({ learningRate: Number.NaN })],
    ["optimizer.learningRate", () => adam({ learningRate: 1e39 })],
    ["optimizer.learningRate", () => adam({ learningRate: null as unknown as number })],
    ["optimizer.learningRate", () => adam({ learningRate: "1" as unknown as number })],
    ["optimizer.momentum", () => sgd({ momentum: -0.1 })],
    ["optimizer.nesterov", () => sgd({ nesterov: true })],
    ["optimizer.weightDecay", () => adamw({ weightDecay: Number.POSITIVE_INFINITY })],
    ["optimizer.beta1", () => adam({ beta1: 1 })],
    ["optimizer.beta2", () => adam({ beta2: -0.5 })],
    ["optimizer.epsilon", () => adam({ epsilon: -1e-8 })],
    ["optimizer.kind", () => checkOptimizer({ ...adam(), kind: "lion" as OptimizerKind })],
    ["optimizer.gradients", () => adam({ gradients: "kept" as GradientHandling })],
    [
      "optimizer.gradients",
      () => checkOptimizer({ ...sgd(), gradients: undefined as unknown as GradientHandling }),
    ],
    ["optimizer.schedule", () => checkOptimizer({ ...sgd(), schedule: undefined as unknown as Schedule })],
    ["optimizer.schedule.kind", () => sgd({ schedule: { kind: "linear" } as unknown as Schedule })],
    [
      "optimizer.schedule.decay",
      () => sgd({ schedule: { kind: "constant", decay: 1 } as unknown as Schedule }),
    ],
    ["optimizer.lr", () => sgd({ lr: 1 } as object)],
    ["optimizer.betas", () => adam({ betas: [0.9, 0.99] } as object)],
    ["optimizer.momentum", () => adam({ momentum: 0.9 } as object)],
    ["optimizer.nesterov", () => sgd({ momentum: 0.9, nesterov: 1 as unknown as boolean })],
    ["optimizer.epsilon", () => adam({ epsilon: 1e-50 })],
    ["schedule.every", () => stepDecay({ every: 0 })],
    ["schedule.factor", () => stepDecay({ every: 1, factor: Number.NaN })],
    ["schedule.steps", () => cosine({ steps: 2.5 })],
    ["schedule.minimum", () => cosine({ steps: 2, minimum: -1 })],
    ["schedule.steps", () => warmup({ steps: 0 })],
    [
      "optimizer.schedule.next.steps",
      () => sgd({ schedule: { kind: "warmup", steps: 1, next: { kind: "cosine", steps: 0, minimum: 0 } } }),
    ],
    ["runs[2].optimizer.beta1", () => checkOptimizer({ ...adam(), beta1: 2 }, "runs[2].optimizer")],
  ])("are refused at %s", (path, make) => {
    expect(configErrorPath(make)).toBe(path);
  });
});

describe("scheduleFactor", () => {
  const factors = (schedule: Schedule, steps: number[]) =>
    steps.map((step) => scheduleFactor(schedule, step));

  it("gives each schedule's curve", () => {
    expect(factors(constant(), [0, 1e6])).toEqual([1, 1]);
    expect(factors(stepDecay({ every: 10 }), [0, 9, 10, 19])).toEqual([1, 1, 0.1, 0.1]);
    expect(scheduleFactor(stepDecay({ every: 10, factor: 0.5 }), 30)).toBe(0.125);
    const half = cosine({ steps: 10, minimum: 0.2 });
    expect(scheduleFactor(half, 0)).toBe(1);
    expect(scheduleFactor(half, 5)).toBeCloseTo(0.6, 15);
    expect(factors(half, [10, 11, 1000])).toEqual([0.2, 0.2, 0.2]);
    expect(factors(warmup({ steps: 4 }), [0, 1, 2, 3, 4, 99])).toEqual([0.25, 0.5, 0.75, 1, 1, 1]);
  });

  it("starts what follows a warm-up at its own step 0", () => {
    const schedule = warmup({ steps: 3, next: stepDecay({ every: 2 }) });
    expect(factors(schedule, [2, 3, 4, 5])).toEqual([1, 1, 1, 0.1]);
  });
});
