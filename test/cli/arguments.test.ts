/** The command line: what is understood, and that everything else is refused with the option's name. */

import { expect, test } from "vitest";
import { EXPERIMENTS, HELP, parseArguments } from "../../src/cli/arguments.ts";
import { ConfigError } from "../../src/errors.ts";

test("an empty command line is the paper's setting of all experiments", () => {
  expect(parseArguments([])).toEqual({
    help: false,
    experiments: EXPERIMENTS,
    backend: "webgpu",
    out: "results",
    options: { seeds: 10, alphas: [1, 32, 128, 1024], steps: 5000, granularity: "batch", pairing: "uniform" },
  });
});

test("every option is understood, and is in the help", () => {
  const commandLine =
    "alternating-line --backend cpu --seeds 3 --alphas 0.5,32 --steps 70 " +
    "--granularity sample --pairing other --out x/y";
  expect(parseArguments(commandLine.split(" "))).toEqual({
    help: false,
    experiments: ["alternating-line"],
    backend: "cpu",
    out: "x/y",
    options: { seeds: 3, alphas: [0.5, 32], steps: 70, granularity: "sample", pairing: "other" },
  });
  for (const option of commandLine.match(/--[a-z]+/g)!) expect(HELP).toContain(option);
});

test("alpha 0 is ERM, which is always there; repetitions add nothing", () => {
  expect(parseArguments(["--alphas", "0,32,1,32"]).options.alphas).toEqual([32, 1]);
  expect(parseArguments(["--alphas", "0"]).options.alphas).toEqual([]);
});

test.each([
  [["--foo", "1"], "--foo", "--seeds"],
  [["nonsense"], "experiment", "alternating-line"],
  [["--backend", "gpu"], "--backend", "webgpu, cpu"],
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
