/** Two moons: its populations, what is measured of a net, how seeds are counted, and what is shown. */

import { expect, test } from "vitest";
import { twoMoons } from "../../../src/data/moons.ts";
import { disagreementOfFour, moonsChecks } from "../../../src/experiments/two-moons/checks.ts";
import {
  moonsPopulation,
  runTwoMoons,
  TWO_MOONS_DEFAULTS,
  twoMoonsExperiment,
} from "../../../src/experiments/two-moons/experiment.ts";
import { MOONS_GRID, measureNet, moonsGroup } from "../../../src/experiments/two-moons/measures.ts";
import { observe } from "../../../src/experiments/two-moons/report.ts";
import { perceptron } from "../../../src/model/perceptron.ts";
import { resolvePopulation } from "../../../src/population/config.ts";
import { nearestNeighbourLabels } from "../../../src/theory/margins/margins.ts";
import { fakeTrainer } from "../fakeTrainer.ts";
import { expectShown } from "../shown.ts";

const data = twoMoons({ separation: 0.5, seed: 0 });
const population = resolvePopulation(moonsPopulation(0.5, 0, TWO_MOONS_DEFAULTS));
const run = population.runs[0];
const setting = {
  separation: 0.5,
  variant: "cleared",
  steps: 1000,
  granularity: "batch",
  pairing: "uniform",
} as const;

const nearest = nearestNeighbourLabels(data, MOONS_GRID.points);

/** On the grid: class 1 left of `x`. */
const leftOf = (x: number) =>
  Uint32Array.from({ length: nearest.length }, (_, i) => (MOONS_GRID.points[2 * i] < x ? 1 : 0));

test("a population is the paper's: data of the seed, net, optimizer, laws", () => {
  expect(population).toMatchObject({ steps: 1000, batch: "full" });
  expect(perceptron(population.model)?.sizes).toEqual([2, 500, 2]);
  expect(population.data.size).toBe(300);
  expect(population.data.points).toEqual(data.points);
  expect(moonsPopulation(0.5, 1, TWO_MOONS_DEFAULTS).data.points).not.toEqual(data.points);
  expect(
    population.runs.map(({ seed, mixing, optimizer }) => [seed, mixing.kind, optimizer.gradients]),
  ).toEqual([
    [0, "erm", "cleared"],
    ...["cleared", "cleared", "accumulated", "accumulated"].map((gradients) => [0, "mixup", gradients]),
  ]);
  expect(run.optimizer).toMatchObject({ kind: "adam", learningRate: 1e-3 });
});

test("the straight line has its margins, and agrees with sign(x) everywhere", () => {
  const { measures } = measureNet(data, nearest, leftOf(0), { run, error: 0, loss: 0.1 }, 0.3);
  expect(measures).toMatchObject({ accuracy: 1, sign: 1, cleanLoss: 0.1, trainingLoss: 0.3 });
  // The strip is 0.5 wide to either side; the grid's spacing is 0.04.
  expect(measures.leastMargin).toBeGreaterThan(0.5);
  expect(measures.leastMargin).toBeLessThan(0.6);
  expect(measures.leastDistance).toBeLessThan(measures.leastMargin!);
  expect(measures.nearestNeighbour).toBeGreaterThan(0.8);
});

test("a net that never says one class has no distance to its boundary", () => {
  const { measures } = measureNet(data, nearest, leftOf(-99), { run, error: 0.5, loss: 1 }, undefined);
  expect(measures).toMatchObject({ leastDistance: null, trainingLoss: null, accuracy: 0.5 });
  expect(measures.leastMargin).toBeGreaterThanOrEqual(0);
});

test("votes count nets; nets that diverged have none", () => {
  const good = { run, error: 0, loss: 0 };
  const nets = [
    measureNet(data, nearest, leftOf(0), good, 0),
    measureNet(data, nearest, leftOf(1), good, 0),
    measureNet(data, nearest, leftOf(0), { ...good, failure: { run: 0, step: 5, message: "" } }, 0),
  ];
  const group = moonsGroup({ ...setting, alpha: 1 }, nets, data);
  expect(group.voters).toBe(2);
  expect(new Set(group.votes)).toEqual(new Set([0, 1, 2]));
  const between = group.votes.filter((votes) => votes === 1).length / group.votes.length;
  expect(group.unanimous).toBeCloseTo(1 - between, 12);
  expect(group.over.sign.mean).toBeCloseTo(1 - between / 2, 12);
  expect(group.runs[2].accuracy).toBeNull();
  expect(moonsChecks([group]).map(({ note }) => note)).toEqual(
    Array(5).fill("3 of 4 seeds, 1 of 3 runs diverged"),
  );
  expect(observe([group])).toEqual(["Mixup α = 1, gradients cleared: 1 of 3 runs diverged."]);
});

test("four of the seeds disagree as often as drawing four at random says", () => {
  // Of 5 nets: all agree; 1 against 4, where 1 of 5 fours agrees; 2 against 3, where none does.
  expect(disagreementOfFour({ voters: 5, votes: [0, 5, 1, 4, 2] })).toBeCloseTo((0.8 + 0.8 + 1) / 5, 12);
  // Of 4: it is the share that is not unanimous.
  expect(disagreementOfFour({ voters: 4, votes: [0, 4, 1, 2] })).toBe(0.5);
  expect(disagreementOfFour({ voters: 3, votes: [0, 3] })).toBeNull();
});

test("a tolerance shrinks with the seeds, and a value beyond it is missed", () => {
  const group = (seeds: number, x: number) => {
    const nets = Array.from({ length: seeds }, () =>
      measureNet(data, nearest, leftOf(x), { run, error: 0, loss: 0 }, 0),
    );
    return moonsGroup({ ...setting, variant: "accumulated", alpha: 1 }, nets, data);
  };
  const distance = (seeds: number, x: number) =>
    moonsChecks([group(seeds, x)]).find(({ name }) => name.includes("least distance"))!;
  // 4.015 * 0.0468 * sqrt(1/5 + 1/4) and sqrt(1/5 + 1/10).
  expect(distance(4, 0).tolerance).toBeCloseTo(0.12605, 4);
  expect(distance(10, 0).tolerance).toBeCloseTo(0.10292, 4);
  expect(distance(4, 0)).toMatchObject({ pass: false, comparable: true, expected: 0.042 });
  expect(distance(4, 0.5)).toMatchObject({ pass: true });
});

test("the whole experiment has all groups, figures and rows, and survives JSON", async () => {
  const fractions: number[] = [];
  const results = await runTwoMoons(fakeTrainer(), { seeds: 2, alphas: [1], steps: 10 }, ({ fraction }) =>
    fractions.push(fraction),
  );
  expect(results.groups.map(({ separation, variant, alpha }) => [separation, variant, alpha])).toEqual(
    [0.1, 0.5].flatMap((separation) => [
      [separation, "cleared", null],
      [separation, "cleared", 1],
      [separation, "accumulated", 1],
    ]),
  );
  for (const group of results.groups) {
    expect(group.votes.length).toBe(MOONS_GRID.columns * MOONS_GRID.rows);
    expect(group.runs.map(({ seed }) => seed)).toEqual([0, 1]);
  }
  expect(JSON.parse(JSON.stringify(results))).toEqual(results);
  const { reported, figures } = await expectShown(twoMoonsExperiment, results, [
    "margins",
    "majority-separation-0.1",
    "votes-separation-0.1",
    "majority-separation-0.5",
    "votes-separation-0.5",
  ]);
  const [, majority] = figures;
  expect(majority.svg).toContain(">Gradients cleared after every step<");
  expect(majority.svg).toContain("as in the authors’ loop");
  // Three maps with the training points, and two keys of points.
  expect(majority.svg.match(/<svg [^>]* x="/g)?.length).toBe(3);
  expect(majority.svg.match(/<circle/g)!.length).toBeGreaterThan(3 * 280);
  expect(reported.csv(results)[0].text.trim().split("\n").length).toBe(1 + 6 * 2);
  expect(results.references.every(({ comparable }) => !comparable)).toBe(true);
  expect(fractions.at(-1)).toBe(1);
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
});
