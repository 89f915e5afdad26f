/** Trainings by the resident executor's kernels, dispatched by hand, for their tests: against float64, and bit by bit. */

import { expect } from "vitest";
import { classDataset, type Dataset } from "../../src/data/dataset.ts";
import { FINITE, METRICS_PER_RUN } from "../../src/kernels/population.ts";
import { residentGrid } from "../../src/kernels/step/resident.ts";
import { beta, constantLambda } from "../../src/mixing/laws.ts";
import { erm, mixup } from "../../src/mixing/mixing.ts";
import { parameterLayout } from "../../src/model/layout.ts";
import { resolvePopulation } from "../../src/population/config.ts";
import { evaluationStep, evaluationsDone, type PopulationConfig } from "../../src/population/population.ts";
import { ReferencePopulation } from "../../src/reference/population.ts";
import { type Plan, type PlanLimits, planTraining } from "../../src/training/gpu/plan.ts";
import { residentKernelOf } from "../../src/training/gpu/residentExecutor.ts";
import { PopulationState } from "../../src/training/gpu/state.ts";
import { planLimits } from "../../src/training/planLimits.ts";
import { expectClose, TOLERANCES } from "../tolerances.ts";
import { type RunClock, randomNumbers, readClocks, runKernel, testDevice } from "./harness.ts";

/** What a shape is chosen by. */
export type Variant = Pick<PlanLimits, "isFallback" | "subgroups">;

/** What some steps left behind. Rows of a run are `parameterStride` long. */
export interface Trained {
  readonly plan: Plan;
  readonly parameters: Float32Array;
  readonly moments: Float32Array;
  readonly metrics: Uint32Array;
  readonly clocks: readonly RunClock[];
}

/** Trains a config in dispatches of so many steps each; `alter` may change the first parameters. */
export async function trainResident(
  config: PopulationConfig,
  {
    variant,
    dispatches = [config.steps],
    alter = () => {},
  }: {
    variant: Variant;
    dispatches?: readonly number[];
    alter?: (parameters: Float32Array, stride: number) => void;
  },
): Promise<Trained> {
  const device = await testDevice();
  const population = resolvePopulation(config);
  const limits = { ...planLimits(device), ...variant };
  const plan = planTraining(population, limits, "resident");
  const state = await PopulationState.create(device, population, plan);
  const { kernel, specialization } = residentKernelOf(population, plan);
  const snapshot = await state.snapshot();
  let { parameters, moments } = snapshot as { parameters: Float32Array; moments: Float32Array };
  alter(parameters, plan.parameterStride);
  let metrics = new Uint32Array(evaluationsDone(population, population.steps) * plan.metricsStride);
  let firstStep = 0;
  for (const steps of dispatches) {
    // Evaluation 0 is at the start of `metrics` for all dispatches: they write behind each other.
    const submit = Uint32Array.of(firstStep, steps, 0, 0);
    const results = await runKernel(
      kernel,
      specialization,
      residentGrid(population.runs.length),
      [{ uniform: submit }, { write: parameters }, { write: moments }, { write: metrics }],
      state,
    );
    parameters = new Float32Array(results[1]);
    moments = new Float32Array(results[2]);
    metrics = new Uint32Array(results[3]);
    firstStep += steps;
  }
  const clocks = await readClocks(state);
  state.destroy();
  return { plan, parameters, moments, metrics, clocks };
}

/** Row r of `[.., stride]`. */
export function row(all: Float32Array, r: number, stride: number): Float32Array {
  return all.subarray(r * stride, (r + 1) * stride);
}

/** Trains on both, and compares all there is. */
export async function expectParity(config: PopulationConfig, variant: Variant): Promise<Plan> {
  const actual = await trainResident(config, { variant });
  const population = resolvePopulation(config);
  const reference = new ReferencePopulation(population);
  const { size } = parameterLayout(population.model);
  const R = population.runs.length;
  const stride = actual.parameters.length / R;
  const words = actual.metrics;
  const reals = new Float32Array(words.buffer);
  const evaluations = evaluationsDone(population, population.steps);
  const entrySize = words.length / evaluations;
  for (let e = 0; e < evaluations; e++) {
    const done = evaluationStep(population, e);
    const steps = done - reference.step;
    reference.lossSums.fill(0);
    reference.advance(steps);
    const probabilityCount = entrySize / R - METRICS_PER_RUN;
    for (let r = 0; r < R; r++) {
      const what = `run ${r} after ${done} steps`;
      const expected = reference.evaluate(r);
      const at = e * entrySize + r * METRICS_PER_RUN;
      if (expected.error !== undefined) {
        expect(words[at], `${what}: errors`).toBe(
          Math.round(expected.error * population.evaluationData.size),
        );
      }
      const losses = [expected.loss, reference.lossSums[r] / steps];
      expectClose(
        TOLERANCES.trainedLoss,
        reals.subarray(at + 1, at + 3),
        losses,
        (i) => losses[i],
        `${what}: losses`,
      );
      expect(words[at + 3], `${what}: non-finite step`).toBe(FINITE);
      const start = e * entrySize + R * METRICS_PER_RUN + r * probabilityCount;
      const probabilities = reals.subarray(start, start + probabilityCount);
      expectClose(
        TOLERANCES.trained,
        probabilities,
        expected.probabilities,
        undefined,
        `${what}: probabilities`,
      );
    }
  }
  for (let r = 0; r < R; r++) {
    const expected = reference.parameters.subarray(r * size, (r + 1) * size);
    expectClose(
      TOLERANCES.trained,
      row(actual.parameters, r, stride).subarray(0, size),
      expected,
      undefined,
      `run ${r}: parameters`,
    );
    const padding = row(actual.parameters, r, stride).subarray(size);
    expect(padding.every((value) => value === 0)).toBe(true);
    const { moments, gradientSums } = reference;
    const kept = gradientSums === undefined ? moments : [...moments, gradientSums];
    kept.forEach((moment, m) => {
      const computed = row(actual.moments, m * R + r, stride).subarray(0, size);
      const run = moment.subarray(r * size, (r + 1) * size);
      const largest = run.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
      expectClose(TOLERANCES.trained, computed, run, () => largest, `run ${r}: moment ${m}`);
    });
    const { step, nonFiniteStep, correction1, correction2, lossSum, lossCount } = actual.clocks[r];
    expect([step, nonFiniteStep, lossSum, lossCount]).toEqual([population.steps, FINITE, 0, 0]);
    const { beta1, beta2 } = population.runs[r].optimizer;
    const corrections = [1 - beta1 ** step, 1 - beta2 ** step];
    expectClose(
      TOLERANCES.correction,
      [correction1, correction2],
      corrections,
      (i) => corrections[i],
      "corrections",
    );
  }
  return actual.plan;
}

/** Random points of so many classes in turn. */
export function classes(size: number, dimensions: number, count: number): Dataset {
  return classDataset({
    points: randomNumbers(71, size * dimensions, 2),
    labels: Array.from({ length: size }, (_, n) => (n * 7) % count),
    dimensions,
    classes: count,
  });
}

export const LAWS = [
  mixup(beta(0.4), { granularity: "sample", pairing: "permutation" }),
  erm(),
  mixup(beta(32)),
  mixup(constantLambda(0.5), { pairing: "other" }),
];

/** Three runs of different seeds and laws. */
export const RUNS = [0, 1, 2].map((r) => ({ seed: 100 + r, mixing: LAWS[r] }));
