/**
 * The theory beside the trained nets of the alternating line: what the Mixup-optimal classifier h_eps says
 * between the points, at which epsilon it says what the nets say (their effective epsilon), and how far their
 * Mixup loss is from the least possible.
 *
 * Not here: pictures and tables of it (`lineTheoryReport.ts`).
 */

import { alternatingLine } from "../data/lines.ts";
import { beta, type Pairing } from "../mixing/mixing.ts";
import type { Model } from "../model/model.ts";
import { effectiveEpsilon } from "../theory/classifier/flips.ts";
import { optimalClassifier } from "../theory/classifier/optimalClassifier.ts";
import { mixupLoss, optimalLoss } from "../theory/classifier/optimalLoss.ts";
import type { RunResult } from "../training/training.ts";
import { check } from "./checks.ts";
import { spread } from "./groups.ts";
import { netClassifier, softmaxRows } from "./netClassifier.ts";
import { differencesFromPaper } from "./references.ts";
import { type Group, groupName, type LineReference, type Spread, setName } from "./results.ts";

/** Theory and nets of one law on one data set. */
export interface LineTheory {
  readonly points: number;
  readonly classes: number;
  readonly alpha: number;
  /** Where the curves are evaluated. */
  readonly x: number[];
  /** The nets' probability of class 0 there, over the seeds. */
  readonly trained: { readonly mean: (number | null)[]; readonly std: (number | null)[] };
  /** h_eps for each epsilon: probability of class 0; null where no mixed point comes near. */
  readonly optimal: { readonly epsilon: number; readonly probability: (number | null)[] }[];
  /**
   * For each training point, the epsilon at which h_eps gives the point's own class the nets' mean
   * probability; null where it does so at none.
   */
  readonly effectiveEpsilon: (number | null)[];
  /** J*, the least Mixup loss of any classifier, in nats. */
  readonly optimalLoss: number;
  /** The nets' Mixup loss, in expectation over pairs and lambda. */
  readonly mixupLoss: Spread;
  /** Mean Mixup loss less J*; null when no run ended in finite numbers. */
  readonly excessLoss: number | null;
}

/**
 * Epsilons of the curves: nearly the limit 0, and one that explains the authors' nets on three points, whose
 * effective epsilons are 0.11 to 0.15.
 */
export const CURVE_EPSILONS: readonly number[] = [0.02, 0.12];

/** Places between two neighbouring points at which curves are evaluated. */
const PER_UNIT = { few: 80, many: 20 };

/** The theory of one group of trained runs. */
export function lineTheory(group: Group, model: Model, runs: readonly RunResult[]): LineTheory {
  const { points, classes, pairing } = group;
  const alpha = group.alpha!;
  const data = alternatingLine({ points, classes });
  const law = beta(alpha);
  const perUnit = points <= 4 ? PER_UNIT.few : PER_UNIT.many;
  const x = Array.from({ length: (points - 1) * perUnit + 1 }, (_, i) => i / perUnit);
  const nets = runs
    .filter(({ failure }) => failure === undefined)
    .map(({ parameters }) => netClassifier(model, parameters));
  const curves = nets.map((net) => {
    const probabilities = softmaxRows(net(Float64Array.from(x), x.length), x.length);
    return x.map((_, i) => probabilities[i * classes]);
  });
  const trained = x.map((_, i) => spread(curves.map((curve) => curve[i])));
  const loss = optimalLoss({ data, law, pairing });
  const losses = spread(nets.map((classifier) => mixupLoss({ data, law, pairing, classifier })));
  return {
    points,
    classes,
    alpha,
    x,
    trained: { mean: trained.map(({ mean }) => mean), std: trained.map(({ std }) => std) },
    optimal: optimalCurves({ points, classes, alpha, pairing }, x),
    effectiveEpsilon: group.probabilities.map((row, n) => {
      const probability = row[n % classes];
      if (probability === null) return null;
      // Means of 32-bit numbers may pass 1 by their rounding.
      const found = effectiveEpsilon({
        data,
        law,
        pairing,
        query: [n],
        label: n % classes,
        probability: Math.min(probability, 1),
      });
      return Number.isFinite(found) ? found : null;
    }),
    optimalLoss: loss,
    mixupLoss: losses,
    excessLoss: losses.mean === null ? null : losses.mean - loss,
  };
}

function optimalCurves(
  { points, classes, alpha, pairing }: { points: number; classes: number; alpha: number; pairing: Pairing },
  x: readonly number[],
): LineTheory["optimal"] {
  const { probabilities, mass } = optimalClassifier({
    data: alternatingLine({ points, classes }),
    laws: [beta(alpha)],
    epsilons: CURVE_EPSILONS,
    queries: x,
    pairing,
  });
  return CURVE_EPSILONS.map((epsilon, e) => ({
    epsilon,
    probability: x.map((_, q) => {
      const row = e * x.length + q;
      return mass[row] === 0 ? null : probabilities[row * classes];
    }),
  }));
}

/** J* of the three-point line, from an independent computation: see {@link lineTheoryReferences}. */
const OPTIMAL_LOSSES: readonly [alpha: number, loss: number][] = [
  [1, 0.3624027],
  [32, 0.3073],
  [128, 0.3072],
  [1024, 0.308],
];

/** Effective epsilons of the authors' nets at point 1: h_eps inverted at their published probabilities. */
const EFFECTIVE_EPSILONS: readonly [alpha: number, epsilon: number][] = [
  [1, 0.119],
  [32, 0.147],
  [128, 0.113],
];

/**
 * References for the theory of the three-point line. J* is exact and does not depend on the training. An
 * effective epsilon is as uncertain as the mean probability it comes from: two standard errors of a mean over
 * ten runs (2 x 0.02), through the slope of h_eps (0.7 to 1.4 there), are 0.03 to 0.06.
 */
export function lineTheoryReferences(
  theory: readonly LineTheory[],
  groups: readonly Group[],
): LineReference[] {
  return theory
    .filter(({ points, classes }) => points === 3 && classes === 2)
    .flatMap((one) => {
      const { points, classes, alpha } = one;
      const group = groups.find((g) => g.points === points && g.classes === classes && g.alpha === alpha)!;
      const loss = OPTIMAL_LOSSES.find(([known]) => known === alpha);
      const epsilon = EFFECTIVE_EPSILONS.find(([known]) => known === alpha);
      const base = { points, classes };
      const shared = { heading: setName(base) };
      const found: LineReference[] = [];
      if (loss !== undefined) {
        const expected = check({
          ...shared,
          what: `${groupName(group)}, least Mixup loss J*`,
          expected: loss[1],
          tolerance: 1e-4,
          measured: one.optimalLoss,
          source: "derived, integrated independently (SciPy): E[H(E[label | mixed point])]",
          differences: group.pairing === "uniform" ? [] : [`pairing "${group.pairing}"`],
        });
        found.push({ ...expected, ...base });
      }
      if (epsilon !== undefined) {
        const expected = check({
          ...shared,
          what: `${groupName(group)}, effective ε at point 1`,
          expected: epsilon[1],
          tolerance: 0.06,
          measured: one.effectiveEpsilon[1],
          source: "h_ε inverted at the authors' published probabilities",
          differences: differencesFromPaper(group),
        });
        found.push({ ...expected, ...base });
      }
      return found;
    });
}
