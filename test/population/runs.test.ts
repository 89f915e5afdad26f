/** What a run may ask for besides a law, and its phases: checked with a path, before anything is allocated; and told apart by step. */

import { describe, expect, it } from "vitest";
import { classDataset, regressionDataset } from "../../src/data/dataset.ts";
import { withDomains } from "../../src/data/domains.ts";
import { domainBandit } from "../../src/mixing/bandit.ts";
import { labelKernel } from "../../src/mixing/labelKernel.ts";
import { beta, constantLambda, type Law, lawName, uniform } from "../../src/mixing/laws.ts";
import { cutMix, erm, manifoldMixup, mixup, pairingName } from "../../src/mixing/mixing.ts";
import { batchNorm2d } from "../../src/model/layers/batchNorm2d.ts";
import { conv2d } from "../../src/model/layers/conv2d.ts";
import { dense } from "../../src/model/layers/dense.ts";
import { globalAveragePool } from "../../src/model/layers/pool2d.ts";
import { sequential } from "../../src/model/model.ts";
import { mlp } from "../../src/model/nets.ts";
import { adam } from "../../src/model/optimizer.ts";
import { resolvePopulation } from "../../src/population/config.ts";
import { describeRun } from "../../src/population/describe.ts";
import { range } from "../../src/population/grid.ts";
import { allPhases, frozenParameters, phaseStarts, runAt } from "../../src/population/phases.ts";
import type { PopulationConfig, RunConfig } from "../../src/population/population.ts";
import { configErrorPath } from "../configError.ts";

const N = 12;
const CLASSES = classDataset({
  points: range(N),
  labels: range(N).map((n) => n % 3),
  dimensions: 1,
});
const NUMBERS = regressionDataset({ points: range(N), targets: range(N), dimensions: 1, outputs: 1 });
const CONFIG: PopulationConfig = {
  data: CLASSES,
  model: mlp([1, 4, 3]),
  optimizer: adam(),
  steps: 10,
  batch: 4,
  runs: [],
};
const law = beta(1);

function resolve(run: Partial<RunConfig>, more: Partial<PopulationConfig> = {}) {
  return resolvePopulation({ ...CONFIG, runs: [{ seed: 0, mixing: mixup(law), ...run }], ...more });
}

describe("a run refuses", () => {
  const numbers = { data: NUMBERS, model: mlp([1, 4, 1]) };
  const normed = {
    data: classDataset({
      points: range(4 * 9),
      labels: [0, 1, 0, 1],
      dimensions: 9,
      shape: [1, 3, 3] as const,
    }),
    model: sequential([1, 3, 3], [conv2d(2), batchNorm2d(), globalAveragePool(), dense(2)]),
  };
  const domains = {
    data: withDomains(CLASSES, { a: { from: 0, to: 5 }, b: { from: 6, to: 9 }, c: [9], d: [] }),
  };
  const halves = { data: withDomains(CLASSES, { a: { from: 0, to: 6 }, b: { from: 6, to: N } }) };
  const path = (run: object, more: Partial<PopulationConfig> = {}) =>
    configErrorPath(() => resolve(run as Partial<RunConfig>, more));

  it.each<[string, object, Partial<PopulationConfig>?]>([
    ["train", { train: [] }],
    ["train", { train: 3 }],
    ["proportions", { proportions: [1, 1] }],
    ["proportions", { proportions: [1, 1, 1] }, domains],
    ["proportions", { proportions: [0, 0, 0, 0] }, domains],
    ["proportions", { proportions: 1 }, domains],
    ["proportions[1]", { proportions: [1, -0.1, 1, 0] }, domains],
    ["proportions[0]", { proportions: [Number.NaN, 1, 1, 0] }, domains],
    ["proportions[0]", { proportions: [Number.POSITIVE_INFINITY, 1, 1, 0] }, domains],
    ["proportions", { proportions: [1e308, 1e308, 1e308, 0] }, domains],
    ["proportions[3]", { proportions: [1, 1, 1, 1] }, domains],
    ["proportions[0]", { proportions: [1, 1, 1, 0], train: [5, 6, 7, 8, 9] }, domains],
    ["proportions[2]", { proportions: [1, 0, 1, 0], mixing: mixup(law, { pairing: "other" }) }, domains],
    ["proportions", { proportions: [1, 1, 1, 0] }, { ...domains, batch: "full" }],
    ["proportions", { proportions: [1, 1, 1, 0] }, { ...domains, lastBatch: "keep" }],
    ["mixing.pairing", { proportions: [1, 1, 1, 0], mixing: mixup(law, { pairing: "same-class" }) }, domains],
    ["mixing.partnerDomain", { mixing: mixup(law, { partnerDomain: "same" }) }, domains],
    [
      "phases[0].proportions[3]",
      { proportions: [1, 1, 1, 0], phases: [{ from: 2, proportions: [0, 0, 0, 1] }] },
      domains,
    ],
    ["bandit", { bandit: domainBandit() }],
    ["bandit.smoothing", { bandit: { reward: "ema", smoothing: 2, warm: 0 } }, domains],
    ["proportions[3]", { bandit: domainBandit() }, domains],
    ["proportions[3]", { bandit: domainBandit(), proportions: [1, 1, 1, 0] }, domains],
    [
      "mixing.partnerDomain",
      { bandit: domainBandit(), mixing: mixup(law, { partnerDomain: "any" }) },
      halves,
    ],
    ["proportions", { bandit: domainBandit() }, { ...halves, batch: "full" }],
    ["phases[0].bandit", { phases: [{ from: 2, bandit: domainBandit() }] }, halves],
    ["train[2]", { train: [0, 1, N] }],
    ["train[1]", { train: [0, 0.5] }],
    ["train[3]", { train: [0, 1, 2, 1] }],
    ["train", { train: [0, 1, 2] }],
    ["train", { train: [0, 3, 6, 9], mixing: mixup(law, { pairing: "other-class" }) }],
    ["mixing.pairing", { train: [4], mixing: mixup(law, { pairing: "other" }) }, { batch: "full" }],
    ["weights", { weights: [1, 2] }],
    ["weights[0]", { weights: range(N).map((n) => n - 1) }],
    ["weights", { weights: range(N).map(() => 0) }],
    ["weights[3]", { weights: [1, 1, 1, Number.NaN] }],
    ["weights", { weights: range(N).map(() => 1), train: range(5) }],
    ["labelSmoothing", { labelSmoothing: 1.1 }],
    ["selfDistillation", { selfDistillation: -0.1 }],
    ["selfDistillation", { selfDistillation: 0.3 }, numbers],
    ["selfDistillation", { selfDistillation: 0.3 }, normed],
    ["selfDistillation", { selfDistillation: 0.3, mixing: manifoldMixup(law, ["input"], { passes: "two" }) }],
    ["frozen", { frozen: "layers.0" }],
    ["frozen[1]", { frozen: ["layers.0", "layer.1"] }],
    ["frozen[0]", { frozen: ["1"] }],
    ["mixing.pairing", { mixing: mixup(law, { pairing: labelKernel({ bandwidth: 1 }) }) }],
    ["mixing.pairing", { mixing: mixup(law, { pairing: "same-class" }) }, numbers],
    [
      "mixing.pairing.bandwidth",
      { mixing: { ...mixup(law), pairing: { kind: "label-kernel", bandwidth: 0 } } },
      numbers,
    ],
    ["mixing.pairing", { mixing: mixup(law, { pairing: "all-pairs" }) }],
    ["mixing.labelLambda", { mixing: { ...erm(), labelLambda: uniform() } }],
    ["mixing.labelLambda.from", { mixing: { ...mixup(law), labelLambda: { kind: "uniform", from: -1 } } }],
    ["mixing.geometry", { mixing: { ...cutMix(), labelLambda: uniform() } }, { ...normed, batch: 2 }],
    ["phases", { phases: {} }],
    ["phases[0].from", { phases: [{ mixing: erm() }] }],
    ["phases[0].from", { phases: [{ from: 0, mixing: erm() }] }],
    ["phases[0].from", { phases: [{ from: 10, mixing: erm() }] }],
    [
      "phases[1].from",
      {
        phases: [
          { from: 5, mixing: erm() },
          { from: 5, mixing: mixup(law) },
        ],
      },
    ],
    [
      "phases[1].from",
      {
        phases: [
          { from: 5, mixing: erm() },
          { from: 4, mixing: mixup(law) },
        ],
      },
    ],
    ["phases[0]", { phases: [{ from: 5 }] }],
    ["phases[0].rate", { phases: [{ from: 5, rate: 1 }] }],
    ["phases[0].learningRate", { phases: [{ from: 5, learningRate: -1 }] }],
    ["phases[0].mixing.law", { phases: [{ from: 5, mixing: { ...mixup(law), law: undefined } }] }],
    [
      "phases[1].weights",
      {
        weights: range(N).map(() => 1),
        phases: [
          { from: 5, labelSmoothing: 0.1 },
          { from: 6, train: range(6) },
        ],
      },
    ],
  ])("what makes no sense at %s: %j", (expected, run, more) => {
    expect(path(run, more)?.replace(/\.kind$/, "")).toBe(`runs[0].${expected}`);
  });

  it.each([
    [-0.1, 0.5, "from"],
    [0.7, 0.5, "to"],
    [0.5, 0.5, "to"],
    [0.5, 1.1, "to"],
    [1, 1, "from"],
  ])("a law on the interval from %d to %d", (from, to, name) => {
    expect(configErrorPath(() => uniform(from, to))).toBe(`mixing.law.${name}`);
  });

  it("neighbours that draw batches of other sizes, or make other rows", () => {
    const two = (first: object, second: object, more: Partial<PopulationConfig> = {}) =>
      configErrorPath(() =>
        resolvePopulation({
          ...CONFIG,
          batch: "full",
          runs: [first, second].map((run) => ({ seed: 0, mixing: mixup(law), ...run })),
          ...more,
        }),
      );
    expect(two({}, { train: range(5) })).toBe("runs[1].train");
    expect(two({}, { train: range(5) }, { batch: 5, lastBatch: "keep" })).toBe("runs[1].train");
    expect(two({}, { phases: [{ from: 2, train: range(5) }] })).toBe("runs[1].train");
    expect(two({}, { mixing: mixup(law, { pairing: "all-pairs" }) })).toBe("runs[1].mixing.pairing");
    expect(two({}, { phases: [{ from: 2, mixing: mixup(law, { eta: 1 }) }] })).toBe("runs[1].mixing.eta");
  });
});

describe("phases", () => {
  const phases = [
    { from: 3, mixing: erm(), learningRate: 0.5, frozen: ["layers.0"] },
    { from: 6, train: range(5), weights: range(5), labelSmoothing: 0.2 },
    { from: 8, frozen: [], selfDistillation: 0.1 },
  ];
  const [run] = resolve({ phases, selfDistillation: 0.4 }).runs;

  it("change what they name, and keep the rest", () => {
    const at = (step: number) => {
      const { mixing, optimizer, frozen, train, labelSmoothing, selfDistillation } = runAt(run, step);
      return [mixing.kind, optimizer.learningRate, frozen, train?.length, labelSmoothing, selfDistillation];
    };
    expect(at(0)).toEqual(["mixup", 1e-3, undefined, undefined, 0, 0.4]);
    expect(at(2)).toEqual(at(0));
    expect(at(3)).toEqual(["erm", 0.5, ["layers.0"], undefined, 0, 0.4]);
    expect(at(7)).toEqual(["erm", 0.5, ["layers.0"], 5, 0.2, 0.4]);
    expect(at(99)).toEqual(["erm", 0.5, undefined, 5, 0.2, 0.1]);
    expect(phaseStarts({ runs: [run, ...resolve({ phases: [{ from: 7, mixing: erm() }] }).runs] })).toEqual([
      3, 6, 7, 8,
    ]);
    expect(allPhases({ runs: [run] })).toHaveLength(4);
  });

  it("come back from their description", () => {
    const described = JSON.parse(JSON.stringify(describeRun(run)));
    expect(resolve(described).runs[0]).toEqual(run);
  });

  it("mark the frozen parameters", () => {
    const mask = frozenParameters(CONFIG.model, runAt(run, 3))!;
    // Weights [4, 1] and biases [4] of the first layer, then those of the second.
    expect(Array.from(mask)).toEqual([...new Array(8).fill(1), ...new Array(15).fill(0)]);
    expect(frozenParameters(CONFIG.model, run)).toBeUndefined();
  });
});

it("laws and pairings have names to show", () => {
  expect(lawName(uniform())).toBe("uniform");
  expect(lawName(uniform(0.5, 1))).toBe("uniform(0.5,1)");
  expect(lawName({ kind: "uniform", from: 0, to: 1 } as Law)).toBe("uniform");
  expect(pairingName(labelKernel({ bandwidth: 0.1 }))).toBe("label-kernel(0.1)");
  expect(pairingName(mixup(constantLambda(0.5), { pairing: "all-pairs" }).pairing)).toBe("all-pairs");
});
