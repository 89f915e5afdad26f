/** The plain loops are right: they agree with the float64 reference step by step. And so is the judge that says so. */

import { describe, expect, it } from "vitest";
import { BatchDrawer } from "../../src/bench/batches.ts";
import { openPlain } from "../../src/bench/engines/plain.ts";
import { createJudge, LIMITS } from "../../src/bench/judge.ts";
import { plainNet } from "../../src/bench/plainNet.ts";
import {
  populationOf,
  type TrainingWorkload,
  WORKLOAD_NAMES,
  WORKLOADS,
  type Workload,
} from "../../src/bench/workload.ts";
import { initialParameters } from "../../src/model/initialization.ts";
import { perceptron } from "../../src/model/perceptron.ts";
import { traceModel } from "../../src/model/trace.ts";
import { ReferencePopulation } from "../../src/reference/population.ts";
import { expectClose, TOLERANCES } from "../tolerances.ts";

const LINE = WORKLOADS.line.workload as TrainingWorkload;
const SMALL: Readonly<Record<string, TrainingWorkload>> = {
  line: LINE,
  moons: { ...LINE, data: "moons", net: { hidden: 33 }, seeds: 2 },
  "mini-batches": { ...LINE, data: "moons", net: { hidden: 5 }, batch: 7, alphas: [1, 32] },
};

/** The workload's outputs of `steps` steps of the engine `plain`. */
async function plainOutput(workload: Workload, steps: number) {
  const task = await (await openPlain()).start(workload);
  task.prepare(steps);
  await task.run(steps);
  return task.output();
}

describe.each(Object.entries(SMALL))("%s", (_, workload) => {
  it("draws the samples that the reference draws", () => {
    const population = populationOf(workload);
    const reference = new ReferencePopulation(population);
    const B = population.batchSize;
    for (const [step, batch] of new BatchDrawer(population).draw(3).entries()) {
      population.runs.forEach((_run, r) => {
        for (const [b, sample] of reference.samples(r, step).entries()) {
          expect(batch.first[r * B + b]).toBe(sample.first);
          expect(batch.partners[r * B + b]).toBe(sample.partner);
          expect(batch.lambdas[r]).toBe(sample.featureLambda);
        }
      });
    }
  });

  it("trains as the reference does", async () => {
    const reference = new ReferencePopulation(populationOf(workload));
    reference.advance(10);
    const parameters = await plainOutput(workload, 10);
    expectClose(TOLERANCES.plainTraining, parameters, reference.parameters, () => 1e-3);
  });
});

it("gives the loss before the step", () => {
  const population = populationOf(LINE);
  const { data, model } = population;
  const net = plainNet(perceptron(model)!.sizes, 1e-3, initialParameters(model, 0));
  const own = Int32Array.of(0, 1, 2);
  const loss = net.step(data.points, data.targets, 1, own, own, 0, 3);
  expect(loss).toBeCloseTo(new ReferencePopulation(population).evaluate(0).loss, 6);
});

describe("the judge", () => {
  const wrongs: [string, Partial<TrainingWorkload>][] = [
    ["one step too few", {}],
    ["another law", { alphas: [32] }],
    ["ERM", { alphas: [0] }],
  ];

  it.each(Object.entries(SMALL))("finds plain loops right on %s", async (_, workload) => {
    const judge = await createJudge(workload);
    const { loss, expected, error, correct } = judge(await plainOutput(workload, workload.checkSteps));
    expect(error).toBe(Math.abs(loss - expected) / expected);
    expect(error).toBeLessThan(LIMITS.training / 10);
    expect(correct).toBe(true);
  });

  it.each(wrongs)("finds %s wrong, by ten times the limit", async (name, change) => {
    for (const workload of [SMALL.line, SMALL.moons]) {
      const judge = await createJudge(workload);
      const steps = workload.checkSteps - (name === "one step too few" ? 1 : 0);
      const { error, correct } = judge(await plainOutput({ ...workload, ...change }, steps));
      expect(error).toBeGreaterThan(10 * LIMITS.training);
      expect(correct).toBe(false);
    }
  });

  it("finds NaN wrong, and refuses what has another size", async () => {
    const judge = await createJudge(LINE);
    const output = await plainOutput(LINE, LINE.checkSteps);
    output[3] = Number.NaN;
    expect(judge(output).correct).toBe(false);
    expect(() => judge(output.subarray(1))).toThrow("parameters instead of");
  });

  it("judges distances and the classifier", async () => {
    const pairwise = { kind: "pairwise", points: 40, dimensions: 9 } as const;
    const distances = await plainOutput(pairwise, 1);
    expect((await createJudge(pairwise))(distances)).toMatchObject({ correct: true });
    distances[17] *= 1.001;
    expect((await createJudge(pairwise))(distances)).toMatchObject({ correct: false });

    const classifier = { kind: "classifier", points: 20, alpha: 8, epsilon: 0.2, resolution: 9 } as const;
    const probabilities = (await plainOutput(classifier, 1)).slice();
    const judged = (await createJudge(classifier))(probabilities);
    expect(judged).toMatchObject({ correct: true, error: 0 });
    expect(judged.loss).toBe(judged.expected);
    const at = probabilities.findIndex((p) => p > 0.1 && p < 0.9);
    probabilities[at] += 0.001;
    expect((await createJudge(classifier))(probabilities)).toMatchObject({ correct: false });
  });
});

it("has workloads of the sizes that their names promise", () => {
  const shapes = WORKLOAD_NAMES.flatMap((name) => {
    const { workload } = WORKLOADS[name];
    if (workload.kind !== "training") return [];
    const { model, batchSize, runs } = populationOf(workload);
    const { shapes, parameters } = traceModel(model);
    const sizes = perceptron(model)?.sizes ?? [shapes[0].join(" x "), parameters.size, shapes.at(-1)];
    return [[name, sizes.join("-"), batchSize, runs.length]];
  });
  expect(shapes).toEqual([
    ["line", "1-512-2", 3, 1],
    ["line-x40", "1-512-2", 3, 40],
    ["moons", "2-500-2", 300, 1],
    ["moons-x10", "2-500-2", 300, 10],
    ["mlp-784", "784-512-10", 128, 1],
    ["conv-28", "1 x 28 x 28-67530-10", 64, 1],
    ["resnet18-32", "3 x 32 x 32-11173962-10", 1, 1],
  ]);
});
