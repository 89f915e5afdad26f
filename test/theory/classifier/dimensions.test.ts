/**
 * The Mixup-optimal classifier and the linear optimum beside values computed by scipy from the definitions: 1 to 20
 * dimensions, 2 and 10 classes, unbalanced, duplicates with different labels, weights, asymmetric laws, every pairing.
 */

import { expect, test } from "vitest";
import { type Law, mixupOptimum, optimalClassifier, type Pairing } from "../../../src/index.ts";
import fixture from "../../fixtures/optimal-classifier/dimensions.json" with { type: "json" };

test.each(
  fixture.rows.map(
    (row) => [`${row.dimensions} dimensions, ${row.classes} classes, ${row.pairing}`, row] as const,
  ),
)(
  "h_eps: %s",
  (_, {
    points,
    labels,
    dimensions,
    classes,
    weights,
    pairing,
    law,
    epsilon,
    query,
    mass,
    probabilities,
  }) => {
    const result = optimalClassifier({
      data: { points, labels, dimensions, classes },
      laws: [law as Law],
      epsilons: [epsilon],
      queries: query,
      pairing: pairing as Pairing,
      weights: weights ?? undefined,
    });
    expect(Math.abs(result.mass[0] / mass - 1)).toBeLessThan(1e-11);
    probabilities.forEach((expected, c) => {
      expect(Math.abs(result.probabilities[c] - expected)).toBeLessThan(1e-12);
    });
  },
);

test.each(fixture.linear.map((row) => [`${row.dimensions} dimensions, ${row.pairing}`, row] as const))(
  "linear optimum: %s",
  (_, { points, labels, dimensions, weights, pairing, law, scores, loss }) => {
    const optimum = mixupOptimum({
      data: { points, labels, dimensions, classes: 2 },
      law: law as Law,
      pairing: pairing as Pairing,
      weights: weights ?? undefined,
    });
    expect(Math.abs(optimum.loss - loss)).toBeLessThan(1e-11);
    // The minimum is flat: scipy's own scores are good to about 1e-7.
    scores.forEach((expected, n) => {
      expect(Math.abs(optimum.scores[n] - expected)).toBeLessThan(1e-6);
    });
  },
);
