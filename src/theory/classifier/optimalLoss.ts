/**
 * The least Mixup loss any classifier can reach on finite data, J* = E[H(E[label | mixed point])] in nats,
 * and the Mixup loss of a given classifier, exactly: the difference is how far training is from the optimum.
 *
 * Labels are uncertain where several pairs share a mixed point. A pair alone contributes the entropy of
 * (lambda, 1 - lambda); segments that overlap on a line are integrated together, piece by piece; points that
 * coincide, and the mixed points of a constant law, are atoms. Segments that merely cross do so with
 * probability 0.
 */

import { checkInteger } from "../../check.ts";
import type { Law } from "../../mixing/laws.ts";
import { digamma } from "../../numeric/digamma.ts";
import { gaussJacobi, type Quadrature } from "../../numeric/gaussJacobi.ts";
import { type Classifier, scoresAt } from "../classifier.ts";
import { checkedLaw, lawMoments } from "../moments.ts";
import {
  checkRequest,
  type LabelledPoints,
  labelledPoints,
  type PairWeights,
  pairWeights,
} from "../points.ts";
import { type Site, type SiteLine, sameSites, siteLines } from "./collinear.ts";
import type { MixingRequest } from "./flips.ts";
import { diagonal } from "./limitClassifier.ts";
import { lineEntropy } from "./lineEntropy.ts";

/**
 * J*, the infimum of the Mixup loss over all classifiers (paper 2.2: attained in the class C*), in nats, to
 * about 1e-9. Points and lines count as coincident within 1e-9 of the data's diagonal. Time grows as N^3
 * (constant laws: N^2 log N).
 * @throws ConfigError for bad data, weights or law.
 */
export function optimalLoss(request: MixingRequest & { law: Law }): number {
  checkRequest(request, ["law"]);
  const law = checkedLaw(request.law);
  const data = labelledPoints(request.data);
  const pairs = pairWeights(data, request.pairing, request.weights);
  const { mean } = lawMoments(law);
  const tolerance = 1e-9 * (diagonal(data.points, data.dimensions) || 1);
  if (law.kind === "constant") return atomLoss(data, pairs, law.value, tolerance);

  const [a, b] = law.kind === "beta" ? [law.a, law.b] : [1, 1];
  const sites = sameSites(data.points, data.dimensions, tolerance);
  let loss = 0;
  for (const site of sites) loss += coincidentEntropy(data, pairs, site, mean);
  const alone = pairEntropy(a, b);
  for (const line of siteLines(sites, tolerance)) {
    const pure = line.sites.every(({ members }) =>
      members.every((n) => data.labels[n] === data.labels[members[0]]),
    );
    if (line.sites.length > 2 || !pure) loss += lineEntropy(data, pairs, line, a, b);
    else loss += alone * differentLabels(data, pairs, line);
  }
  return loss;
}

/**
 * The Mixup loss of a classifier on finite data, in nats: cross-entropy with the mixed labels over all
 * ordered pairs and `nodes` Gauss-Jacobi values of lambda. Exact for smooth classifiers; with the kinks of a
 * ReLU net 64 nodes are good to about 1e-4. Never below {@link optimalLoss}, up to that.
 * NaN or infinite if the classifier's scores are.
 * @throws ConfigError for bad data, weights, law, number of nodes or of scores.
 */
export function mixupLoss(
  request: MixingRequest & { law: Law; classifier: Classifier; nodes?: number },
): number {
  checkRequest(request, ["law", "classifier", "nodes"]);
  const data = labelledPoints(request.data);
  const pairs = pairWeights(data, request.pairing, request.weights);
  const { nodes, weights } = lawNodes(request.law, request.nodes);
  const { size, dimensions, points, labels } = data;
  let loss = 0;
  for (let s = 0; s < size; s++) {
    const mixed = new Float64Array(size * nodes.length * dimensions);
    for (let t = 0; t < size; t++) {
      nodes.forEach((lambda, k) => {
        for (let d = 0; d < dimensions; d++) {
          const end = points[t * dimensions + d];
          mixed[(t * nodes.length + k) * dimensions + d] = end + lambda * (points[s * dimensions + d] - end);
        }
      });
    }
    const count = size * nodes.length;
    const scores = scoresAt(request.classifier, mixed, count, data.classes);
    const classes = scores.length / count;
    for (let t = 0; t < size; t++) {
      const weight = pairs.weight(s, t);
      if (weight === 0) continue;
      nodes.forEach((lambda, k) => {
        const row = (t * nodes.length + k) * classes;
        const score = lambda * scores[row + labels[s]] + (1 - lambda) * scores[row + labels[t]];
        loss += weight * weights[k] * (logSumExp(scores, row, classes) - score);
      });
    }
  }
  return loss;
}

/** More Gauss nodes than anything here needs. */
const MOST_NODES = 1000;

/**
 * Gauss nodes for expectations over a law; one node for a constant.
 * @throws ConfigError for a bad law or count.
 */
export function lawNodes(given: Law, count = 64): Quadrature {
  const law = checkedLaw(given);
  checkInteger("nodes", count, 1, MOST_NODES, "a number of nodes");
  if (law.kind === "constant") return { nodes: Float64Array.of(law.value), weights: Float64Array.of(1) };
  return law.kind === "beta" ? gaussJacobi(law.a, law.b, count) : gaussJacobi(1, 1, count);
}

function logSumExp(scores: ArrayLike<number>, from: number, count: number): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < count; c++) largest = Math.max(largest, scores[from + c]);
  let sum = 0;
  for (let c = 0; c < count; c++) sum += Math.exp(scores[from + c] - largest);
  return largest + Math.log(sum);
}

/** E[H(Lambda, 1 - Lambda)] for Beta(a, b): E[x log x] = a / (a + b) (psi(a + 1) - psi(a + b + 1)). */
function pairEntropy(a: number, b: number): number {
  const all = digamma(a + b + 1);
  return (a * (all - digamma(a + 1)) + b * (all - digamma(b + 1))) / (a + b);
}

/** Probability that a pair of the line's two ends with different labels is drawn. */
function differentLabels(data: LabelledPoints, pairs: PairWeights, { sites: [near, far] }: SiteLine): number {
  let sum = 0;
  for (const s of near.members) {
    for (const t of far.members) {
      if (data.labels[s] !== data.labels[t]) sum += pairs.weight(s, t) + pairs.weight(t, s);
    }
  }
  return sum;
}

/** Entropy of the labels of pairs whose two points lie at one site, times their probability. */
function coincidentEntropy(data: LabelledPoints, pairs: PairWeights, site: Site, mean: number): number {
  const masses = new Float64Array(data.classes);
  for (const s of site.members) {
    for (const t of site.members) {
      const weight = pairs.weight(s, t);
      masses[data.labels[s]] += weight * mean;
      masses[data.labels[t]] += weight * (1 - mean);
    }
  }
  return massEntropy(masses);
}

/** Entropy of masses that need not sum to 1, times their sum. */
function massEntropy(masses: Float64Array): number {
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  let entropy = 0;
  for (const mass of masses) if (mass > 0) entropy += mass * (Math.log(total) - Math.log(mass));
  return entropy;
}

/** J* of a constant law: the mixed points of all ordered pairs, coincident ones together. */
function atomLoss(data: LabelledPoints, pairs: PairWeights, value: number, tolerance: number): number {
  const { size, dimensions, points, labels, classes } = data;
  const mixed = new Float64Array(size * size * dimensions);
  for (let i = 0; i < size * size; i++) {
    const [s, t] = [Math.floor(i / size), i % size];
    for (let d = 0; d < dimensions; d++) {
      mixed[i * dimensions + d] =
        value * points[s * dimensions + d] + (1 - value) * points[t * dimensions + d];
    }
  }
  let loss = 0;
  for (const { members } of sameSites(mixed, dimensions, tolerance)) {
    const masses = new Float64Array(classes);
    for (const i of members) {
      const [s, t] = [Math.floor(i / size), i % size];
      const weight = pairs.weight(s, t);
      masses[labels[s]] += weight * value;
      masses[labels[t]] += weight * (1 - value);
    }
    loss += massEntropy(masses);
  }
  return loss;
}
