/**
 * Merged nets in the lab as plain data: which runs there are, trainings that are what a program over the library's population gives,
 * checkpoints, nets that diverge; the scale and colours of the matrix. No browser.
 */

import { describe, expect, it } from "vitest";
import { lossColoursOn } from "../../demo/lab/pictures/domains/lossColours.ts";
import type { LabConfig } from "../../demo/lab/state/fields.ts";
import { PRESETS } from "../../demo/lab/state/presets.ts";
import { settingsText } from "../../demo/lab/takeaway/settings.ts";
import {
  lossText,
  meanOfPairs,
  mergedLosses,
  mergedScale,
} from "../../demo/lab/training/domains/mergedLosses.ts";
import { domainPairs, MERGING_IMAGES, mergingExperiment } from "../../demo/lab/training/domains/merging.ts";
import { MergingRuns, MergingTraining } from "../../demo/lab/training/domains/mergingTraining.ts";
import { checkExperiment, labExperiment } from "../../demo/lab/training/labExperiment.ts";
import { History } from "../../demo/lab/training/measured/history.ts";
import { pairMeasure } from "../../demo/lab/training/measured/quantities.ts";
import { readDigits } from "../../src/cli/imageFolder.ts";
import { DOMAINS, startSeeds } from "../../src/experiments/merging/data.ts";
import { adam, decodeSafetensors, erm, openDevice, openPopulation, range } from "../../src/index.ts";
import { encodeSealed } from "../../src/model/digest.ts";

const sources = { digits: await readDigits() };
const K = DOMAINS.length;
const small: LabConfig = { ...PRESETS.merging.config, units: 6, steps: 20, retrain: 4, seeds: 2 };

async function trained(
  config: LabConfig,
  {
    checkpoint,
    experiment = mergingExperiment(config, sources),
    ...options
  }: { checkpoint?: Uint8Array; stopAfter?: number; experiment?: ReturnType<typeof mergingExperiment> } = {},
) {
  const device = await openDevice({ backend: "cpu" });
  const training = new MergingTraining(device, experiment, checkpoint, options);
  return { experiment, result: await training.result, checkpoint: await training.checkpoint() };
}

/** The lab's view of what was measured. */
function historyOf({ experiment, result }: Awaited<ReturnType<typeof trained>>): History {
  const history = new History(experiment.quantities.length);
  const entries = result.curves.step.flatMap((_, e) =>
    result.curves.runs.flatMap((run) => experiment.quantities.map(({ read }) => read(run, e))),
  );
  history.add(0, [...result.curves.step], Float32Array.from(entries));
  return history;
}

describe("runs", () => {
  it("are starts, then nets of domains, each of a run that is shown", () => {
    const runs = new MergingRuns(3);
    expect([runs.shown, runs.starts]).toEqual([6, 21]);
    const starts = range(6).map((shown) => range(K).map((u) => runs.start(shown, u)));
    // Own starts are own, the common one is common.
    expect(new Set(starts.slice(0, 3).flat()).size).toBe(3 * K);
    for (const own of starts.slice(3)) expect(new Set(own).size).toBe(1);
    expect(new Set(starts.flat()).size).toBe(runs.starts);
    starts.forEach((own, shown) => {
      for (const start of own) expect(runs.shownOf(start, runs.starts)).toBe(shown);
    });
    const nets = range(6).map((shown) => range(K).map((u) => runs.net(shown, u, 6 * K)));
    expect(new Set(nets.flat()).size).toBe(6 * K);
    nets.forEach((own, shown) => {
      for (const net of own) expect(runs.shownOf(net, 6 * K)).toBe(shown);
      // Whose weights are saved for it: those of the first domain.
      expect([runs.net(shown, 0, 6 * K), runs.start(shown, 0)]).toEqual([shown, shown]);
    });
  });

  it("can be trained as they are opened, and are told in a caption", () => {
    const experiment = labExperiment(PRESETS.merging.config, sources);
    checkExperiment(experiment);
    const { draws, stops } = experiment.merging!;
    expect(stops).toHaveLength(12);
    expect([stops[0], stops.at(-1)]).toEqual([0, PRESETS.merging.config.retrain]);
    for (const { training, validation } of draws) {
      const own = new Set(training.flatMap((rows) => [...rows]));
      expect(own.size).toBe(K * MERGING_IMAGES.training);
      for (const rows of validation) {
        expect(rows).toHaveLength(MERGING_IMAGES.validation);
        for (const row of rows) expect(own.has(row)).toBe(false);
      }
    }
    expect(settingsText(PRESETS.merging.config, experiment)).toMatch(
      /^Data: handwritten digits in 6 domains \(plain, .*row rolled\), 1200 images .* Net: 64–48–48–10, ReLU\. Adam, .* Seed 0, the same for both\.$/,
    );
  });
});

describe("a training", () => {
  it("measures nets and their means as a program over the library's population does", async () => {
    const { experiment, result } = await trained(small);
    const { merging, train, quantities } = experiment;
    expect(result.curves.step).toEqual(merging!.stops.map((stop) => 20 + stop));
    const device = await openDevice({ backend: "cpu" });
    const { data, model, optimizer, batch } = train;
    for (const [d, { training, validation }] of merging!.draws.entries()) {
      const seeds = startSeeds(small.firstSeed + d);
      const handle = openPopulation(device, {
        ...{ data, model, optimizer, batch },
        runs: seeds.map((seed) => ({ seed, mixing: erm(), train: training[0] })),
      });
      await handle.train(20);
      // Own starts are the runs after the common one.
      await handle.fork([...range(K, 1), ...range(K).map(() => 0)]);
      await handle.set(range(2 * K), (r) => ({
        optimizer: adam({ learningRate: 3e-4 }),
        train: training[r % K],
      }));
      await handle.train(4);
      const measured = (g: number, i: number, j: number) =>
        result.curves.runs[2 * g + d][pairMeasure(i, j)]!.at(-1)!;
      const alone = await handle.evaluate(undefined, { points: range(2 * K).map((r) => validation[r % K]) });
      alone.forEach(({ loss }, r) => {
        expect(measured(Math.floor(r / K), r % K, r % K)).toBe(loss);
      });
      const pairs = domainPairs(K).filter(([i, j]) => i !== j);
      const all = [0, 1].flatMap((g) => pairs.map(([i, j]) => ({ g, i, j })));
      await handle.average(all.map(({ g, i, j }) => [g * K + i, g * K + j]));
      const merged = await handle.evaluate(undefined, {
        points: all.map(({ i, j }) => [...validation[i], ...validation[j]]),
      });
      merged.forEach(({ loss }, m) => {
        const { g, i, j } = all[m];
        expect(measured(g, i, j)).toBeCloseTo(loss, 12);
        expect(measured(g, j, i)).toBe(measured(g, i, j));
      });
      // What charts and status say are means of these.
      const run = result.curves.runs[2 + d];
      const last = result.curves.step.length - 1;
      const mean = (values: number[]) => values.reduce((sum, value) => sum + value / values.length, 0);
      expect(quantities[0].read(run, last)).toBeCloseTo(mean(pairs.map(([i, j]) => measured(1, i, j))), 12);
      expect(quantities[1].read(run, last)).toBeCloseTo(mean(range(K).map((u) => measured(1, u, u))), 12);
      handle.destroy();
    }
  });

  it("begins one start's nets equal, whose mean is that start, and merges them better in the end", async () => {
    const config = { ...small, units: 16, steps: 200, retrain: 60, seeds: 1 };
    const all = mergingExperiment(config, sources);
    const one = await trained(config, {
      experiment: { ...all, merging: { ...all.merging!, stops: [0, config.retrain] } },
    });
    const history = historyOf(one);
    const [own, shared] = one.experiment.groups.map((group) => mergedLosses(one.experiment, history, group)!);
    expect(meanOfPairs(shared)).toBeLessThan(meanOfPairs(own)!);
    // At the fork the mean of two equal nets is either.
    history.at = 0;
    const first = mergedLosses(one.experiment, history, one.experiment.groups[1])!;
    for (const [i, j] of domainPairs(K))
      expect(first[i][j]).toBeCloseTo((first[i][i]! + first[j][j]!) / 2, 5);
    const apart = mergedLosses(one.experiment, history, one.experiment.groups[0])!;
    // Each alone has come nearer to its domain.
    for (const [before, after] of [
      [first, shared],
      [apart, own],
    ])
      for (const u of range(K - 1, 1)) expect(after[u][u]).toBeLessThan(before[u][u]!);
    expect(apart[0][1]).not.toBeCloseTo((apart[0][0]! + apart[1][1]!) / 2, 2);
  });

  it("goes on from a checkpoint of either stage as if it had never stopped", async () => {
    const config = { ...small, seeds: 1 };
    const { result: straight } = await trained(config);
    for (const stopAfter of [7, 20, 22]) {
      const { result: half, checkpoint } = await trained(config, { stopAfter });
      expect(half.step).toBe(stopAfter);
      const { result } = await trained(config, { checkpoint });
      expect(result.curves).toEqual(straight.curves);
      expect(result.runs).toEqual(straight.runs);
    }
  });

  it("is the same whether merged nets are measured on the way or not", async () => {
    const config = { ...small, seeds: 1 };
    const experiment = mergingExperiment(config, sources);
    const { result: often } = await trained(config, { experiment });
    const seldom = { ...experiment, merging: { ...experiment.merging!, stops: [4] } };
    const { result: once } = await trained(config, { experiment: seldom });
    expect(once.runs).toEqual(often.runs);
    expect(once.curves.runs[1].pair_0_3).toEqual(often.curves.runs[1].pair_0_3!.slice(-1));
  });

  it("leaves out pairs of nets that have diverged, and says whose they are", async () => {
    const { checkpoint, experiment } = await trained(small, { stopAfter: 22 });
    const { tensors, metadata } = decodeSafetensors(checkpoint);
    const names = Object.keys(tensors).filter((name) => name.startsWith("parameters."));
    const { data, shape } = tensors[names.at(-1)!];
    const runs = new MergingRuns(2);
    const broken = [runs.net(0, 2, shape[0]), runs.net(3, 0, shape[0])];
    const own = data.length / shape[0];
    for (const run of broken) (data as Float64Array).fill(Number.NaN, run * own, (run + 1) * own);
    const planted = encodeSealed(tensors, metadata);
    const { result } = await trained(small, { checkpoint: planted });
    expect(result.runs.map(({ failure }) => failure !== undefined)).toEqual([true, false, false, true]);
    const last = (run: number, i: number, j: number) => result.curves.runs[run][pairMeasure(i, j)]!.at(-1)!;
    for (const [i, j] of domainPairs(K)) {
      expect(Number.isNaN(last(0, i, j))).toBe(i === 2 || j === 2);
      expect(Number.isNaN(last(3, i, j))).toBe(i === 0);
      expect(last(1, i, j)).toBeGreaterThan(0);
      expect(last(2, i, j)).toBeGreaterThan(0);
    }
    // A cell has the mean of those that are left.
    const history = historyOf({ experiment, result, checkpoint });
    const losses = mergedLosses(experiment, history, experiment.groups[0])!;
    expect(losses[2][1]).toBeCloseTo(last(1, 1, 2), 5);
    expect(losses[0][1]).toBeCloseTo((last(0, 0, 1) + last(1, 0, 1)) / 2, 5);
  });

  it("tells of a start that diverges in the first stage", async () => {
    const { checkpoint, experiment } = await trained(small, { stopAfter: 8 });
    const { tensors, metadata } = decodeSafetensors(checkpoint);
    const names = Object.keys(tensors).filter((name) => name.startsWith("parameters."));
    const { data, shape } = tensors[names.at(-1)!];
    const own = data.length / shape[0];
    // The common start of the second draw.
    const start = new MergingRuns(2).start(3, 0);
    (data as Float64Array).fill(Number.NaN, start * own, (start + 1) * own);
    const { result } = await trained(small, { checkpoint: encodeSealed(tensors, metadata), experiment });
    expect(result.runs.map(({ failure }) => failure !== undefined)).toEqual([false, false, false, true]);
    expect(result.curves.runs[3].pair_1_2!.every(Number.isNaN)).toBe(true);
    expect(result.curves.runs[2].pair_1_2!.some(Number.isNaN)).toBe(false);
  });
});

describe("the matrix", () => {
  it("has one scale from the lowest loss to the highest, by logarithms", () => {
    const scale = mergedScale([
      [
        [0.1, 1],
        [1, undefined],
      ],
      [
        [0.4, 10],
        [10, 0.4],
      ],
    ])!;
    expect([scale.low, scale.high]).toEqual([0.1, 10]);
    expect([scale.place(0.1), scale.place(1), scale.place(10)]).toEqual([0, 0.5, 1]);
    expect(scale.loss(scale.place(0.3))).toBeCloseTo(0.3, 12);
    expect(mergedScale([[[undefined]]])).toBeUndefined();
    // What hardly differs lies in its middle.
    const level = mergedScale([[[2, 2.02]]])!;
    expect(level.high / level.low).toBeCloseTo(2, 9);
    expect(level.place(2)).toBeGreaterThan(0.4);
    expect(level.place(2.02)).toBeLessThan(0.6);
    expect(mergedScale([[[0]]])!.low).toBeGreaterThan(0);
  });

  it("says means of pairs, and nothing of what has diverged", () => {
    expect(
      meanOfPairs([
        [9, 1, 2],
        [1, 9, 6],
        [2, 6, 9],
      ]),
    ).toBeCloseTo(3, 12);
    expect(
      meanOfPairs([
        [9, undefined],
        [undefined, 9],
      ]),
    ).toBeUndefined();
    expect([0.126, 9.994, 9.996, 12.34, undefined].map(lossText)).toEqual([
      "0.13",
      "9.99",
      "10.0",
      "12.3",
      "–",
    ]);
  });

  it("can be read at every place, in both themes", () => {
    const linear = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    const luminance = (hex: string) => {
      const [r, g, b] = [1, 3, 5].map((at) => linear(Number.parseInt(hex.slice(at, at + 2), 16) / 255));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    for (const [paper, accent] of [
      [
        [255, 255, 255],
        [90, 63, 199],
      ],
      [
        [21, 24, 30],
        [182, 162, 255],
      ],
    ] as const) {
      for (const place of range(101)) {
        const { ground, text } = lossColoursOn(place / 100, paper, accent);
        const [light, dark] = [luminance(ground), luminance(text)].sort((a, b) => b - a);
        expect((light + 0.05) / (dark + 0.05)).toBeGreaterThan(4.5);
      }
    }
  });
});
