/**
 * The methods in the lab as plain data: what is compared, the closed form and the nets that walk along it, the long tail trained in
 * stages, and which setting a refusal is about. No browser.
 */

import { describe, expect, it } from "vitest";
import { curveItself, regressionCurve } from "../../demo/lab/data/regressionCurve.ts";
import { blendsOf, mixedPoint } from "../../demo/lab/pictures/blends.ts";
import type { LabConfig } from "../../demo/lab/state/fields.ts";
import { hasTheory, PRESETS, shownView } from "../../demo/lab/state/presets.ts";
import { refusalOf } from "../../demo/lab/state/refusals.ts";
import { checkExperiment, labExperiment } from "../../demo/lab/training/labExperiment.ts";
import { groupError } from "../../demo/lab/training/measured/predictions.ts";
import { CURVE_STEPS, overTrainingStudy } from "../../demo/lab/training/methods/closedForm.ts";
import { byLabel, partnerProbabilities } from "../../demo/lab/training/methods/partners.ts";
import { TailTraining } from "../../demo/lab/training/methods/tailTraining.ts";
import { packSample, samplesOf } from "../../demo/lab/training/samples.ts";
import { readDigits } from "../../src/cli/imageFolder.ts";
import { longTailSplit } from "../../src/experiments/long-tail/data.ts";
import { measureTail, secondStage } from "../../src/experiments/long-tail/paths.ts";
import {
  ConfigError,
  erm,
  labelKernel,
  labelKernelProbabilities,
  type Mixing,
  mixup,
  openDevice,
  openPopulation,
  overTrainingCurves,
  range,
  train,
  uniform,
} from "../../src/index.ts";

const sources = { digits: await readDigits() };
const experimentOf = (config: LabConfig) => labExperiment(config, sources);

/** The error that the library refuses a state with. */
function refusal(change: Partial<LabConfig>, preset: keyof typeof PRESETS = "line"): ConfigError {
  try {
    checkExperiment(experimentOf({ ...PRESETS[preset].config, ...change }));
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("It is not refused.");
}

describe("what is compared", () => {
  const mixingsOf = (change: Partial<LabConfig>, preset: keyof typeof PRESETS = "moons"): Mixing[] =>
    experimentOf({ ...PRESETS[preset].config, ...change }).groups.map(({ mixing }) => mixing);

  it("is ERM beside Mixup, and between them plain Mixup where one thing of it is changed", () => {
    expect(mixingsOf({})).toHaveLength(2);
    const [plainErm, tied, independent] = mixingsOf({}, "two-lambdas");
    expect(plainErm).toEqual(erm());
    const half = uniform(0.5, 1);
    expect(tied).toEqual(mixup(half, { granularity: "sample" }));
    expect(independent).toEqual(mixup(half, { granularity: "sample", labelLambda: half }));
    const [, any, near] = mixingsOf({}, "c-mixup");
    expect(any.pairing).toBe("uniform");
    expect(near.pairing).toEqual(labelKernel({ bandwidth: 0.1 }));
  });

  it("has all options of the base set, and phases", () => {
    const change: Partial<LabConfig> = {
      ...{ law: "uniform", from: 0.2, to: 0.9, probability: 0.5, smoothing: 0.1, distillation: 0.2 },
      ...{ switchAt: 300, pairing: "other-class", granularity: "sample" },
    };
    const { train: config, groups } = experimentOf({ ...PRESETS.moons.config, ...change });
    const run = config.runs[groups[1].firstRun];
    expect(run).toMatchObject({
      mixing: mixup(uniform(0.2, 0.9), {
        pairing: "other-class",
        granularity: "sample",
        probability: 0.5,
      }),
      labelSmoothing: 0.1,
      selfDistillation: 0.2,
      phases: [{ from: 300, mixing: erm() }],
    });
    expect(config.runs[0]).not.toHaveProperty("phases");
    expect(mixingsOf({ labelLaw: "constant", labelLambda: 0.75 })[2].labelLambda).toEqual({
      kind: "constant",
      value: 0.75,
    });
  });

  it.each([
    ["hidden values", { geometry: "hidden" }],
    ["hidden values in one pass", { geometry: "hidden", pairing: "permutation" }],
    ["a clean batch", { eta: 0.5 }],
    ["a clean batch, then ERM", { eta: 0.5, switchAt: 20 }],
    ["hidden values, then ERM", { geometry: "hidden", switchAt: 20 }],
  ] as const)("trains ERM beside %s as what it is alone", async (_, change) => {
    const device = await openDevice({ backend: "cpu" });
    const small = { ...PRESETS.moons.config, points: 10, units: 8, steps: 40, seeds: 1 };
    const beside = experimentOf({ ...small, ...change });
    const alone = experimentOf(small);
    const [a, b] = await Promise.all(
      [beside, alone].map(({ train: config }) => train(device, config).result),
    );
    const parameters = a.runs[0].parameters["layers.0.weight"].data;
    Array.from(b.runs[0].parameters["layers.0.weight"].data).forEach((value, i) => {
      expect(parameters[i]).toBeCloseTo(Number(value), 9);
    });
    // Mixup is another net.
    expect(a.runs[1].parameters["layers.0.weight"].data[0]).not.toBeCloseTo(Number(parameters[0]), 6);
  });

  it("is shown as it is where the preset has no such view, and without theory where that is of something else", () => {
    expect(shownView({ preset: "long-tail", view: "sweep" })).toBe("picture");
    expect(shownView({ preset: "c-mixup", view: "sweep" })).toBe("sweep");
    expect(hasTheory(PRESETS.line.config)).toBe(true);
    for (const change of [
      { labelLaw: "independent" },
      { probability: 0.5 },
      { switchAt: 9 },
      { smoothing: 0.1 },
      { law: "uniform", from: 0.5 },
    ] as const)
      expect(hasTheory({ ...PRESETS.line.config, ...change })).toBe(false);
    expect(hasTheory({ ...PRESETS.own.config, target: "numbers" })).toBe(false);
  });
});

describe("the batch that is shown", () => {
  const frameOf = (change: Partial<LabConfig>, step: number) => {
    const experiment = experimentOf({ ...PRESETS.digits.config, points: 64, batch: 32, seeds: 1, ...change });
    const { firstRun } = experiment.groups[1];
    const samples = samplesOf(experiment.train, firstRun)(step, 8);
    return { experiment, samples, blends: blendsOf(Float32Array.from(samples.flatMap(packSample))) };
  };

  it("has the boxes that were cut", () => {
    const { experiment, samples, blends } = frameOf(
      { geometry: "cutmix", granularity: "sample", alpha: 1 },
      4,
    );
    const { data } = experiment.train;
    expect(samples.some(({ box }) => box!.bottom > box!.top)).toBe(true);
    blends.forEach((blend, b) => {
      const { first, partner, labelLambda, box } = samples[b];
      expect(blend.labelLambda).toBe(labelLambda);
      mixedPoint(data, blend).forEach((value, d) => {
        const [row, column] = [Math.floor(d / 8), d % 8];
        const isOther = row >= box!.top && row < box!.bottom && column >= box!.left && column < box!.right;
        expect(value).toBe(data.points[64 * (isOther ? partner : first) + d]);
      });
    });
  });

  it("is as it is where values within the net are mixed", () => {
    const places = [0, 1, 2, 3, 4, 5, 6, 7].map((step) => {
      const { experiment, samples, blends } = frameOf({ geometry: "hidden" }, step);
      const { data } = experiment.train;
      const { hiddenPlace, first } = samples[0];
      const own = data.points.slice(64 * first, 64 * first + 64);
      if (hiddenPlace === 0) expect(mixedPoint(data, blends[0])).not.toEqual(own);
      else expect(mixedPoint(data, blends[0])).toEqual(own);
      return hiddenPlace;
    });
    expect(new Set(places).size).toBeGreaterThan(1);
  });
});

describe("a refusal", () => {
  it.each([
    [{ pairing: "label-kernel" }, "pairing", "numbers as labels"],
    [{ geometry: "cutmix" }, "geometry", "boxes are cut of images"],
    [{ geometry: "hidden", eta: 1 }, "geometry", "beside an unmixed batch"],
    [{ geometry: "hidden", distillation: 0.3 }, "distillation", "hidden values are mixed"],
    [{ law: "uniform", from: 0.6, to: 0.4 }, "to", "0.4"],
    [{ labelLaw: "uniform", labelFrom: 0.6, labelTo: 0.4 }, "labelTo", "0.4"],
    [{ switchAt: 5000 }, "switchAt", "a step of the training"],
  ] as const)("%j is said beside %s", (change, field, text) => {
    const found = refusalOf(refusal(change));
    expect(found.field).toBe(field);
    expect(found.text).toContain(text);
    // The path is the library's; the page has a field for it.
    expect(found.text).not.toContain("runs[");
  });

  it("of too many points is about the points, and one of nothing special about no field", () => {
    expect(refusalOf(refusal({ points: 61 }, "over-training")).field).toBe("points");
    expect(refusalOf(refusal({ pairing: "same-class" }, "c-mixup")).field).toBe("pairing");
    expect(refusalOf(new ConfigError("model.layers[0]", "no."))).toEqual({ field: undefined, text: "no." });
  });
});

describe("over-training", () => {
  const { study, draws } = overTrainingStudy(3, { count: 12, first: 3, draws: 2 });

  it("has the library's curves of a draw, and switches where the handle is", () => {
    const { features, teacher, testPoints } = study.base;
    const expected = overTrainingCurves({
      ...{ features, teacher, testPoints },
      points: draws[0].points,
      steps: [0, ...CURVE_STEPS],
    });
    for (const arm of ["erm", "mixup"] as const) {
      draws[0].curve(arm).forEach((error, k) => {
        expect(Math.abs(error - expected[arm][k + 1])).toBeLessThan(1e-10);
      });
    }
    // The library's own switch is at Mixup's best step, and counts from there.
    const { bestStep } = expected;
    const own = draws[0].switched(
      bestStep,
      CURVE_STEPS.map((step) => bestStep + step),
    );
    own.forEach((error, k) => {
      expect(Math.abs(error - expected.switched[k + 1])).toBeLessThan(1e-10);
    });
    // At once it is Mixup's error.
    expect(draws[0].switched(100, [100])[0]).toBeCloseTo(draws[0].error("mixup", 100), 12);
  });

  it("has nets that walk along the closed form, through the switch", async () => {
    const config = { ...PRESETS["over-training"].config, points: 8, steps: 60, switchAt: 25, seeds: 1 };
    const experiment = experimentOf(config);
    const device = await openDevice({ backend: "cpu" });
    const { curves } = await train(device, { ...experiment.train, evaluateEvery: 5 }).result;
    const [closed] = experiment.overTraining!.draws;
    const [quantity] = experiment.quantities;
    curves.step.forEach((step, e) => {
      const [ermError, mixupError, switched] = curves.runs.map((run) => quantity.read(run, e));
      // Points and parameters are 32-bit floats, the closed form is not.
      const near = (value: number, exact: number) =>
        expect(Math.abs(value - exact) / exact).toBeLessThan(1e-5);
      near(ermError, closed.error("erm", step));
      near(mixupError, closed.error("mixup", step));
      near(switched, step <= 25 ? closed.error("mixup", step) : closed.switched(25, [step])[0]);
    });
  });

  it("shows the U, and its remedy, as it is opened", () => {
    const { seeds, points, dataSeed, switchAt } = PRESETS["over-training"].config;
    const opened = overTrainingStudy(dataSeed, { count: points, first: 0, draws: seeds }).draws;
    const mean = (curves: Float64Array[]) =>
      curves[0].map((_, k) => curves.reduce((sum, curve) => sum + curve[k] / curves.length, 0));
    const mixed = mean(opened.map((draw) => draw.curve("mixup")));
    const best = mixed.indexOf(Math.min(...mixed));
    expect(CURVE_STEPS[best]).toBe(switchAt);
    expect(mixed[mixed.length - 1] / mixed[best]).toBeGreaterThan(1.6);
    const last = CURVE_STEPS[CURVE_STEPS.length - 1];
    const end = mean(opened.map((draw) => draw.switched(switchAt, [last])))[0];
    expect(end).toBeLessThan(0.5 * mixed[best]);
  });
});

describe("regression", () => {
  it("has curves, and partners as the library draws them", () => {
    const data = regressionCurve({ curve: "rise", points: 30, noise: 0.05, seed: 2 });
    expect(data.labels).toBeUndefined();
    expect(data).not.toEqual(regressionCurve({ curve: "rise", points: 30, noise: 0.05, seed: 3 }));
    const truth = curveItself("wave", 5);
    expect(Array.from(truth.points)).toEqual([-1, -0.5, 0, 0.5, 1]);
    const order = byLabel(data);
    for (let k = 1; k < 30; k++)
      expect(data.targets[order[k - 1]]).toBeLessThanOrEqual(data.targets[order[k]]);
    const near = mixup(uniform(), { pairing: labelKernel({ bandwidth: 0.1 }) });
    expect(partnerProbabilities(data, near)).toEqual(
      labelKernelProbabilities(data.targets, 1, { bandwidth: 0.1, includesSelf: true }),
    );
    const other = partnerProbabilities(data, mixup(uniform(), { pairing: "other" }));
    expect([other[0], other[1]]).toEqual([0, 1 / 29]);
  });

  it("takes C-Mixup's samples from near labels, and none from step to step of ERM", () => {
    const config = { ...PRESETS["c-mixup"].config, bandwidth: 0.02, switchAt: 3 };
    const experiment = experimentOf(config);
    const { targets } = experiment.train.data;
    const samples = samplesOf(experiment.train, experiment.groups[2].firstRun);
    for (const { first, partner } of samples(2, 60))
      expect(Math.abs(targets[first] - targets[partner])).toBeLessThan(6 * 0.02);
    expect(samples(3, 5).every(({ featureLambda }) => featureLambda === 1)).toBe(true);
  });

  it("has less error with near partners than with any, where near labels mean like inputs, and else not", async () => {
    const device = await openDevice({ backend: "cpu" });
    const errors = async (curve: "rise" | "wave") => {
      const experiment = experimentOf({ ...PRESETS["c-mixup"].config, curve, seeds: 1, steps: 400 });
      const { curves } = await train(device, { ...experiment.train, evaluateEvery: 400 }).result;
      return curves.runs.map((run) => experiment.quantities[0].read(run, 0));
    };
    const [, anyRising, nearRising] = await errors("rise");
    expect(nearRising).toBeLessThan(0.6 * anyRising);
    const [plain, , nearWave] = await errors("wave");
    expect(nearWave).toBeGreaterThan(2 * plain);
  });

  it("has a root mean square as its error", () => {
    const own = "0,0;1,1;2,4";
    const config: LabConfig = { ...PRESETS.own.config, target: "numbers", own, seeds: 1, optimal: false };
    const experiment = experimentOf(config);
    expect(experiment.picture).toBe("fit");
    const probes = experiment.probe.points.length;
    const outputs = new Float32Array(2 * probes);
    outputs.set([1, 1, 1], probes - 3);
    expect(groupError(outputs, experiment, experiment.groups[0])).toBeCloseTo(Math.sqrt(10 / 3), 6);
    expect(experimentOf({ ...config, own: "0,0,1;1,0,2" }).picture).toBe("field");
  });
});

describe("the long tail", () => {
  const config: LabConfig = {
    ...PRESETS["long-tail"].config,
    ...{ units: 8, steps: 12, retrain: 9, seeds: 2, largest: 12, imbalance: 6 },
  };
  const experiment = experimentOf(config);
  const { longTail } = experiment;
  const last = async (options: { checkpoint?: Uint8Array; stopAfter?: number } = {}) => {
    const device = await openDevice({ backend: "cpu" });
    const { checkpoint, ...more } = options;
    const training = new TailTraining(device, experiment, checkpoint, more);
    return { result: await training.result, checkpoint: await training.checkpoint() };
  };

  it("is what a program over the library's population gives", async () => {
    const { result } = await last();
    expect(result.step).toBe(21);
    expect(result.curves.step).toEqual([12, ...longTail!.stops.map((stop) => 12 + stop)]);
    const device = await openDevice({ backend: "cpu" });
    const { data, model, optimizer } = experiment.train;
    const splits = range(2).map((seed) =>
      longTailSplit(data, { seed, largest: 12, imbalance: 6, test: 600 }),
    );
    const handle = openPopulation(device, {
      ...{ data, model, optimizer, batch: "full" },
      runs: splits.map((split, seed) => ({ seed, mixing: erm(), train: split.splits.training })),
    });
    await handle.train(12);
    await handle.fork([0, 1]);
    await handle.set([0, 1], (r) => ({
      ...secondStage(
        { name: "slow-0.98", label: "", optimizer: "slow", smoothing: 0.98 },
        splits[r],
        data.labels!,
      ),
      frozen: ["layers.0"],
    }));
    await handle.train(9);
    const evaluations = await handle.evaluate(undefined, { points: splits.map((one) => one.splits.test) });
    const group = experiment.groups[1];
    evaluations.forEach((evaluation, r) => {
      const expected = measureTail(evaluation, splits[r], data.labels!);
      const run = result.curves.runs[group.firstRun + r];
      for (const name of ["overall", "many", "few", "head", "tail"] as const)
        expect(run[name]!.at(-1)).toBe(expected[name]);
    });
    handle.destroy();
  });

  it("goes on from a checkpoint of either stage as if it had never stopped", async () => {
    const { result: straight } = await last();
    for (const stopAfter of [5, 12, 15]) {
      const { result: half, checkpoint } = await last({ stopAfter });
      expect(half.step).toBe(stopAfter);
      const { result } = await last({ checkpoint });
      expect(result.curves).toEqual(straight.curves);
      expect(result.runs.map(({ parameters }) => parameters)).toEqual(
        straight.runs.map(({ parameters }) => parameters),
      );
    }
  });
});
