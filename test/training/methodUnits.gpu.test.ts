/**
 * Unit values of the related methods (`fixtures/methods/pieces.json`, float64, checked by other code): lambdas of labels of their
 * own, smoothing, self-distilled labels, an unmixed batch, averages, quadratic and polynomial patches, regression. On both backends.
 */

import { describe, expect, it } from "vitest";
import {
  activationLayer,
  type Batch,
  classDataset,
  conv2d,
  type Device,
  dense,
  erm,
  globalAveragePool,
  gradients,
  type Layer,
  type Loss,
  linear,
  type Model,
  mlp,
  type NamedTensors,
  openDevice,
  openPopulation,
  polynomialRelu,
  range,
  sequential,
  sgd,
  square,
} from "../../src/index.ts";
import { BatchPass } from "../../src/reference/batch.ts";
import UNITS from "../fixtures/methods/pieces.json";
import { testDevice } from "../kernels/harness.ts";

type Nested = number | readonly Nested[];

const flat = (nested: Nested): number[] => (typeof nested === "number" ? [nested] : nested.flatMap(flat));

function shapeOf(nested: Nested): number[] {
  return typeof nested === "number" ? [] : [nested.length, ...shapeOf(nested[0])];
}

const tensor = (nested: Nested) => ({ shape: shapeOf(nested), data: Float64Array.from(flat(nested)) });

function named(tensors: Readonly<Record<string, Nested>>): NamedTensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, values]) => [name, tensor(values)]));
}

/** Of a tensor's largest value. */
const BACKENDS: [string, () => Promise<Device>, number][] = [
  ["cpu", () => openDevice({ backend: "cpu" }), 1e-10],
  ["gpu", testDevice, 2e-5],
];

describe.each(BACKENDS)("on the %s", (_, open, tolerance) => {
  function expectNear(
    actual: ArrayLike<number>,
    expected: readonly number[],
    what: string,
    limit = tolerance,
  ): void {
    expect(actual.length).toBe(expected.length);
    const largest = Math.max(...expected.map(Math.abs));
    expected.forEach((value, i) => {
      expect(Math.abs(actual[i] - value) / largest, `${what}[${i}]`).toBeLessThan(limit);
    });
  }

  async function expectUnit(
    net: { model: Model; parameters: NamedTensors; loss?: Loss },
    batch: Batch,
    expected: { loss: number; gradients: Readonly<Record<string, Nested>> },
  ) {
    const result = await gradients(await open(), { ...net, batch });
    expectNear([result.loss], [expected.loss], "loss");
    for (const [name, values] of Object.entries(expected.gradients))
      expectNear(result.gradients[name].data, flat(values), name);
    return result;
  }

  /** Loss and its derivative by the logits, row by row: a net that has nothing but a bias. */
  async function expectRows(
    logits: readonly (readonly number[])[],
    targets: readonly (readonly number[])[],
    { loss, gradient }: { loss: number; gradient: readonly (readonly number[])[] },
    labelSmoothing = 0,
  ) {
    const C = logits[0].length;
    const device = await open();
    let sum = 0;
    for (const [b, row] of logits.entries()) {
      const parameters = {
        "layers.0.weight": { shape: [C, 1], data: new Float64Array(C) },
        "layers.0.bias": { shape: [C], data: Float64Array.from(row) },
      };
      const batch = { points: [0], targets: targets[b], labelSmoothing };
      const result = await gradients(device, { model: linear(1, C), parameters, batch });
      sum += result.loss;
      expectNear(
        result.gradients["layers.0.bias"].data,
        gradient[b].map((value) => value * logits.length),
        `row ${b}`,
      );
    }
    expectNear([sum / logits.length], [loss], "loss");
  }

  const oneHot = (label: number, C: number) => range(C).map((c) => Number(c === label));
  const { decoupled } = UNITS;
  const small = { model: mlp([3, 6, 3], { activation: "tanh" }), parameters: named(decoupled.parameters) };

  it("lambdas of labels of their own", async () => {
    await expectUnit(
      small,
      {
        points: flat(decoupled.x),
        labels: decoupled.y,
        first: decoupled.first,
        partners: decoupled.partner,
        lambdas: decoupled.featureLambda,
        labelLambdas: decoupled.labelLambda,
      },
      decoupled,
    );
  });

  it("an unmixed batch along with the mixed one", async () => {
    const { eta } = UNITS.cleanShare;
    const { first, partner, featureLambda } = decoupled;
    // Five unmixed points and eight mixed ones, each with a mean of its own: the divisor is all thirteen.
    const clean = range(decoupled.x.length);
    const B = clean.length + first.length;
    await expectUnit(
      small,
      {
        points: flat(decoupled.x),
        labels: decoupled.y,
        first: [...clean, ...first],
        partners: [...clean, ...partner],
        lambdas: [...clean.map(() => 1), ...featureLambda],
        weights: [...clean.map(() => B / clean.length), ...first.map(() => (eta * B) / first.length)],
      },
      UNITS.cleanShare,
    );
  });

  it.each(UNITS.smoothing.cases)("smoothing $smoothing", async ({ smoothing, ...expected }) => {
    const { logits, labels } = UNITS.smoothing;
    const hard = labels.map((label) => oneHot(label, 5));
    await expectRows(logits, hard, expected, smoothing);
    // As they are given, too: 1 - d + d / K for the class, d / K for the others.
    await expectRows(logits, expected.targets, expected);
  });

  it.each(UNITS.selfDistilled.cases)("self-distilled labels, share $share", async (unit) => {
    const { labels, predictions, first, partner, lambdas, logits } = UNITS.selfDistilled;
    await expectRows(logits, unit.mixed, unit);
    // A net that has these predictions at its six points, so that what comes of them can be looked at.
    const C = predictions[0].length;
    const N = predictions.length;
    const pass = new BatchPass(linear(N, C, { bias: false }), "softmax-cross-entropy", N);
    const points = range(N).flatMap((n) => oneHot(n, N));
    const targets = labels.flatMap((label) => oneHot(label, C));
    const samples = range(N).map((b) => ({
      first: first[b],
      partner: partner[b],
      featureLambda: lambdas[b],
      labelLambda: lambdas[b],
    }));
    pass.selfDistillation = unit.share;
    samples.forEach((sample, b) => {
      pass.mix(b, sample, points, targets);
    });
    const weights = range(C).flatMap((c) => predictions.map((row) => Math.log(row[c])));
    pass.distill(samples, points, Float64Array.from(weights), new Float64Array(0));
    expectNear(pass.targets, flat(unit.mixed), "mixed labels");
  });

  it("regression with two lambdas and weights", async () => {
    const unit = UNITS.regressionMixup;
    const { sampleLosses } = await expectUnit(
      { model: mlp([2, 4, 2]), parameters: named(unit.parameters), loss: "squared-error" },
      {
        points: flat(unit.x),
        targets: flat(unit.y),
        partners: unit.partner,
        lambdas: unit.featureLambda,
        labelLambdas: unit.labelLambda,
        weights: unit.weights,
      },
      unit,
    );
    expectNear(sampleLosses, unit.perSample, "losses");
  });

  it("averages of nets, with and without weights", async () => {
    const { nets, losses, averageLoss, weights, weightedLoss } = UNITS.averaging;
    const data = classDataset({ points: flat(decoupled.x), labels: decoupled.y, dimensions: 3 });
    const handle = openPopulation(await open(), {
      data,
      model: small.model,
      optimizer: sgd(),
      runs: nets.map((net, seed) => ({ seed, mixing: erm(), parameters: named(net) })),
    });
    // Points and parameters are 32-bit numbers in a population, on either backend.
    const rounded = Math.max(tolerance, 1e-7);
    const own = await handle.evaluate();
    expectNear(
      own.map(({ loss }) => loss),
      losses,
      "losses",
      rounded,
    );
    const all = range(nets.length);
    await handle.average([all, all], [all.map(() => 1), weights.map((weight) => 4 * weight)]);
    const merged = await handle.evaluate();
    expectNear(
      merged.map(({ loss }) => loss),
      [averageLoss, weightedLoss],
      "losses of averages",
      rounded,
    );
    handle.destroy();
  });

  /** F_k(x) = sum over filters and patches of an activation of <w_kr, x_p>: filters `[C, m, d]`, patches `[P, d]`. */
  async function expectPatches(
    activation: Layer,
    unit: { points: Nested; labels: number[]; partner: number[]; filters: Nested; logits: number[][] },
    lambdas: Pick<Batch, "lambdas" | "labelLambdas">,
    expected: { loss: number; gradient: Nested },
  ) {
    const [, P, d] = shapeOf(unit.points);
    const [C, m] = shapeOf(unit.filters);
    const model = sequential(
      [1, P, d],
      [
        conv2d(C * m, { kernel: [1, d], bias: false, name: "filters" }),
        activation,
        globalAveragePool(),
        dense(C, { bias: false, name: "sum" }),
      ],
    );
    // A mean over places times their number is a sum; each class adds up its own filters.
    const sum = range(C).flatMap((c) => range(C * m).map((f) => (Math.floor(f / m) === c ? P : 0)));
    const parameters = {
      "filters.weight": { shape: [C * m, 1, 1, d], data: Float64Array.from(flat(unit.filters)) },
      "sum.weight": { shape: [C, C * m], data: Float64Array.from(sum) },
    };
    const { labels, partner } = unit;
    const batch = { points: flat(unit.points), partners: partner, ...lambdas };
    const targets = labels.flatMap((label) => oneHot(label, C));
    await expectUnit(
      { model, parameters },
      { ...batch, targets },
      {
        loss: expected.loss,
        gradients: { "filters.weight": expected.gradient },
      },
    );
  }

  it("quadratic patches", async () => {
    const unit = UNITS.quadraticPatches;
    await expectPatches(
      square(),
      unit,
      { lambdas: unit.featureLambda, labelLambdas: unit.labelLambda },
      unit,
    );
  });

  it("polynomial patches at midpoints, and the polynomial itself", async () => {
    const unit = UNITS.midpointNet;
    const { degree, rho } = unit;
    await expectPatches(polynomialRelu({ degree, threshold: rho }), unit, { lambdas: 0.5 }, unit);
    for (const { degree, rho, value, slope } of UNITS.polynomialRelu.cases) {
      const { z } = UNITS.polynomialRelu;
      const layer = activationLayer("polynomial-relu", { degree, threshold: rho });
      const model = sequential([1], [layer, dense(1, { bias: false, name: "out" })]);
      const parameters = { "out.weight": { shape: [1, 1], data: Float64Array.of(1) } };
      for (const [i, point] of z.entries()) {
        const batch = { points: [point], targets: [0] };
        const { loss } = await gradients(await open(), { model, parameters, loss: "squared-error", batch });
        expect(Math.abs(Math.sqrt(loss) - value[i])).toBeLessThan(tolerance * 2);
        expect(slope[i]).toBeGreaterThanOrEqual(0);
      }
    }
  });
});
