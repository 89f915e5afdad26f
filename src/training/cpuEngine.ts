/**
 * The CPU backend: the float64 reference in slices of time, so that a page stays alive and a signal is heard.
 */

import type { CpuDevice } from "../gpu/device.ts";
import { policyOf } from "../population/bandits.ts";
import { evaluationStep, evaluationsDone, type Population } from "../population/population.ts";
import { ReferencePopulation } from "../reference/population.ts";
import type { CurveRecorder } from "./curves.ts";
import type { Engine, Snapshot } from "./engine.ts";

/** An engine on the CPU; from a snapshot, or from the seeds. `budget` is the milliseconds of a slice. */
export function createCpuEngine(
  device: CpuDevice,
  population: Population,
  recorder: CurveRecorder,
  budget: number,
  snapshot?: Snapshot,
): Engine {
  const reference = new ReferencePopulation(population);
  const R = population.runs.length;
  const { gradientSums } = reference;
  const kept = gradientSums === undefined ? reference.moments : [...reference.moments, gradientSums];
  /** Training losses since the last evaluation, per run: frozen runs count no steps. */
  const lossCounts = new Float64Array(R);
  const atProbes = new Float32Array(recorder.probabilities.length);
  if (snapshot !== undefined) restore(snapshot);

  function advanceOne(): void {
    const { step } = reference;
    reference.advance();
    for (let r = 0; r < R; r++) if (reference.failureSteps[r] > step) lossCounts[r]++;
    const evaluation = evaluationsDone(population, reference.step) - 1;
    if (evaluation >= 0 && evaluationStep(population, evaluation) === reference.step) evaluate();
  }

  function evaluate(): void {
    const evaluations = population.runs.map((_, r) => reference.evaluate(r));
    const metrics = evaluations.map(({ error, loss }, r) => ({
      error,
      loss,
      trainingLoss: reference.lossSums[r] / Math.max(lossCounts[r], 1),
      policy: policyOf(reference.bandits, r, population),
      failureStep: reference.failureSteps[r],
    }));
    recorder.add(reference.step, metrics);
    evaluations.forEach(({ probabilities }, r) => {
      atProbes.set(probabilities, (r * atProbes.length) / R);
    });
    recorder.addProbabilities(reference.step, atProbes);
    reference.lossSums.fill(0);
    lossCounts.fill(0);
  }

  function restore({ step, parameters, state, moments, nonFiniteSteps, accounts, bandits }: Snapshot): void {
    reference.bandits.set(bandits);
    reference.step = step;
    reference.parameters.set(parameters);
    reference.state.set(state);
    const size = reference.parameters.length;
    kept.forEach((moment, m) => {
      moment.set(moments.subarray(m * size, (m + 1) * size));
    });
    reference.failureSteps.set(nonFiniteSteps);
    for (let r = 0; r < R; r++) {
      reference.lossSums[r] = accounts[4 * r + 2];
      lossCounts[r] = accounts[4 * r + 3];
    }
  }

  return {
    executor: "cpu",
    variants: undefined,
    recorder,
    dispatches: 0,
    submits: 0,
    get step() {
      return reference.step;
    },
    async advance(until = population.steps) {
      // As on a GPU, nothing goes on on a device that was destroyed.
      device.check();
      const end = performance.now() + budget;
      do advanceOne();
      while (reference.step < until && performance.now() < end);
      reference.failureSteps.forEach((step, r) => {
        recorder.noteFailure(r, step);
      });
      // Lets timers, signals and the page have their turn.
      await new Promise((resolve) => setTimeout(resolve, 0));
    },
    async drain() {},
    async nets() {
      return { parameters: reference.parameters.slice(), state: reference.state.slice() };
    },
    async snapshot() {
      const accounts = new Float64Array(R * 4);
      population.runs.forEach(({ optimizer: { beta1, beta2 } }, r) => {
        // A GPU that goes on with this needs the bias corrections that it would have kept.
        const updates = Math.min(reference.step, reference.failureSteps[r]);
        accounts.set(
          [1 - beta1 ** updates, 1 - beta2 ** updates, reference.lossSums[r], lossCounts[r]],
          4 * r,
        );
      });
      const moments = new Float64Array(kept.length * reference.parameters.length);
      kept.forEach((moment, m) => {
        moments.set(moment, m * moment.length);
      });
      return {
        step: reference.step,
        parameters: reference.parameters.slice(),
        state: reference.state.slice(),
        moments,
        nonFiniteSteps: reference.failureSteps.slice(),
        accounts,
        bandits: reference.bandits.slice(),
      };
    },
    destroy() {},
  };
}
