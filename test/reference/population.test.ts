/**
 * Populations in float64: what a step is, that runs are independent, what a run that diverges does, and the
 * paper's case.
 */

import { describe, expect, it } from "vitest";
import { classDataset, regressionDataset } from "../../src/data/dataset.ts";
import { alternatingLine } from "../../src/data/lines.ts";
import { beta } from "../../src/mixing/laws.ts";
import { erm, mixup } from "../../src/mixing/mixing.ts";
import { linear, mlp } from "../../src/model/nets.ts";
import { adam, adamw, type Optimizer, sgd } from "../../src/model/optimizer.ts";
import { resolvePopulation } from "../../src/population/config.ts";
import { modelTargets } from "../../src/population/fits.ts";
import { range } from "../../src/population/grid.ts";
import type { PopulationConfig } from "../../src/population/population.ts";
import { batchGradients } from "../../src/reference/batch.ts";
import { applyOptimizer } from "../../src/reference/optimizer.ts";
import { NEVER, ReferencePopulation } from "../../src/reference/population.ts";

const LINE = alternatingLine({ points: 3, classes: 2 });

function population(config: Partial<PopulationConfig> & Pick<PopulationConfig, "runs">): ReferencePopulation {
  return new ReferencePopulation(
    resolvePopulation({ data: LINE, model: mlp([1, 8, 2]), optimizer: adam(), steps: 100, ...config }),
  );
}

/** The parameters of a net that keeps no state. */
const stateless = (parameters: Float64Array) => ({ parameters, state: new Float64Array(0) });

const parametersOf = (trained: ReferencePopulation, r: number) =>
  trained.parameters.slice(r * trained.parameterCount, (r + 1) * trained.parameterCount);

describe("the paper's failure case", () => {
  it("ERM gets all three points of the line right within 50 steps", () => {
    const model = mlp([1, 512, 2]);
    const trained = population({ model, runs: range(5).map((seed) => ({ seed, mixing: erm() })) });
    trained.advance(50);
    for (const r of range(5)) expect(trained.evaluate(r).error, `seed ${r}`).toBe(0);
  });

  it("Mixup with alpha = 128 gets the middle one wrong", () => {
    const model = mlp([1, 512, 2]);
    const trained = population({
      model,
      steps: 1000,
      probePoints: [0, 1, 2],
      runs: range(3).map((seed) => ({ seed, mixing: mixup(beta(128)) })),
    });
    trained.advance(1000);
    const middle = range(3).map((r) => trained.evaluate(r).probabilities[2]);
    const errors = range(3).map((r) => trained.evaluate(r).error);
    // The mean over runs is .65 with a standard deviation of .05; chance fluctuations of one lambda a batch
    // flip a run.
    expect(middle.reduce((a, b) => a + b) / 3).toBeGreaterThan(0.5);
    expect(errors.filter((error) => error === 1 / 3).length).toBeGreaterThanOrEqual(2);
  });
});

describe("a step", () => {
  const config = {
    batch: 2,
    runs: [
      {
        seed: 5,
        mixing: mixup(beta(0.5), { granularity: "sample" as const }),
        optimizer: adamw({ weightDecay: 0.1 }),
      },
    ],
  };

  it("is sampling, gradients and update, put together by hand", () => {
    const trained = population(config);
    const byHand = parametersOf(trained, 0);
    const moments = trained.moments.map(() => new Float64Array(byHand.length));
    const { data, model, loss, runs } = trained.population;
    let lossSum = 0;
    for (let step = 0; step < 20; step++) {
      const batch = { points: data.points, targets: data.targets, samples: trained.samples(0, step) };
      const result = batchGradients(model, loss, stateless(byHand), batch);
      lossSum += result.loss;
      applyOptimizer(runs[0].optimizer, step, byHand, result.gradients, moments);
    }
    trained.advance(20);
    expect(trained.step).toBe(20);
    expect(parametersOf(trained, 0)).toEqual(byHand);
    expect(trained.moments).toEqual(moments);
    expect(trained.lossSums[0]).toBe(lossSum);
  });

  it("of a run that never clears its gradients uses the sum of all batches' gradients so far", () => {
    const optimizer = sgd({ learningRate: 0.01, momentum: 0.5, gradients: "accumulated" });
    const trained = population({ ...config, runs: [{ ...config.runs[0], optimizer }] });
    const { data, model, loss } = trained.population;
    const byHand = parametersOf(trained, 0);
    const [velocity, sums] = [new Float64Array(byHand.length), new Float64Array(byHand.length)];
    for (let step = 0; step < 20; step++) {
      const batch = { points: data.points, targets: data.targets, samples: trained.samples(0, step) };
      const { gradients } = batchGradients(model, loss, stateless(byHand), batch);
      for (let p = 0; p < byHand.length; p++) {
        sums[p] += gradients[p];
        velocity[p] = 0.5 * velocity[p] + sums[p];
        byHand[p] -= 0.01 * velocity[p];
      }
    }
    trained.advance(20);
    expect(parametersOf(trained, 0)).toEqual(byHand);
    expect(trained.moments).toEqual([velocity]);
    expect(trained.gradientSums).toEqual(sums);
  });

  it("can be made with an explicit batch", () => {
    const [drawn, explicit] = [population(config), population(config)];
    for (let step = 0; step < 5; step++) {
      const samples = explicit.samples(0, step);
      explicit.applyBatch(0, { points: LINE.points, targets: LINE.targets, samples });
      explicit.step++;
    }
    drawn.advance(5);
    expect(explicit.parameters).toEqual(drawn.parameters);
    expect(explicit.lossSums).toEqual(drawn.lossSums);
  });
});

describe("runs", () => {
  const runs = [
    { seed: 1, mixing: erm() },
    { seed: 2, mixing: mixup(beta(32)), optimizer: adam({ learningRate: 0.01 }) },
    { seed: 1, mixing: mixup(beta(1), { pairing: "permutation", granularity: "sample" }) },
  ];

  it("are what they would be alone, and in any order", () => {
    const together = population({ runs });
    const reversed = population({ runs: runs.toReversed() });
    together.advance(30);
    reversed.advance(30);
    runs.forEach((run, r) => {
      const alone = population({ runs: [run] });
      alone.advance(30);
      expect(parametersOf(together, r)).toEqual(parametersOf(alone, 0));
      expect(parametersOf(reversed, 2 - r)).toEqual(parametersOf(alone, 0));
      expect(together.lossSums[r]).toBe(alone.lossSums[0]);
      expect(together.evaluate(r)).toEqual(alone.evaluate(0));
    });
  });

  it("do not depend on how the steps were divided or whether one looked", () => {
    const [once, parts] = [population({ runs }), population({ runs })];
    once.advance(30);
    for (const steps of [1, 2, 7, 20]) {
      parts.advance(steps);
      parts.evaluate(0);
    }
    expect(parts.parameters).toEqual(once.parameters);
    expect(parts.step).toBe(30);
  });

  it("start from the same weights if they share a seed", () => {
    const start = population({ runs });
    expect(parametersOf(start, 0)).toEqual(parametersOf(start, 2));
    expect(parametersOf(start, 0)).not.toEqual(parametersOf(start, 1));
  });

  it("keep as many moments as the one that needs most, and SGD without momentum ignores its velocity", () => {
    const [plain, heavy] = [sgd({ learningRate: 0.1 }), sgd({ learningRate: 0.1, momentum: 0.9 })];
    const of = (optimizers: Optimizer[]) =>
      population({ runs: optimizers.map((optimizer) => ({ seed: 3, mixing: erm(), optimizer })) });
    const [both, alone] = [of([plain, heavy]), of([plain])];
    expect([both.moments.length, alone.moments.length]).toEqual([1, 0]);
    both.advance(10);
    alone.advance(10);
    expect(parametersOf(both, 0)).toEqual(parametersOf(alone, 0));
    expect(parametersOf(both, 1)).not.toEqual(parametersOf(alone, 0));
  });

  it("that clear their gradients train beside runs that don't, as they would alone", () => {
    const clears = { seed: 3, mixing: erm(), optimizer: sgd({ learningRate: 0.1 }) };
    const keeps = { ...clears, optimizer: sgd({ learningRate: 0.1, gradients: "accumulated" }) };
    const [both, alone] = [population({ runs: [clears, keeps] }), population({ runs: [clears] })];
    both.advance(10);
    alone.advance(10);
    expect(parametersOf(both, 0)).toEqual(parametersOf(alone, 0));
    expect(parametersOf(both, 1)).not.toEqual(parametersOf(alone, 0));
    expect(both.gradientSums!.subarray(0, both.parameterCount).every((sum) => sum === 0)).toBe(true);
    expect(both.gradientSums!.some((sum) => sum !== 0)).toBe(true);
    expect(alone.gradientSums).toBeUndefined();
  });
});

describe("a run that diverges", () => {
  // Squared error with a far too large learning rate: parameters grow by a factor a step until 32 bits don't
  // hold them.
  const data = regressionDataset({ points: [1, 2, 3], targets: [1, 0, 2], dimensions: 1, outputs: 1 });
  const calm = { seed: 1, mixing: erm(), optimizer: sgd({ learningRate: 0.01 }) };
  const wild = { seed: 1, mixing: erm(), optimizer: sgd({ learningRate: 1e3 }) };
  const of = (runs: PopulationConfig["runs"]) => population({ data, model: linear(1, 1), runs });

  it("is frozen at its last finite parameters, and its neighbours are not touched", () => {
    const [mixed, alone] = [of([calm, wild, calm]), of([calm])];
    mixed.advance(50);
    alone.advance(50);
    expect(mixed.failureSteps[0]).toBe(NEVER);
    expect(mixed.failureSteps[1]).toBeLessThan(50);
    for (const r of [0, 2]) expect(parametersOf(mixed, r)).toEqual(parametersOf(alone, 0));

    const failure = mixed.failureSteps[1];
    const until = of([wild]);
    until.advance(failure);
    expect(parametersOf(mixed, 1)).toEqual(parametersOf(until, 0));
    expect(until.parameters.every((value) => Number.isFinite(Math.fround(value)))).toBe(true);
    expect(mixed.lossSums[1]).toBe(until.lossSums[0]);
    // The failure is a loss: squares leave the range long before parameters do.
    expect(until.failureSteps[0]).toBe(NEVER);
    until.advance(1);
    expect(until.failureSteps[0]).toBe(failure);
    const { loss, probabilities } = mixed.evaluate(1);
    expect(Number.isFinite(Math.fround(loss))).toBe(false);
    expect(probabilities.length).toBe(0);
  });

  it("by its update fails at the step after, keeps the old value of that parameter and updates the others", () => {
    // With softmax cross-entropy the gradient is bounded: only the learning rate makes the update too large.
    const optimizer = sgd({ learningRate: 3e38 });
    const far = classDataset({ points: [0, 8, 0, 0, 9, 0], labels: [0, 1, 0], dimensions: 2 });
    const trained = population({
      data: far,
      model: linear(2, 2),
      runs: [{ seed: 2, mixing: erm(), optimizer }],
    });
    const before = parametersOf(trained, 0);
    const { data: points, model, loss } = trained.population;
    const batch = { points: points.points, targets: points.targets, samples: trained.samples(0, 0) };
    const { gradients } = batchGradients(model, loss, stateless(before), batch);
    trained.advance(1);
    expect(trained.failureSteps[0]).toBe(1);
    const kept = before.map((value, p) => {
      const next = value - 3e38 * gradients[p];
      return Number.isFinite(Math.fround(next)) ? next : value;
    });
    expect(parametersOf(trained, 0)).toEqual(kept);
    expect(kept.some((value, p) => value === before[p])).toBe(true);
    expect(kept.some((value, p) => value !== before[p])).toBe(true);
    expect(trained.lossSums[0]).toBeGreaterThan(0);
    const sum = trained.lossSums[0];
    trained.advance(3);
    expect(parametersOf(trained, 0)).toEqual(kept);
    expect(trained.failureSteps[0]).toBe(1);
    expect(trained.lossSums[0]).toBe(sum);
    expect(trained.step).toBe(4);
  });

  it("is seen at the logits too, where the loss is still finite", () => {
    const trained = population({ runs: [1, 1].map((seed) => ({ seed, mixing: erm() })) });
    trained.advance(3);
    // Run 0's last layer, 2 x 8 weights and 2 biases: both logits are the same, too large number, with loss
    // log 2.
    trained.parameters.fill(3e38, trained.parameterCount - 18, trained.parameterCount);
    const before = parametersOf(trained, 0);
    trained.advance(2);
    expect([...trained.failureSteps]).toEqual([3, NEVER]);
    expect(parametersOf(trained, 0)).toEqual(before);
  });
});

describe("evaluation", () => {
  /** A population whose only run has these parameters. */
  function withParameters(config: Partial<PopulationConfig>, parameters: number[]): ReferencePopulation {
    const trained = population({ runs: [{ seed: 0, mixing: erm() }], ...config });
    trained.parameters.set(parameters);
    return trained;
  }

  it("counts the first largest logit, softmax", () => {
    // Logits (0, x - 1): ties at x = 1 go to class 0, so point 1 (class 1) is wrong, and so is point 2 (class
    // 0).
    const trained = withParameters({ model: linear(1, 2), probePoints: [1, 3] }, [0, 1, 0, -1]);
    const { error, loss, probabilities } = trained.evaluate(0);
    expect(error).toBe(2 / 3);
    const losses = [Math.log1p(Math.exp(-1)), Math.log(2), Math.log1p(Math.exp(1))];
    expect(loss).toBeCloseTo((losses[0] + losses[1] + losses[2]) / 3, 15);
    const p = 1 / (1 + Math.exp(-2));
    [0.5, 0.5, 1 - p, p].forEach((expected, i) => {
      expect(probabilities[i]).toBeCloseTo(expected, 15);
    });
  });

  it("takes one logistic output for two classes: above 0 is class 1", () => {
    const trained = withParameters({ model: linear(1, 1), loss: "logistic", probePoints: [1, 2] }, [1, -1]);
    // Logits -1, 0, 1 for classes 0, 1, 0: the last two are wrong.
    expect(trained.evaluate(0).error).toBe(2 / 3);
    expect(trained.evaluate(0).probabilities[0]).toBe(0.5);
    expect([...modelTargets("logistic", 1, LINE)]).toEqual([0, 1, 0]);
    expect(trained.evaluate(0).loss).toBeCloseTo(
      (Math.log1p(Math.exp(-1)) + Math.log(2) + Math.log1p(Math.E)) / 3,
      15,
    );
  });

  it("has no error for regression, and raw outputs as probabilities", () => {
    const data = regressionDataset({ points: [1, 2], targets: [3, 5], dimensions: 1, outputs: 1 });
    const trained = withParameters({ data, model: linear(1, 1), probePoints: [10] }, [2, 0]);
    expect(trained.evaluate(0)).toEqual({ error: undefined, loss: 1, probabilities: Float64Array.of(20) });
  });

  it("uses evaluation data of another size, over several chunks", () => {
    const points = Array.from({ length: 700 }, (_, i) => i / 100);
    const labels = points.map((x) => Number(x > 3));
    const evaluationData = classDataset({ points, labels, dimensions: 1 });
    const trained = withParameters(
      { model: linear(1, 2), evaluationData, probePoints: points.slice(0, 600) },
      [0, 1, 0, -5],
    );
    const { error, loss, probabilities } = trained.evaluate(0);
    // Points in (3, 5] are class 1 and predicted 0.
    expect(error).toBe(labels.filter((label, i) => label === 1 && points[i] <= 5).length / 700);
    const expected = points.map((x, i) =>
      Math.log1p(Math.exp(labels[i] === 1 ? 5 - Math.fround(x) : Math.fround(x) - 5)),
    );
    expect(loss).toBeCloseTo(expected.reduce((a, b) => a + b) / 700, 12);
    expect(probabilities.length).toBe(1200);
    expect(probabilities[2 * 599 + 1]).toBeCloseTo(1 / (1 + Math.exp(5 - 5.99)), 6);
  });

  it("changes nothing", () => {
    const trained = population({ runs: [{ seed: 1, mixing: erm() }] });
    const before = trained.parameters.slice();
    expect(trained.evaluate(0)).toEqual(trained.evaluate(0));
    expect(trained.parameters).toEqual(before);
  });
});
