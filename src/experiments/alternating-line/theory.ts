/**
 * The theory beside the trained nets of the alternating line: what the Mixup-optimal classifier h_eps says
 * between the points, at which epsilon it says what the nets say (their effective epsilon), and how far their
 * Mixup loss is from the least possible.
 *
 * Not here: pictures and tables of it (`report.ts`).
 */

import { alternatingLine } from "../../data/lines.ts";
import { beta } from "../../mixing/laws.ts";
import type { Pairing } from "../../mixing/mixing.ts";
import type { Model } from "../../model/layers/layer.ts";
import { spread } from "../../numeric/spread.ts";
import { effectiveEpsilon } from "../../theory/classifier/flips.ts";
import { optimalClassifier } from "../../theory/classifier/optimalClassifier.ts";
import { mixupLoss, optimalLoss } from "../../theory/classifier/optimalLoss.ts";
import { netClassifier, softmaxRows } from "../../theory/netClassifier.ts";
import type { RunResult } from "../../training/training.ts";
import type { Group, LineTheory } from "./results.ts";

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
