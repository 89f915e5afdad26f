import { expect, test } from "vitest";
import { explained, fitLaw, fitPlane } from "../../../src/experiments/mixing-laws/fit.ts";
import { bestMixture, lawLoss, weightedLoss } from "../../../src/experiments/mixing-laws/law.ts";
import { configErrorPath } from "../../configError.ts";
import UNITS from "../../fixtures/methods/mixtures.json";

const lawsOf = ({ c, k, t }: { c: number[]; k: number[]; t: number[][] }) =>
  c.map((value, i) => ({ c: value, k: k[i], t: t[i] }));

test("the unit values: losses, and the best mixture of a weighted sum", () => {
  const { mixtures, losses, weights, best, bestLoss } = UNITS.mixingLaw;
  const laws = lawsOf(UNITS.mixingLaw);
  mixtures.forEach((proportions, n) => {
    laws.forEach((law, i) => {
      expect(lawLoss(law, proportions)).toBeCloseTo(losses[n][i], 10);
    });
  });
  const found = bestMixture(laws, weights);
  found.proportions.forEach((share, j) => {
    expect(Math.abs(share - best[j])).toBeLessThan(1e-4);
  });
  expect(found.loss).toBeCloseTo(bestLoss, 9);
});

test("the best mixture may be a corner, and t + s with k exp(-s) is the same law", () => {
  const law = { c: 0.1, k: 1, t: [-3, 0, 0] };
  const { proportions } = bestMixture([law], [1]);
  expect(proportions[0]).toBeCloseTo(1, 6);
  const other = { c: 0.1, k: Math.exp(-7), t: law.t.map((value) => value + 7) };
  expect(lawLoss(other, [0.2, 0.3, 0.5])).toBeCloseTo(lawLoss(law, [0.2, 0.3, 0.5]), 12);
});

test("the unit values: a fit to losses without noise predicts them, and finds the best mixture", () => {
  const { mixtures, losses, weights, best, bestLoss } = UNITS.mixingLawFit;
  const laws = [0, 1, 2].map((i) =>
    fitLaw(
      mixtures,
      losses.map((row) => row[i]),
      i,
      { seed: 0 },
    ),
  );
  mixtures.forEach((proportions, n) => {
    laws.forEach((law, i) => {
      expect(Math.abs(lawLoss(law, proportions) - losses[n][i])).toBeLessThan(1e-6);
    });
  });
  const found = bestMixture(laws, weights);
  found.proportions.forEach((share, j) => {
    expect(Math.abs(share - best[j])).toBeLessThan(1e-4);
  });
  expect(found.loss).toBeCloseTo(bestLoss, 6);
  expect(weightedLoss(laws, weights, [1 / 3, 1 / 3, 1 / 3])).toBeGreaterThan(found.loss);
});

test("an outlier moves the fit less than it moves least squares", () => {
  const { mixtures, losses } = UNITS.mixingLawFit;
  const clean = losses.map((row) => row[0]);
  const spoilt = clean.map((loss, n) => (n === 5 ? loss + 1.5 : loss));
  const worst = (huber: number) => {
    const law = fitLaw(mixtures, spoilt, 0, { seed: 1, huber });
    return Math.max(...clean.map((loss, n) => (n === 5 ? 0 : Math.abs(lawLoss(law, mixtures[n]) - loss))));
  };
  expect(worst(0.05)).toBeLessThan(0.03);
  expect(worst(100)).toBeGreaterThan(0.1);
});

test("a plane is fitted exactly, and explains what lies on it; equal losses explain nothing", () => {
  const { mixtures } = UNITS.mixingLawFit;
  const on = (a: number[]) => mixtures.map((row) => row.reduce((sum, share, j) => sum + a[j] * share, 0));
  const found = fitPlane(mixtures, on([1, 2, 4]));
  [1, 2, 4].forEach((value, j) => {
    expect(found[j]).toBeCloseTo(value, 8);
  });
  expect(explained(on([1, 2, 4]), on(found))).toBeCloseTo(1, 10);
  expect(explained([1, 2, 3], [2, 2, 2])).toBe(0);
  expect(explained([1, 1], [1, 2])).toBeNull();
});

test("refuses fewer mixtures than would judge a law", () => {
  const { mixtures, losses } = UNITS.mixingLawFit;
  const some = (n: number) => () =>
    fitLaw(
      mixtures.slice(0, n),
      losses.slice(0, n).map(([loss]) => loss),
      0,
      { seed: 0 },
    );
  expect(configErrorPath(some(4))).toBe("mixtures");
  expect(configErrorPath(some(5))).toBeUndefined();
  expect(configErrorPath(() => fitLaw(mixtures, [1, 2], 0, { seed: 0 }))).toBe("losses");
});
