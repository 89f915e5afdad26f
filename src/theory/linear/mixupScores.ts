/**
 * The population Mixup loss of a logistic model as a function of its scores at the data points, and its
 * minimum by Newton's method: the score of a mixed point is the mix of its ends' scores, so the loss is
 * convex in the scores.
 */

import { mostOf } from "../../numeric/extremes.ts";
import type { Quadrature } from "../../numeric/gaussJacobi.ts";
import { dot, multiply, multiplyTransposed, solvePositiveDefinite } from "../../numeric/linearAlgebra.ts";

export interface ScoreProblem {
  /** 0 or 1, `[N]`. */
  readonly labels: Uint32Array;
  /** Probability of the ordered pair (s, t). */
  weight(s: number, t: number): number;
  readonly quadrature: Quadrature;
  /** Scores are `factor * coordinates`: `[N, rank]`, of full rank. */
  readonly factor: Float64Array;
  readonly rank: number;
}

export interface ScoreMinimum {
  /** `[rank]`. */
  readonly coordinates: Float64Array;
  readonly loss: number;
  readonly iterations: number;
}

/**
 * The minimum, to about 1e-9 in the scores and much better in the loss. Undefined if there is none: the
 * scores then run away in Newton steps that never get smaller, however small the gradient is.
 */
export function minimizeScores(problem: ScoreProblem): ScoreMinimum | undefined {
  const { factor, rank, labels } = problem;
  const size = labels.length;
  const scoresOf = (coordinates: Float64Array) => multiply(factor, coordinates, size);
  let coordinates = new Float64Array(rank);
  let loss = mixupLossOfScores(problem, scoresOf(coordinates));
  for (let iterations = 0; iterations < 200; iterations++) {
    const scores = scoresOf(coordinates);
    const { gradient, hessian } = derivatives(problem, scores);
    const slope = multiplyTransposed(factor, gradient, rank);
    const step = solvePositiveDefinite(congruent(hessian, factor, size, rank), slope);
    if (step === undefined) return undefined;
    const moved = mostOf(scoresOf(step).map(Math.abs));
    if (moved <= 1e-9 * (1 + mostOf(scores.map(Math.abs)))) return { coordinates, loss, iterations };
    const descent = dot(slope, step);
    for (let length = 1; length > 1e-10; length *= 0.5) {
      const tried = coordinates.map((value, i) => value - length * step[i]);
      const reached = mixupLossOfScores(problem, scoresOf(tried));
      // Near the minimum the loss no longer resolves a step that is still right.
      if (reached <= loss - 1e-4 * length * descent + 1e-15) {
        coordinates = tried;
        loss = reached;
        break;
      }
    }
  }
  return undefined;
}

/** The loss: E[softplus(u) - label * u] over pairs and lambda, u the mixed score, label the mixed label. */
export function mixupLossOfScores(problem: ScoreProblem, scores: Float64Array): number {
  let loss = 0;
  forEachMixture(problem, scores, (_s, _t, _lambda, weight, score, label) => {
    loss += weight * (softplus(score) - label * score);
  });
  return loss;
}

function derivatives(problem: ScoreProblem, scores: Float64Array) {
  const size = scores.length;
  const gradient = new Float64Array(size);
  const hessian = new Float64Array(size * size);
  forEachMixture(problem, scores, (s, t, lambda, weight, score, label) => {
    const rest = 1 - lambda;
    const sigmoid = 1 / (1 + Math.exp(-score));
    const slope = weight * (sigmoid - label);
    gradient[s] += slope * lambda;
    gradient[t] += slope * rest;
    const curvature = weight * sigmoid * (1 - sigmoid);
    hessian[s * size + s] += curvature * lambda * lambda;
    hessian[t * size + t] += curvature * rest * rest;
    hessian[s * size + t] += curvature * lambda * rest;
    hessian[t * size + s] += curvature * lambda * rest;
  });
  return { gradient, hessian };
}

function forEachMixture(
  { labels, weight, quadrature: { nodes, weights } }: ScoreProblem,
  scores: Float64Array,
  visit: (s: number, t: number, lambda: number, weight: number, score: number, label: number) => void,
): void {
  for (let s = 0; s < labels.length; s++) {
    for (let t = 0; t < labels.length; t++) {
      const pair = weight(s, t);
      if (pair === 0) continue;
      for (let k = 0; k < nodes.length; k++) {
        const lambda = nodes[k];
        const score = scores[t] + lambda * (scores[s] - scores[t]);
        const label = labels[t] + lambda * (labels[s] - labels[t]);
        visit(s, t, lambda, pair * weights[k], score, label);
      }
    }
  }
}

/** factor^T * matrix * factor, `[rank, rank]`. */
function congruent(matrix: Float64Array, factor: Float64Array, size: number, rank: number): Float64Array {
  const half = new Float64Array(size * rank);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < size; k++) {
      for (let j = 0; j < rank; j++) half[i * rank + j] += matrix[i * size + k] * factor[k * rank + j];
    }
  }
  const product = new Float64Array(rank * rank);
  for (let k = 0; k < size; k++) {
    for (let i = 0; i < rank; i++) {
      for (let j = 0; j < rank; j++) product[i * rank + j] += factor[k * rank + i] * half[k * rank + j];
    }
  }
  return product;
}

/** log(1 + e^u) without overflow. */
export function softplus(u: number): number {
  return Math.max(u, 0) + Math.log1p(Math.exp(-Math.abs(u)));
}
