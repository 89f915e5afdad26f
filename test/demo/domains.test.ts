/**
 * Mixtures of domains in the lab as plain data: the lattice, the laws of what was measured, the handle's places, and trainings that are
 * what a program over the library's population gives. No browser.
 */

import { describe, expect, it } from "vitest";
import { lossScale } from "../../demo/lab/pictures/domains/mixtureField.ts";
import type { LabConfig } from "../../demo/lab/state/fields.ts";
import { formatHash, parseHash } from "../../demo/lab/state/link.ts";
import { PRESETS } from "../../demo/lab/state/presets.ts";
import { settingsText } from "../../demo/lab/takeaway/settings.ts";
import { DomainTraining } from "../../demo/lab/training/domains/domainTraining.ts";
import { fitted, handleShares, lawsOf, loadFit, lossWeights } from "../../demo/lab/training/domains/laws.ts";
import { latticeMixtures, mixtureText, stopsOf } from "../../demo/lab/training/domains/mixtures.ts";
import { checkExperiment, labExperiment } from "../../demo/lab/training/labExperiment.ts";
import { History } from "../../demo/lab/training/measured/history.ts";
import { readDigits } from "../../src/cli/imageFolder.ts";
import { lawLoss } from "../../src/experiments/mixing-laws/law.ts";
import { onSimplex, placeOf, sharesAt, TRIANGLE_HEIGHT } from "../../src/experiments/mixing-laws/triangle.ts";
import { domainBandit, openDevice, openPopulation, range } from "../../src/index.ts";

const sources = { digits: await readDigits() };
await loadFit();
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe("the triangle", () => {
  it("has its corners where they are said to be, and back again", () => {
    expect(placeOf([1, 0, 0])).toEqual({ x: 0, y: 0 });
    expect(placeOf([0, 1, 0])).toEqual({ x: 1, y: 0 });
    expect(placeOf([0, 0, 1])).toEqual({ x: 0.5, y: TRIANGLE_HEIGHT });
    for (const shares of [
      [0.2, 0.5, 0.3],
      [1, 0, 0],
      [1.2, -0.5, 0.3],
    ]) {
      const { x, y } = placeOf(shares);
      sharesAt(x, y).forEach((share, k) => {
        expect(share).toBeCloseTo(shares[k], 12);
      });
    }
  });

  it("takes what lies outside to the nearest mixture", () => {
    expect(onSimplex([0.2, 0.5, 0.3])).toEqual([0.2, 0.5, 0.3]);
    expect(onSimplex([2, -1, 0])).toEqual([1, 0, 0]);
    const edge = onSimplex([0.7, 0.6, -0.3]);
    expect(edge[2]).toBe(0);
    expect(edge[0]).toBeCloseTo(0.55, 12);
    expect(edge[1]).toBeCloseTo(0.45, 12);
    // No other mixture is nearer.
    const distance = (shares: readonly number[], to: readonly number[]) =>
      sum(shares.map((share, k) => (share - to[k]) ** 2));
    for (const outside of [
      [0.9, 0.9, -0.8],
      [-0.1, -0.2, 1.3],
      [0.5, 1.5, -1],
    ]) {
      const nearest = distance(onSimplex(outside), outside);
      for (const { fitted: points } of [latticeMixtures(9)])
        for (const point of points) expect(distance(point, outside)).toBeGreaterThanOrEqual(nearest - 1e-12);
    }
  });

  it("is covered by a lattice for the fit, and its middles to judge by, none of them the same", () => {
    const { fitted: points, held } = latticeMixtures(5);
    expect([points.length, held.length]).toEqual([15, 10]);
    const all = [...points, ...held];
    for (const shares of all) {
      expect(sum(shares)).toBeCloseTo(1, 12);
      expect(Math.min(...shares)).toBeGreaterThan(0.05);
    }
    expect(new Set(all.map((shares) => shares.map((share) => share.toFixed(6)).join())).size).toBe(25);
    expect(mixtureText(points[0])).toBe("87 / 7 / 7 %");
  });
});

describe("laws in the lab", () => {
  const { fitted: points, held } = latticeMixtures(5);
  const mixtures = [...points, ...held];
  const method = { mixtures, isFitted: mixtures.map((_, m) => m < points.length), seed: 0 };
  const known = [0, 1, 2].map((own) => ({
    c: 0.3 + 0.1 * own,
    k: 1.5,
    t: [0, 1, 2].map((j) => (j === own ? -5 : 0.3 * j)),
  }));
  const exact = mixtures.map((shares) => known.map((law) => lawLoss(law, shares)));

  it("find the law that losses come from, and say that a plane is not it", () => {
    const laws = fitted(exact, method, 3)!;
    for (const shares of [
      [0.1, 0.2, 0.7],
      [1 / 3, 1 / 3, 1 / 3],
      [1, 0, 0],
    ])
      known.forEach((law, k) => {
        expect(lawLoss(laws.laws[k], shares)).toBeCloseTo(lawLoss(law, shares), 4);
      });
    for (const { byLaw, byPlane } of laws.explained) {
      expect(byLaw).toBeGreaterThan(0.9999);
      expect(byPlane).toBeLessThan(0.97);
    }
  });

  it("leave out mixtures whose nets have diverged, and are none where too few are left", () => {
    const lost = exact.map((losses, m) => (m % 4 === 0 ? losses.map(() => undefined) : losses));
    const laws = fitted(lost, method, 3)!;
    expect(lawLoss(laws.laws[1], [0.2, 0.2, 0.6])).toBeCloseTo(lawLoss(known[1], [0.2, 0.2, 0.6]), 4);
    const most = exact.map((losses, m) => (m > 3 ? losses.map(() => undefined) : losses));
    expect(fitted(most, method, 3)).toBeUndefined();
  });

  it("are level where all losses are the same", () => {
    const level = fitted(
      mixtures.map(() => [2.3, 2.3, 2.3]),
      method,
      3,
    )!;
    expect(lawLoss(level.laws[0], [1, 0, 0])).toBeCloseTo(2.3, 12);
    expect(level.explained[0].byLaw).toBeNull();
  });

  it("have a scale whose ends are the losses of the triangle, and stretch near the lowest", () => {
    const loss = (shares: readonly number[]) => 1 + shares[0];
    const scale = lossScale(loss);
    expect([scale.low, scale.high]).toEqual([1, 2]);
    expect([scale.place(1), scale.place(2)]).toEqual([0, 1]);
    expect(scale.place(1.1)).toBeGreaterThan(0.25);
    expect(scale.loss(scale.place(1.4))).toBeCloseTo(1.4, 12);
    // What hardly differs is in the middle.
    const level = lossScale(() => 2.3);
    expect(level.low).toBeCloseTo(2.15, 12);
    expect(level.high).toBeCloseTo(2.45, 12);
  });
});

describe("states", () => {
  const config = PRESETS.mixing.config;

  it("hold the handle and the weights, in the link, too", () => {
    expect(handleShares({ ...config, firstShare: 0.2, secondShare: 0.5 })[2]).toBeCloseTo(0.3, 12);
    expect(lossWeights({ ...config, firstWeight: 1, secondWeight: 1, thirdWeight: 2 })).toEqual([
      0.25, 0.25, 0.5,
    ]);
    expect(lossWeights({ ...config, firstWeight: 0, secondWeight: 0, thirdWeight: 0 })[0]).toBeCloseTo(
      1 / 3,
      12,
    );
    const hash = formatHash({ ...config, firstShare: 0.1, thirdWeight: 0.7 });
    expect(hash).toBe("#v=2&preset=mixing&firstShare=0.1&thirdWeight=0.7");
    expect(parseHash(hash)).toEqual({
      config: { ...config, firstShare: 0.1, thirdWeight: 0.7 },
      problems: [],
    });
    const much = parseHash("#v=2&preset=mixing&firstShare=0.9&secondShare=0.6");
    expect(much.problems).toEqual([expect.stringContaining("1.5 in all")]);
    expect(much.config.firstShare).toBeCloseTo(0.6, 12);
    expect(handleShares(much.config)[2]).toBe(0);
  });

  it("can be trained, and are told in a caption", () => {
    for (const preset of ["mixing", "policies"] as const) {
      const experiment = labExperiment(PRESETS[preset].config, sources);
      checkExperiment(experiment);
      expect(settingsText(PRESETS[preset].config, experiment)).toMatch(
        /^Data: handwritten digits .* Net: 64–\d+–10, ReLU\. Adam, .* Seeds 0 to \d, the same for (all|both)\.$/,
      );
    }
  });
});

describe("trainings", () => {
  const small: LabConfig = { ...PRESETS.mixing.config, units: 4, steps: 3, seeds: 1 };
  const bandits: LabConfig = { ...PRESETS.policies.config, units: 4, steps: 12, seeds: 2, reward: "ema" };
  const trained = async (
    config: LabConfig,
    { checkpoint, ...options }: { checkpoint?: Uint8Array; stopAfter?: number } = {},
  ) => {
    const device = await openDevice({ backend: "cpu" });
    const experiment = labExperiment(config, sources);
    const training = new DomainTraining(device, experiment, checkpoint, options);
    return { experiment, result: await training.result, checkpoint: await training.checkpoint() };
  };

  it("measure each mixture on each domain, as a program over the library's population does", async () => {
    const { experiment, result } = await trained(small);
    expect(result.curves.step).toEqual([0, 1, 2, 3]);
    const device = await openDevice({ backend: "cpu" });
    const { data, model, optimizer, batch, runs, evaluationData } = experiment.train;
    expect(runs.map(({ proportions }) => proportions)).toEqual(experiment.mixtures!.mixtures);
    const handle = openPopulation(device, { data, model, optimizer, batch, runs });
    await handle.train(3);
    const evaluations = await handle.evaluate(evaluationData);
    evaluations.forEach(({ domains }, r) => {
      domains!.forEach(({ loss }, k) => {
        expect(experiment.quantities[k].read(result.curves.runs[r], 3)).toBe(loss);
      });
    });
    handle.destroy();
    // And the laws are those of the history that the page has of it.
    const history = new History(3);
    const entry = Float32Array.from(
      result.curves.runs.flatMap((run) => experiment.quantities.map(({ read }) => read(run, 3))),
    );
    history.add(0, [3], entry);
    const laws = lawsOf(experiment, history)!;
    expect(laws.losses).toHaveLength(25);
    expect(lawsOf(experiment, history)).toBe(laws);
  });

  it("of bandits tell their policies, and equal shares stay equal", async () => {
    const { experiment, result } = await trained(bandits);
    const share = (run: number, e: number) =>
      range(4).map((k) =>
        experiment.quantities.find(({ key }) => key === `share${k}`)!.read(result.curves.runs[run], e),
      );
    const last = result.curves.step.length - 1;
    expect(share(0, last)).toEqual([0.25, 0.25, 0.25, 0.25]);
    expect(sum(share(2, last))).toBeCloseTo(1, 6);
    expect(share(2, last)).not.toEqual(share(0, last));
    expect(experiment.train.runs[2].bandit).toEqual(domainBandit({ reward: "ema" }));
    // Random labels are not asked for.
    const { asked } = experiment.policies!;
    expect(asked).toBe(3);
    expect(labExperiment({ ...bandits, junk: "noise" }, sources).policies).toEqual({
      last: "noisy inputs",
      asked: 4,
    });
  });

  it("go on from a checkpoint as if they had never stopped", async () => {
    for (const config of [small, bandits]) {
      const { result: straight } = await trained(config);
      const { checkpoint } = await trained(config, { stopAfter: 2 });
      const { result } = await trained(config, { checkpoint });
      expect(result.curves).toEqual(straight.curves);
      expect(result.runs.map(({ parameters }) => parameters)).toEqual(
        straight.runs.map(({ parameters }) => parameters),
      );
    }
  });

  it("stop at steps from the first to the last", () => {
    expect(stopsOf(240, 20)).toHaveLength(21);
    expect(stopsOf(3, 20)).toEqual([0, 1, 2, 3]);
  });
});
