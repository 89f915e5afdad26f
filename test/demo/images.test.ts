/**
 * What the lab shows of nets for images, as plain data: which samples of which step, which filters, what is misclassified,
 * and the net itself. No browser.
 */

import { describe, expect, it } from "vitest";
import { blendsOf, mixedPoint, unmixed } from "../../demo/lab/pictures/blends.ts";
import { filterLimit, filterPlanes } from "../../demo/lab/pictures/images/rasters.ts";
import type { LabConfig } from "../../demo/lab/state/fields.ts";
import { PRESETS } from "../../demo/lab/state/presets.ts";
import { Frames } from "../../demo/lab/training/frames.ts";
import { labExperiment } from "../../demo/lab/training/labExperiment.ts";
import { filtersOf, filterTensor } from "../../demo/lab/training/measured/filters.ts";
import { misclassified } from "../../demo/lab/training/measured/misclassified.ts";
import { netRows, netText, parameterCount } from "../../demo/lab/training/measured/netRows.ts";
import { missesOf } from "../../demo/lab/training/measured/predictions.ts";
import { initialNets, predictNets } from "../../demo/lab/training/predict.ts";
import type { Frame } from "../../demo/lab/training/protocol.ts";
import { readDigits } from "../../src/cli/imageFolder.ts";
import { settingOf } from "../../src/experiments/images/settings.ts";
import { batchNorm2d, conv2d, dense, flatten, mlp, sequential } from "../../src/index.ts";
import { classIndex, Sampler } from "../../src/mixing/sampling.ts";

const sources = { digits: await readDigits() };
const CONFIG: LabConfig = { ...PRESETS.digits.config, points: 256, seeds: 2 };
const experiment = labExperiment(CONFIG, sources);
const { train, groups, probe } = experiment;
const { data } = train;

it("trains the experiment's net on its first images, and looks at every image", () => {
  const setting = settingOf("digits", sources);
  expect(train.model).toEqual(setting.model);
  expect(data.shape).toEqual([1, 8, 8]);
  expect(data.points).toEqual(setting.data.points.slice(0, 256 * 64));
  expect(data.labels).toEqual(setting.data.labels!.slice(0, 256));
  expect(experiment.picture).toBe("images");
  expect(probe.points).toBe(data.points);
  expect(() => labExperiment(CONFIG)).toThrow("digits");
});

describe("the batch of a step", () => {
  /** The frame that a page gets at a step. */
  function frameAt(step: number): Frame {
    const sent: Frame[] = [];
    const progress = {
      step,
      steps: train.steps,
      curves: { step: [], runs: [] },
      probabilities: new Float32Array(0),
      failures: [],
    };
    const standing = {
      progress,
      probabilities: () => new Float32Array(0),
      filters: () => new Float32Array(0),
      training: false,
    };
    new Frames(experiment, {
      interval: 0,
      now: () => standing,
      post: (frame) => sent.push(frame),
    }).offer();
    return sent[0];
  }

  it("is the one that the sampler drew for it, mixed as the nets see it", () => {
    const { firstRun, mixing } = groups[1];
    const sampler = new Sampler(train.runs[firstRun].seed, mixing, data.size, classIndex(data), train.batch!);
    for (const step of [1, 2, 5, 412]) {
      const blends = blendsOf(frameAt(step).mixed, 24);
      expect(blends).toHaveLength(24);
      blends.forEach((blend, b) => {
        const { first, partner, featureLambda, labelLambda } = sampler.sample(step - 1, b);
        expect(blend).toEqual({ first, partner, lambda: featureLambda, labelLambda });
        expect(labelLambda).toBe(featureLambda);
        const image = mixedPoint(data, blend);
        expect(image).toHaveLength(64);
        image.forEach((value, i) => {
          const [own, other] = [first, partner].map((n) => data.points[64 * n + i]);
          expect(value).toBeCloseTo(featureLambda * own + (1 - featureLambda) * other, 6);
        });
      });
    }
  });

  it("is the same without mixing for ERM, as its own sampler draws it", () => {
    const { firstRun, mixing } = groups[0];
    const sampler = new Sampler(train.runs[firstRun].seed, mixing, data.size, classIndex(data), train.batch!);
    unmixed(blendsOf(frameAt(7).mixed, 8)).forEach((blend, b) => {
      const { first } = sampler.sample(6, b);
      expect(blend).toEqual({ first, partner: first, lambda: 1, labelLambda: 1 });
      expect(mixedPoint(data, blend)).toEqual(data.points.slice(64 * first, 64 * first + 64));
    });
  });

  it("is nothing before the first step", () => {
    expect(blendsOf(frameAt(0).mixed)).toEqual([]);
  });
});

describe("misclassified images", () => {
  const R = train.runs.length;
  /** Every net certain of each image's own class, but for what `wrong` says. */
  function certain(wrong: readonly { run: number; point: number; predicted: number }[]): Float32Array {
    const probabilities = new Float32Array(R * data.size * 10);
    const say = (run: number, point: number, label: number) => {
      const from = (run * data.size + point) * 10;
      probabilities.fill(0, from, from + 10);
      probabilities[from + label] = 1;
    };
    for (let run = 0; run < R; run++)
      for (let point = 0; point < data.size; point++) say(run, point, data.labels![point]);
    for (const { run, point, predicted } of wrong) say(run, point, predicted);
    return probabilities;
  }
  const other = (point: number, by = 1) => (data.labels![point] + by) % 10;

  it("are none where every net is right", () => {
    expect(misclassified(certain([]), experiment, groups[0])).toEqual([]);
  });

  it("come with their class, what they are taken for and by how many nets, of the group alone", () => {
    const wrong = [
      { run: 0, point: 9, predicted: other(9) },
      { run: 1, point: 9, predicted: other(9) },
      { run: 1, point: 4, predicted: other(4, 3) },
      { run: groups[1].firstRun, point: 200, predicted: other(200) },
    ];
    const probabilities = certain(wrong);
    expect(misclassified(probabilities, experiment, groups[0])).toEqual([
      { point: 9, label: data.labels![9], predicted: other(9), nets: 2 },
      { point: 4, label: data.labels![4], predicted: other(4, 3), nets: 1 },
    ]);
    expect(misclassified(probabilities, experiment, groups[1]).map(({ point }) => point)).toEqual([200]);
  });

  it("are as many as the error in the title counts", () => {
    const probabilities = predictNets(train, initialNets(experiment), data.points);
    for (const group of groups) {
      const found = misclassified(probabilities, experiment, group);
      const misses = missesOf(probabilities, experiment, group);
      expect(found.length).toBeGreaterThan(100);
      expect(found.map(({ point, nets }) => [point, nets]).sort(([a], [b]) => a - b)).toEqual(
        misses.flatMap((nets, point) => (nets === 0 ? [] : [[point, nets]])),
      );
    }
  });

  it("of a net that diverged are none: it says nothing", () => {
    const probabilities = certain([]).fill(Number.NaN, 0, data.size * 10);
    expect(misclassified(probabilities, experiment, groups[0])).toEqual([]);
  });
});

describe("filters", () => {
  it("are the weights over the input of each group's first net", () => {
    expect(filterTensor(train.model)).toMatchObject({ name: "0.weight", shape: [8, 1, 3, 3] });
    const nets = initialNets(experiment);
    const filters = filtersOf(experiment, nets);
    expect(filters).toHaveLength(2 * 72);
    expect([...filters.subarray(72)]).toEqual(
      [...nets[groups[1].firstRun]["0.weight"].data].map(Math.fround),
    );
    const planes = filterPlanes(filters.subarray(0, 72), [8, 1, 3, 3]);
    expect(planes).toHaveLength(8);
    expect(planes[7]).toEqual(filters.subarray(63, 72));
  });

  it("are none of a net that does not look at its input in patches", () => {
    expect(filterTensor(mlp([2, 3, 2]))).toBeUndefined();
    expect(filtersOf(labExperiment({ ...PRESETS.line.config, units: 2 }), [])).toHaveLength(0);
    // A convolution deeper inside reads no image.
    const deep = sequential([4, 4, 4], [batchNorm2d(), conv2d(2), flatten(), dense(2)]);
    expect(filterTensor(deep)).toBeUndefined();
  });

  it("have a scale in tenths, whatever they are", () => {
    expect(filterLimit(Float32Array.of(0.31, -0.42))).toBe(0.5);
    expect(filterLimit(new Float32Array(0))).toBe(0.1);
    expect(filterLimit(Float32Array.of(Number.NaN, 0.15))).toBe(0.2);
  });
});

it("a net is read from its trace: shapes, parameters and state under PyTorch's names", () => {
  const model = sequential(
    [1, 8, 8],
    [conv2d(4, { name: "stem" }), batchNorm2d({ name: "bn" }), flatten(), dense(3)],
  );
  const rows = netRows(model);
  expect(rows.map(({ name, shape }) => [name, shape])).toEqual([
    ["stem", [4, 6, 6]],
    ["bn", [4, 6, 6]],
    ["2", [144]],
    ["3", [3]],
  ]);
  expect(rows[0].tensors).toEqual(["stem.weight 4×1×3×3", "stem.bias 4"]);
  expect(rows[1].tensors).toEqual(
    expect.arrayContaining(["bn.weight 4", "bn.bias 4", "bn.running_mean 4", "bn.running_var 4"]),
  );
  expect(rows[0].operation).toMatch(/^conv2d\(channels 4, .*kernel 3×3/);
  expect(parameterCount(train.model)).toBe(1898);
  expect(netText(mlp([1, 4, 2]))).toBe(
    "1 → dense(outputs 4, bias true) → activation(relu) → dense(outputs 2, bias true)",
  );
});
