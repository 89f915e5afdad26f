/**
 * Knows the right answers: computes each workload in float64 by the reference, and holds every engine's output against
 * it, so that a wrong answer shows as wrong and not as fast. Engines report no losses: their parameters are taken, and
 * the loss is computed here, in float64, the same way for all.
 */

import { ReferencePopulation } from "../reference/population.ts";
import { optimalClassifier } from "../theory/classifier/optimalClassifier.ts";
import { analyzeCollisions } from "../theory/collisions/collisions.ts";
import {
  classifierRequest,
  collisionRequest,
  populationOf,
  type TrainingWorkload,
  type Workload,
} from "./workload.ts";

export interface Judgement {
  /**
   * What was compared: mean clean loss in nats after `checkSteps` steps; the mean cross-entropy of the engine's h_eps
   * under the right one; the smallest distance.
   */
  readonly loss: number;
  /** The same in float64. */
  readonly expected: number;
  /** The largest error, as {@link LIMITS} counts it. */
  readonly error: number;
  readonly correct: boolean;
}

/**
 * How far an engine may be off, and why. 32-bit floats only: a forgotten mixing, a wrong partner or one step too few
 * costs 10 times as much or more (`test/bench/plainNet.test.ts`).
 */
export const LIMITS = {
  /**
   * Relative difference of the mean loss. Seen: 9e-8, and 8e-6 of TensorFlow.js, whose Adam computes 1 - beta^t from
   * 32-bit powers.
   */
  training: 1e-4,
  /** Difference of a probability. The library promises 2e-5, and ten times that where a segment only grazes a ball. */
  classifier: 2e-4,
  /** Relative difference of a point's squared distance. Seen: 2e-6, from |x|^2 + |z|^2 - 2 x z. */
  pairwise: 1e-4,
} as const;

export type Judge = (output: Float32Array | Float64Array) => Judgement;

/** Judges one workload's outputs; the right answer is computed at the first. */
export async function createJudge(workload: Workload): Promise<Judge> {
  switch (workload.kind) {
    case "training":
      return judgeTraining(workload);
    case "classifier": {
      const { probabilities, mass } = optimalClassifier(classifierRequest(workload));
      return (output) => {
        const reached = mass.reduce((count, value) => count + Number(value > 0), 0);
        const error = largest(probabilities, output, (right, given) => Math.abs(right - given));
        return verdict(
          crossEntropy(probabilities, output) / reached,
          crossEntropy(probabilities, probabilities) / reached,
          error,
          LIMITS.classifier,
        );
      };
    }
    case "pairwise": {
      const { state } = await analyzeCollisions(collisionRequest(workload));
      return (output) => {
        const error = largest(state.squares, output, (right, given) => Math.abs(right - given) / right);
        return verdict(Math.sqrt(least(output)), Math.sqrt(least(state.squares)), error, LIMITS.pairwise);
      };
    }
  }
}

function judgeTraining(workload: TrainingWorkload): Judge {
  const reference = new ReferencePopulation(populationOf(workload));
  const meanLoss = () => {
    const losses = reference.population.runs.map((_, r) => reference.evaluate(r).loss);
    return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  };
  reference.advance(workload.checkSteps);
  const expected = meanLoss();
  return (output) => {
    if (output.length !== reference.parameters.length) {
      throw new Error(`${output.length} parameters instead of ${reference.parameters.length}.`);
    }
    reference.parameters.set(output);
    const loss = meanLoss();
    return verdict(loss, expected, Math.abs(loss - expected) / expected, LIMITS.training);
  };
}

function verdict(loss: number, expected: number, error: number, limit: number): Judgement {
  // NaN is not within any limit.
  return { loss, expected, error, correct: error <= limit };
}

function largest(
  right: ArrayLike<number>,
  given: ArrayLike<number>,
  difference: (right: number, given: number) => number,
): number {
  if (right.length !== given.length) throw new Error(`${given.length} numbers instead of ${right.length}.`);
  let most = 0;
  for (let i = 0; i < right.length; i++) {
    const error = difference(right[i], given[i]);
    if (Number.isNaN(error)) return error;
    most = Math.max(most, error);
  }
  return most;
}

function least(values: ArrayLike<number>): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < values.length; i++) smallest = Math.min(smallest, values[i]);
  return smallest;
}

/** -sum p log q over all entries, in nats; where p is 0, 0. */
function crossEntropy(p: ArrayLike<number>, q: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < p.length; i++) if (p[i] > 0) sum -= p[i] * Math.log(Math.max(q[i], 1e-30));
  return sum;
}
