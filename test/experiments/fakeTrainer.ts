/**
 * A trainer that trains nothing: its curves and probabilities are simple formulas of seed, law and step, so
 * that tests of experiments know what to expect.
 */

import { NonFiniteError } from "../../src/errors.ts";
import type { Trainer } from "../../src/experiments/trainer.ts";
import { openDevice } from "../../src/gpu/device.ts";
import { initialParameters } from "../../src/model/initialization.ts";
import { nameParameters, parameterLayout } from "../../src/model/layout.ts";
import { resolvePopulation } from "../../src/population/config.ts";
import { analyzeCollisions } from "../../src/theory/collisions/collisions.ts";
import { predictOn } from "../../src/theory/margins/predictOn.ts";
import type { Progress, Training, TrainingResult } from "../../src/training/training.ts";

/** What the fake says of a run: a function of its seed, its alpha (0 for ERM) and the step. */
export interface FakeRuns {
  error?: (seed: number, alpha: number, step: number) => number;
  /** Of class 0 at every point. */
  probability?: (seed: number, alpha: number) => number;
  /** Whether the run diverges at step 7. */
  fails?: (seed: number, alpha: number) => boolean;
}

/** A trainer whose trainings end at once. */
export function fakeTrainer({
  error = () => 0,
  probability = () => 0.25,
  fails = () => false,
}: FakeRuns = {}): Trainer {
  return {
    backend: "cpu",
    adapter: {
      vendor: "fake",
      architecture: "none",
      description: "A <fake> & no adapter",
      isFallback: false,
    },
    destroy() {},
    collisions: analyzeCollisions,
    resume: () => {
      throw new Error("not in the fake");
    },
    open: () => {
      throw new Error("not in the fake");
    },
    reopen: () => {
      throw new Error("not in the fake");
    },
    predict: async (request, options) => predictOn(await openDevice({ backend: "cpu" }), request, options),
    train(config, { signal } = {}): Training {
      const population = resolvePopulation(config);
      const { steps, evaluateEvery, data, runs } = population;
      const step: number[] = [];
      for (let s = evaluateEvery; s < steps; s += evaluateEvery) step.push(s);
      step.push(steps);
      const alphaOf = (r: number) => {
        const { law } = runs[r].mixing;
        return law.kind === "beta" ? law.a : 0;
      };
      const results = runs.map((run, r) => {
        const p = probability(run.seed, alphaOf(r));
        const row = Array.from({ length: data.targetSize }, (_, c) =>
          c === 0 ? p : (1 - p) / (data.targetSize - 1),
        );
        return {
          run,
          error: error(run.seed, alphaOf(r), steps),
          loss: 0.5,
          probabilities: Float32Array.from(Array.from({ length: data.size }, () => row).flat()),
          parameters: nameParameters(population.model, initialParameters(population.model, run.seed)),
          ...(fails(run.seed, alphaOf(r)) && { failure: new NonFiniteError(r, 7) }),
        };
      });
      const curves = {
        step,
        runs: runs.map((run, r) => ({
          error: step.map((s) => error(run.seed, alphaOf(r), s)),
          loss: step.map(() => 0.5),
          trainingLoss: step.map((s) => 1 / s),
        })),
      };
      const stopped = signal?.aborted ?? false;
      const result: TrainingResult = {
        step: stopped ? 0 : steps,
        stopped,
        executor: "cpu",
        variants: undefined,
        curves,
        runs: results,
        elapsedSeconds: parameterLayout(population.model).size * 1e-6,
        dispatches: 0,
        submits: 0,
      };
      return {
        result: Promise.resolve(result),
        async *[Symbol.asyncIterator]() {
          for (const s of stopped ? [] : step) {
            yield {
              step: s,
              steps,
              curves,
              probabilities: new Float32Array(),
              failures: [],
            } satisfies Progress;
          }
        },
        stop() {},
        checkpoint: () => Promise.reject(new Error("not in the fake")),
        destroy() {},
      };
    },
  };
}
