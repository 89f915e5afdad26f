/** The command line: what is understood, and that everything else is refused with the option's name. */

import { expect, test } from "vitest";
import { HELP, parseArguments } from "../../src/cli/reproduce/arguments.ts";
import { ConfigError } from "../../src/errors.ts";
import { EXPERIMENTS, findExperiment } from "../../src/experiments/registry.ts";

test("an empty command line is all experiments, briefly", () => {
  expect(parseArguments([])).toEqual({
    help: false,
    fresh: false,
    experiments: EXPERIMENTS.map(({ name }) => name),
    size: "brief",
    backend: "auto",
    out: "results",
    requested: {},
  });
});

test("a name is an experiment at its own size, --full the paper's size, of all experiments too", () => {
  expect(parseArguments(["alternating-line"])).toMatchObject({
    experiments: ["alternating-line"],
    size: "default",
  });
  expect(parseArguments(["alternating-line", "--full"]).size).toBe("full");
  expect(parseArguments(["--full"]).size).toBe("full");
  expect(parseArguments(["alternating-line", "--brief"]).size).toBe("brief");
  expect(HELP).toContain("--brief");
});

test("the alternating line is the paper's setting when it is named", () => {
  expect(findExperiment("alternating-line")!.settle("default", { steps: 7 })).toEqual({
    seeds: 10,
    alphas: [1, 32, 128, 1024],
    steps: 7,
    granularity: "batch",
    pairing: "uniform",
  });
});

test("every option is understood, and is in the help", () => {
  const commandLine =
    "alternating-line --backend cpu --seeds 3 --alphas 0.5,32 --steps 70 " +
    "--granularity sample --pairing other --fresh --out x/y";
  expect(parseArguments(commandLine.split(" "))).toEqual({
    help: false,
    fresh: true,
    experiments: ["alternating-line"],
    size: "default",
    backend: "cpu",
    out: "x/y",
    requested: { seeds: 3, alphas: [0.5, 32], steps: 70, granularity: "sample", pairing: "other" },
  });
  for (const option of commandLine.match(/--[a-z]+/g)!) expect(HELP).toContain(option);
});

test("the paper's own size is for the images that one has", () => {
  expect(parseArguments(["images", "--paper", "--data", "x", "--epochs", "3"])).toMatchObject({
    size: "paper",
    requested: { data: "x", epochs: 3 },
  });
  for (const option of ["--paper", "--epochs"]) expect(HELP).toContain(option);
});

test("a folder of images and a part of it; a whole data set only when asked for", () => {
  const requested = (...rest: string[]) => parseArguments(["collisions", ...rest]).requested;
  expect(requested("--data", "x", "--fraction", "0.3")).toEqual({ data: "x", fraction: 0.3 });
  expect(requested("--data", "x")).toEqual({ data: "x", fraction: 0.05 });
  expect(requested("--data", "x", "--full")).toEqual({ data: "x", fraction: 0.2 });
  expect(requested("--fraction", "1")).toEqual({ fraction: 1 });
  expect(requested()).toEqual({});
  // Other experiments have no parts.
  expect(parseArguments(["images", "--data", "x"]).requested).toEqual({ data: "x" });
  for (const option of ["--data", "--fraction"]) expect(HELP).toContain(option);
});

test("alpha 0 is ERM, which is always there; repetitions add nothing", () => {
  expect(parseArguments(["--alphas", "0,32,1,32"]).requested.alphas).toEqual([32, 1]);
  expect(parseArguments(["--alphas", "0"]).requested.alphas).toEqual([]);
});

test.each([
  [["--foo", "1"], "--foo", "--seeds"],
  [["nonsense"], "experiment", "alternating-line"],
  [["--backend", "gpu"], "--backend", "auto, native, browser, cpu"],
  [["--seeds", "0"], "--seeds", "1 to"],
  [["--seeds", "1.5"], "--seeds", "1 to"],
  [["--seeds", "20000"], "--seeds", "10000"],
  [["--seeds"], "--seeds", "missing"],
  [["--steps", "-3"], "--steps", '"-3"'],
  [["--steps", "1e3"], "--steps", '"1e3"'],
  [["--alphas", "1,x"], "--alphas", '"x"'],
  [["--alphas", "-1"], "--alphas", '"-1"'],
  [["--alphas", "1,,2"], "--alphas", '""'],
  [["--alphas", "NaN"], "--alphas", '"NaN"'],
  [["--granularity", "epoch"], "--granularity", "batch, sample"],
  [["--pairing", "self"], "--pairing", "same-class"],
  [["--out="], "--out", "folder"],
  [["--help=3"], "--help", "no value"],
  [["--full=3"], "--full", "no value"],
  [["--paper=3"], "--paper", "no value"],
  [["--brief=3"], "--brief", "no value"],
  [["linear", "--brief", "--full"], "--full", "Give one of them"],
  [["images", "--paper"], "--paper", "Give --data DIR"],
  [["images", "--paper", "--full", "--data", "x"], "--paper", "Give one of them"],
  [["collisions", "--paper", "--data", "x"], "--paper", "It is one of images"],
  [["--paper", "--data", "x"], "--paper", "It is one of images"],
  [["images", "--epochs", "0"], "--epochs", '"0"'],
  [["collisions", "--fraction", "0"], "--fraction", "above 0"],
  [["collisions", "--fraction", "1.5"], "--fraction", '"1.5"'],
  [["collisions", "--fraction", "half"], "--fraction", '"half"'],
  [["collisions", "--fraction", "-0.1"], "--fraction", '"-0.1"'],
  [["collisions", "--data="], "--data", "folder"],
  [["linear", "--data", "x"], "--data", "collisions"],
  [["theory", "--seeds", "3"], "--seeds", "Experiments that take it: linear"],
  [["linear", "theory", "--steps", "3"], "--steps", "no effect on linear, theory"],
])("%j is refused", (commandLine, path, allowed) => {
  let caught: unknown;
  try {
    parseArguments(commandLine);
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(ConfigError);
  expect((caught as ConfigError).path).toBe(path);
  expect((caught as ConfigError).message).toContain(allowed);
});
