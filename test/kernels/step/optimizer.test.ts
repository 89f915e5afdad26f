/** Kernel `optimizer` against the reference, and what it does about numbers that are not finite. */

import { describe, expect, it } from "vitest";
import { regressionDataset } from "../../../src/data/dataset.ts";
import { FINITE } from "../../../src/kernels/population.ts";
import { optimizerGrid, optimizerKernel } from "../../../src/kernels/step/optimizer.ts";
import { erm } from "../../../src/mixing/mixing.ts";
import { parameterLayout } from "../../../src/model/layout.ts";
import { linear } from "../../../src/model/nets.ts";
import {
  adam,
  adamw,
  cosine,
  OPTIMIZERS,
  type Optimizer,
  sgd,
  stepDecay,
  warmup,
} from "../../../src/model/optimizer.ts";
import { applyOptimizer } from "../../../src/reference/optimizer.ts";
import type { PopulationState } from "../../../src/training/gpu/state.ts";
import { expectClose, TOLERANCES } from "../../tolerances.ts";
import { randomNumbers, readClocks, runKernel, testState, writeClocks } from "../harness.ts";

/** 257 parameters a run (260 with padding): one vector of four more than a workgroup takes. */
const MODEL = linear(256, 1);

function optimizerState(optimizers: readonly Optimizer[]): Promise<PopulationState> {
  const data = regressionDataset({
    points: new Float32Array(256),
    targets: [0],
    dimensions: 256,
    outputs: 1,
  });
  const runs = optimizers.map((optimizer, seed) => ({ seed, mixing: erm(), optimizer }));
  return testState({ data, model: MODEL, optimizer: optimizers[0], steps: 10, runs });
}

interface Numbers {
  /** `[R, stride]` */
  readonly parameters: Float32Array;
  /** `[optimizerNumbers, R, stride]` */
  readonly moments: Float32Array;
}

/** One dispatch for step `step` of all runs; `nonFiniteSteps` say which are frozen. */
async function update(
  state: PopulationState,
  step: number,
  gradients: Float32Array,
  { parameters, moments }: Numbers,
  nonFiniteSteps: readonly number[] = [],
  isClosed = false,
): Promise<Numbers> {
  const { population, plan } = state;
  writeClocks(
    state,
    population.runs.map(({ optimizer: { beta1, beta2 } }, r) => ({
      step: isClosed ? step + 1 : step,
      nonFiniteStep: nonFiniteSteps[r] ?? FINITE,
      correction1: 1 - beta1 ** (isClosed ? step + 1 : step),
      correction2: 1 - beta2 ** (isClosed ? step + 1 : step),
    })),
  );
  const overrides = {
    OPTIMIZER: OPTIMIZERS.indexOf(population.runs[0].optimizer.kind),
    MOMENTS: plan.moments,
    ACCUMULATES: plan.optimizerNumbers - plan.moments,
    IS_CLOSED: isClosed ? 1 : 0,
  };
  const results = await runKernel(
    optimizerKernel,
    { overrides },
    optimizerGrid(plan.parameterStride, population.runs.length),
    [{ read: gradients }, { write: parameters }, { write: moments }],
    state,
  );
  return { parameters: new Float32Array(results[1]), moments: new Float32Array(results[2]) };
}

/** As large as Adam's steps, so that an error of a step shows in the parameter. */
const PARAMETER_BOUND = 0.01;

/** Parameters that are not 0, gradients of very different sizes, moments as at the beginning. */
function start({ population, plan }: PopulationState) {
  const count = population.runs.length * plan.parameterStride;
  const exponents = randomNumbers(33, count, 4);
  return {
    numbers: {
      parameters: randomNumbers(31, count, PARAMETER_BOUND),
      moments: new Float32Array(plan.optimizerNumbers * count),
    },
    gradientsOf: (step: number) =>
      randomNumbers(40 + step, count).map((value, i) => value * 10 ** exponents[i]),
  };
}

const CASES: Record<string, readonly Optimizer[]> = {
  "sgd without moments": [
    sgd({ learningRate: 0.1 }),
    sgd({ learningRate: 0.5, weightDecay: 0.3 }),
    sgd({ learningRate: 0.2, schedule: stepDecay({ every: 1, factor: 0.5 }) }),
  ],
  // The second run has no momentum of its own, but its neighbours need the moment.
  "sgd with momentum": [
    sgd({ learningRate: 0.1, momentum: 0.9 }),
    sgd({ learningRate: 0.1, weightDecay: 0.3 }),
    sgd({ learningRate: 0.1, momentum: 0.8, nesterov: true }),
    sgd({
      learningRate: 0.2,
      momentum: 0.9,
      nesterov: true,
      weightDecay: 0.01,
      schedule: cosine({ steps: 4 }),
    }),
  ],
  // Only the first and the last never clear their gradients.
  "sgd, accumulated": [
    sgd({ learningRate: 0.1, gradients: "accumulated" }),
    sgd({ learningRate: 0.1, weightDecay: 0.3 }),
    sgd({ learningRate: 0.1, weightDecay: 0.3, gradients: "accumulated" }),
  ],
  "adam, accumulated": [
    adam({ learningRate: 0.01, gradients: "accumulated" }),
    adam({ learningRate: 0.01 }),
    adam({ learningRate: 0.01, weightDecay: 0.3, epsilon: 1e-3, gradients: "accumulated" }),
  ],
  adam: [
    adam({ learningRate: 0.01 }),
    adam({ learningRate: 0.1, beta1: 0, beta2: 0.5 }),
    adam({ learningRate: 0.01, weightDecay: 0.3, epsilon: 1e-3 }),
    adam({ learningRate: 0.02, beta1: 0.8, beta2: 0.99, schedule: warmup({ steps: 2 }) }),
  ],
  adamw: [
    adamw({ learningRate: 0.01 }),
    adamw({ learningRate: 0.1, weightDecay: 0.5 }),
    adamw({ learningRate: 0.05, weightDecay: 0, beta1: 0.5 }),
  ],
};

describe.each(Object.entries(CASES))("optimizer: %s", (_, optimizers) => {
  it("three steps of runs with different hyperparameters", async () => {
    const state = await optimizerState(optimizers);
    const { size } = parameterLayout(MODEL);
    const stride = state.plan.parameterStride;
    const { numbers, gradientsOf } = start(state);
    let actual: Numbers = numbers;
    const cut = (all: Float32Array, row: number) => all.subarray(row * stride, row * stride + size);
    const expected = optimizers.map((optimizer, r) => ({
      optimizer,
      parameters: Float64Array.from(cut(numbers.parameters, r)),
      moments: Array.from({ length: state.plan.moments }, () => new Float64Array(size)),
      sums: new Float64Array(size),
    }));
    // What the scales are made of: gradients before decay cancels a part of them.
    const largestGradient = gradientsOf(0).map(Math.abs);
    const squares = new Float64Array(largestGradient.length);
    const magnitudes = new Float64Array(largestGradient.length);
    const used = new Float64Array(largestGradient.length);
    for (let step = 0; step < 3; step++) {
      const gradients = gradientsOf(step);
      gradients.forEach((value, i) => {
        magnitudes[i] += Math.abs(value);
        const accumulates = optimizers[Math.floor(i / stride)].gradients === "accumulated";
        used[i] = accumulates ? magnitudes[i] : Math.abs(value);
        largestGradient[i] = Math.max(largestGradient[i], used[i]);
      });
      actual = await update(state, step, gradients, actual);
      expected.forEach(({ optimizer, parameters, moments, sums }, r) => {
        applyOptimizer(optimizer, step, parameters, Float64Array.from(cut(gradients, r)), moments, sums);
        const { kind, learningRate, beta1, beta2, weightDecay } = optimizer;
        const decay = kind === "adamw" ? 0 : weightDecay * PARAMETER_BOUND;
        const gradient = (i: number) => largestGradient[r * stride + i] + decay;
        for (let i = r * stride; i < (r + 1) * stride; i++) {
          squares[i] = beta2 * squares[i] + (1 - beta2) * (used[i] + decay) ** 2;
        }
        // Steps of SGD are as large as the gradient, Adam's as large as the learning rate.
        const moved = (i: number) => learningRate * (kind === "sgd" ? gradient(i) : 1);
        const what = `step ${step}, run ${r}`;
        const scale = (i: number) => PARAMETER_BOUND + moved(i);
        expectClose(TOLERANCES.update, cut(actual.parameters, r), parameters, scale, `${what}, parameters`);
        moments.forEach((moment, m) => {
          // Of steps with gradients of both signs, first moments cancel; second ones do not.
          const share = kind === "sgd" ? 1 : 1 - beta1;
          const size = (i: number) => (m === 1 ? squares[r * stride + i] : share * gradient(i));
          const row = cut(actual.moments, m * optimizers.length + r);
          expectClose(TOLERANCES.update, row, moment, size, `${what}, moment ${m}`);
        });
        if (state.plan.optimizerNumbers > state.plan.moments) {
          const row = cut(actual.moments, state.plan.moments * optimizers.length + r);
          const size = (i: number) => magnitudes[r * stride + i];
          expectClose(TOLERANCES.update, row, sums, size, `${what}, sum of gradients`);
        }
      });
    }
    expect((await readClocks(state)).every(({ nonFiniteStep }) => nonFiniteStep === FINITE)).toBe(true);
    state.destroy();
  });

  it("a non-finite gradient freezes its run from the next step on; a frozen run stays", async () => {
    // Four runs of one kind: clean, infinity, NaN, frozen before.
    const state = await optimizerState(new Array(4).fill(optimizers[0]));
    const stride = state.plan.parameterStride;
    const { numbers, gradientsOf } = start(state);
    const clean = await update(state, 5, gradientsOf(0), numbers);
    const gradients = gradientsOf(0);
    const [infinityAt, nanAt] = [stride + 259, 2 * stride + 70];
    gradients[infinityAt] = Number.NEGATIVE_INFINITY;
    gradients[nanAt] = Number.NaN;
    gradients.fill(Number.NaN, 3 * stride);
    const actual = await update(state, 5, gradients, numbers, [FINITE, FINITE, FINITE, 5]);
    const clocks = await readClocks(state);
    expect(clocks.map(({ nonFiniteStep }) => nonFiniteStep)).toEqual([FINITE, 6, 6, 5]);

    const row = (all: Float32Array, r: number) => all.subarray(r * stride, (r + 1) * stride);
    const rows = (all: Float32Array) => Array.from({ length: all.length / stride }, (_, r) => row(all, r));
    expect(row(actual.parameters, 0)).toEqual(row(clean.parameters, 0));
    expect(actual.parameters.every(Number.isFinite)).toBe(true);
    expect(actual.moments.every(Number.isFinite)).toBe(true);
    // The parameter keeps its value; what is not among the four that are updated together is updated.
    expect(actual.parameters[infinityAt]).toBe(numbers.parameters[infinityAt]);
    expect(actual.parameters[nanAt]).toBe(numbers.parameters[nanAt]);
    for (const [r, at] of [
      [1, infinityAt - stride],
      [2, nanAt - 2 * stride],
    ]) {
      const others = (values: Float32Array) =>
        row(values, r).filter((_, i) => Math.floor(i / 4) !== Math.floor(at / 4));
      expect(others(actual.parameters)).toEqual(others(clean.parameters));
    }
    expect(row(actual.parameters, 3)).toEqual(row(numbers.parameters, 3));
    for (let m = 0; m < state.plan.optimizerNumbers; m++) {
      expect(rows(actual.moments)[4 * m]).toEqual(rows(clean.moments)[4 * m]);
      expect(rows(actual.moments)[4 * m + 3]).toEqual(rows(numbers.moments)[4 * m + 3]);
    }

    // The next step moves the first run only.
    const next = await update(state, 6, gradientsOf(1), actual, [FINITE, 6, 6, 5]);
    expect(row(next.parameters, 0)).not.toEqual(row(actual.parameters, 0));
    for (const r of [1, 2, 3]) expect(row(next.parameters, r)).toEqual(row(actual.parameters, r));
    for (let m = 0; m < state.plan.optimizerNumbers; m++) {
      for (const r of [1, 2, 3])
        expect(rows(next.moments)[4 * m + r]).toEqual(rows(actual.moments)[4 * m + r]);
    }
    state.destroy();
  });
});

describe("optimizer", () => {
  it("takes the same step where the clock has moved on already", async () => {
    const schedule = stepDecay({ every: 6, factor: 0.5 });
    for (const optimizers of [
      [adam({ schedule }), adam({ beta1: 0.5, beta2: 0.9 }), adam(), adam()],
      [sgd({ momentum: 0.9, schedule }), sgd({ momentum: 0.5 }), sgd(), sgd()],
    ]) {
      const state = await optimizerState(optimizers);
      const { numbers, gradientsOf } = start(state);
      const gradients = gradientsOf(0);
      const stride = state.plan.parameterStride;
      gradients[stride + 3] = Number.NaN;
      // The last but one has failed in this very step, the last will with the next one.
      const failed = [FINITE, FINITE, 5, 6];
      const open = await update(state, 5, gradients, numbers, failed);
      const marks = (await readClocks(state)).map(({ nonFiniteStep }) => nonFiniteStep);
      const closed = await update(state, 5, gradients, numbers, failed, true);
      expect((await readClocks(state)).map(({ nonFiniteStep }) => nonFiniteStep)).toEqual(marks);
      // A correction that is rounded once instead of step by step may move a parameter's last bit.
      const size = (i: number) => Math.max(PARAMETER_BOUND, Math.abs(open.parameters[i]));
      expectClose(TOLERANCES.correction, closed.parameters, open.parameters, size, "parameters");
      expect(closed.moments).toEqual(open.moments);
      expect(open.parameters.slice(2 * stride, 3 * stride)).toEqual(
        numbers.parameters.slice(2 * stride, 3 * stride),
      );
      expect(open.parameters.slice(3 * stride)).not.toEqual(numbers.parameters.slice(3 * stride));
      state.destroy();
    }
  });

  it("a sum of gradients that overflows leaves everything as it was and freezes the run", async () => {
    const optimizer = sgd({ learningRate: 1e-30, gradients: "accumulated" });
    const state = await optimizerState([optimizer, optimizer]);
    const { numbers } = start(state);
    const stride = state.plan.parameterStride;
    const gradients = new Float32Array(numbers.parameters.length).fill(2e38);
    gradients.fill(1, stride);
    const once = await update(state, 0, gradients, numbers);
    expect(once.moments).toEqual(gradients);
    const twice = await update(state, 1, gradients, once);
    expect(twice.parameters.subarray(0, stride)).toEqual(once.parameters.subarray(0, stride));
    expect(twice.moments.subarray(0, stride)).toEqual(once.moments.subarray(0, stride));
    expect(twice.moments.subarray(stride)).toEqual(new Float32Array(stride).fill(2));
    expect((await readClocks(state)).map(({ nonFiniteStep }) => nonFiniteStep)).toEqual([2, FINITE]);
    state.destroy();
  });

  it("an update that overflows leaves the parameter and freezes the run", async () => {
    const state = await optimizerState([sgd({ learningRate: 1e38 }), sgd({ learningRate: 0.1 })]);
    const { numbers } = start(state);
    const gradients = new Float32Array(numbers.parameters.length).fill(10);
    const { parameters } = await update(state, 0, gradients, numbers);
    const stride = state.plan.parameterStride;
    expect(parameters.subarray(0, stride)).toEqual(numbers.parameters.subarray(0, stride));
    expect(parameters.subarray(stride)).not.toEqual(numbers.parameters.subarray(stride));
    expect((await readClocks(state)).map(({ nonFiniteStep }) => nonFiniteStep)).toEqual([1, FINITE]);
    state.destroy();
  });
});
