/** The list of experiments, their sizes, and references that were not read off the paper's runs. */

import { expect, test } from "vitest";
import { defineExperiment, type ExperimentDefinition } from "../../src/experiments/experiment.ts";
import { EXPERIMENTS, findExperiment } from "../../src/experiments/registry.ts";
import { referenceRow } from "../../src/report/closingTable.ts";
import { check } from "../../src/report/references.ts";
import type { ExperimentResults } from "../../src/report/results.ts";

const definition = {
  name: "some",
  takes: ["seeds"],
  defaults: { seeds: 10, steps: 5 },
  brief: { seeds: 2 },
  full: { steps: 500 },
} as unknown as ExperimentDefinition<{ seeds: number; steps: number }, ExperimentResults>;

test("names are distinct and found; each experiment has a line for the help", () => {
  const names = EXPERIMENTS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const experiment of EXPERIMENTS) {
    expect(findExperiment(experiment.name)).toBe(experiment);
    expect(experiment.summary.length).toBeLessThan(90);
  }
  expect(findExperiment("nonsense")).toBeUndefined();
});

test("a size changes the defaults, and what is asked for overrules both", () => {
  const { settle } = defineExperiment(definition);
  expect(settle("default")).toEqual({ seeds: 10, steps: 5 });
  expect(settle("brief")).toEqual({ seeds: 2, steps: 5 });
  expect(settle("full")).toEqual({ seeds: 10, steps: 500 });
  expect(settle("brief", { seeds: 7 })).toEqual({ seeds: 7, steps: 5 });
});

test("an option that the experiment does not take stays without effect", () => {
  expect(defineExperiment(definition).settle("default", { steps: 1 })).toEqual({ seeds: 10, steps: 5 });
});

test("settled options are plain data: they go to a page", () => {
  for (const { settle } of EXPERIMENTS) {
    const settled = settle("full");
    expect(JSON.parse(JSON.stringify(settled))).toEqual(settled);
  }
});

test("a check passes within its tolerance only, and never without a number", () => {
  const base = {
    heading: "h",
    what: "w",
    expected: 1,
    tolerance: 1e-4,
    source: "s",
    basis: "derived" as const,
  };
  expect(check({ ...base, measured: 1.00009 })).toMatchObject({ name: "h: w", pass: true, comparable: true });
  expect(check({ ...base, measured: 1.00011 }).pass).toBe(false);
  expect(check({ ...base, measured: Number.NaN })).toMatchObject({ measured: null, pass: false });
  expect(check({ ...base, measured: null }).pass).toBe(false);
  expect(check({ ...base, measured: 1, differences: ["2 of 4 seeds"] })).toMatchObject({
    comparable: false,
    note: "2 of 4 seeds",
  });
});

test("a row shows a digit beyond the tolerance, and the tolerance as it is", () => {
  const row = (expected: number, tolerance: number) =>
    referenceRow(
      check({
        heading: "h",
        what: "w",
        expected,
        tolerance,
        measured: expected,
        source: "s",
        basis: "derived",
      }),
    );
  expect(row(0.4111372955, 1e-8)).toEqual({
    name: "w",
    paper: "0.411137295 ± 1e-8",
    ours: "0.411137295",
    verdict: "agrees",
  });
  expect(row(0.967, 0.015).paper).toBe("0.967 ± 0.015");
  expect(row(0.603, 0.05).paper).toBe("0.603 ± 0.05");
  expect(row(0.4, 0).paper).toBe("0.400");
  expect(row(0, 1e-9)).toMatchObject({ paper: "0 ± 1e-9", ours: "0" });
  const error = check({
    heading: "h",
    what: "w",
    expected: 0,
    tolerance: 1e-9,
    measured: 4.44e-16,
    source: "s",
    basis: "derived",
  });
  expect(referenceRow(error).ours).toBe("4e-16");
});
