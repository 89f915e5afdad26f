/** The lab's state: what its links hold, and what they refuse. No browser. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FIELDS, type FieldName, fieldProblem, type LabConfig } from "../../demo/lab/state/fields.ts";
import { formatHash, parseHash } from "../../demo/lab/state/link.ts";
import { PRESETS } from "../../demo/lab/state/presets.ts";
import { checkExperiment, labExperiment } from "../../demo/lab/training/labExperiment.ts";
import { readDigits } from "../../src/cli/imageFolder.ts";
import { threefry } from "../../src/numeric/threefry.ts";

const sources = { digits: await readDigits() };
const presets = Object.keys(PRESETS) as (keyof typeof PRESETS)[];

describe("links", () => {
  it("say nothing of what is as it was opened", () => {
    expect(formatHash(PRESETS.line.config)).toBe("");
    expect(formatHash(PRESETS.moons.config)).toBe("#v=2&preset=moons");
    expect(formatHash({ ...PRESETS.line.config, alpha: 8 })).toBe("#v=2&alpha=8");
  });

  it("give back every state, whatever is set", () => {
    const names = (Object.keys(FIELDS) as FieldName[]).filter(
      (name) => !["own", "names", "target", "preset"].includes(name),
    );
    for (let trial = 0; trial < 300; trial++) {
      const random = (i: number) => threefry(1, 2, trial, i) / 2 ** 32;
      const config = { ...PRESETS[presets[trial % presets.length]].config } as Record<string, unknown>;
      names.forEach((name, i) => {
        if (random(2 * i) < 0.5) return;
        const field = FIELDS[name];
        const part = random(2 * i + 1);
        if (field.kind === "flag") config[name] = part < 0.5;
        else if (field.kind === "choice") {
          const options = Object.keys(field.options);
          config[name] = options[Math.floor(part * options.length)];
        } else if (field.kind === "integer")
          config[name] = field.min + Math.floor(part * (field.max - field.min + 1));
        else if (field.kind === "number") config[name] = field.min + part * (field.max - field.min);
      });
      // The three rules between fields.
      const state = config as unknown as LabConfig;
      if (state.preset === "line") state.points = Math.max(state.points, state.classes);
      state.batch = 0;
      if (state.firstShare + state.secondShare > 1) state.secondShare = (1 - state.firstShare) / 2;
      expect(parseHash(formatHash(state))).toEqual({ config: state, problems: [] });
    }
  });

  it("of the first version mean what they meant: one training, live, of the line as it was set then", () => {
    const { config, problems } = parseHash("#v=1&alpha=8");
    expect(problems).toEqual([]);
    expect(config).toEqual({ ...PRESETS.line.config, alpha: 8, live: true, rate: 0.001, steps: 5000 });
    expect(parseHash("#v=1&steps=9&rate=0.1&live=0").config).toMatchObject({
      steps: 9,
      rate: 0.1,
      live: false,
    });
    expect(parseHash("#v=1&preset=digits").config).toEqual(PRESETS.digits.config);
    expect(parseHash(formatHash(config)).config).toEqual(config);
  });

  it("carry one's own points", () => {
    const config: LabConfig = { ...PRESETS.own.config, own: "0.25,-1.5,0;3,4,2;1e-7,0,1" };
    expect(formatHash(config)).toContain("own=0.25,-1.5,0;3,4,2;1e-7,0,1");
    expect(parseHash(formatHash(config)).config).toEqual(config);
  });

  it.each([
    ["#alpha=8", "says no version"],
    ["#v=3&alpha=8", 'of version "3"'],
    ["#v=1&alpha=1e9", 'alpha: "1000000000" is out of range. Give a number from 0.01 to 10000.'],
    ["#v=1&alpha=NaN", "alpha:"],
    ["#v=1&alpha=", "alpha:"],
    ["#v=1&alpha=0x10", "alpha:"],
    ["#v=1&seeds=2.5", "seeds:"],
    ["#v=1&units=8,8,8", "units:"],
    ["#v=1&units=100000", "units:"],
    ["#v=1&law=__proto__", "law:"],
    ["#v=1&preset=constructor", "preset:"],
    ["#v=1&__proto__=1", '"__proto__" is no setting'],
    ["#v=1&<script>=1", '"<script>" is no setting'],
    ["#v=1&alpha=2&alpha=3", "alpha: given twice"],
    ["#v=1&alpha=%E0%A4%A", "alpha: not readable"],
    ["#v=1&optimal=yes", "optimal:"],
    ["#v=1&preset=own&own=1,2,9", "own: point 1: classes"],
    ["#v=1&preset=own&own=1,2,0;1,0", "own: point 2 has 2 entries"],
    ["#v=1&preset=own&own=1,Infinity,0", "not a number"],
    ["#v=1&preset=own&own=1,0x10,0", "not a number"],
    ["#v=1&preset=own&names=a,b,c,d,e", "names: up to 4 names"],
    ["#v=1&preset=own&names=%25", "names: not readable"],
    ["#v=1&preset=own&window=0,0", "window: expected x,side or x,y,side"],
    ["#v=1&preset=own&window=0,0,-1", "window: expected"],
    ["#v=1&preset=own&window=1e9,0,1", "window: expected"],
    ["#v=1&classes=4", "classes: 4 classes need as many points"],
    ["#v=1&batch=200", "batch: 200 is more than the 3 points"],
    [`#v=1&own=${"1,1,0;".repeat(5000)}`, "characters long"],
  ])("refuse %s and say why", (hash, message) => {
    const { config, problems } = parseHash(hash);
    expect(problems.join(" ")).toContain(message);
    for (const name of Object.keys(FIELDS) as FieldName[])
      expect(fieldProblem(name, config[name])).toBeUndefined();
    expect(() => labExperiment(config, sources)).not.toThrow();
  });

  it("of any text are read, or refused in few words", () => {
    const value = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.constantFrom("own", "1e999", "-0", "%", "0,0,0;1,1,1", "true"),
    );
    const name = fc.oneof(fc.constantFrom("v", ...Object.keys(FIELDS)), fc.string());
    const mutated = fc
      .tuple(fc.constantFrom(...presets), fc.array(fc.tuple(name, value), { maxLength: 6 }), fc.boolean())
      .map(([preset, parts, known]) => {
        const start = known ? `#v=1&preset=${preset}&` : "#";
        return start + parts.map((part) => part.join("=")).join("&");
      });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.string({ unit: "binary" })), (hash) => {
        const { config, problems } = parseHash(hash);
        for (const problem of problems) expect(problem.length).toBeLessThan(300);
        for (const field of Object.keys(FIELDS) as FieldName[])
          expect(fieldProblem(field, config[field])).toBeUndefined();
        expect(parseHash(formatHash(config)).config).toEqual(config);
      }),
      { numRuns: Number(process.env.FUZZ_RUNS ?? 500) },
    );
  });

  it("keep what is right beside what is wrong", () => {
    const { config, problems } = parseHash("#v=2&preset=moons&alpha=-1&units=32");
    expect(problems).toHaveLength(1);
    expect(config).toEqual({ ...PRESETS.moons.config, units: 32 });
  });
});

describe("experiments", () => {
  it.each(presets)("%s can be trained as it is opened, and swept where that is a view", (preset) => {
    const { config, views } = PRESETS[preset];
    const experiment = labExperiment(config, sources);
    expect(() => checkExperiment(experiment)).not.toThrow();
    const kinds = experiment.groups.map(({ kind }) => kind);
    expect([kinds[0], kinds.at(-1)].sort()).toEqual(
      preset === "over-training" ? ["erm", "plain"] : ["erm", "mixup"],
    );
    const last = experiment.groups.at(-1)!;
    expect(experiment.train.runs).toHaveLength(last.firstRun + last.runs);
    const sweep = labExperiment({ ...config, view: "sweep" }, sources);
    if (views !== undefined) {
      expect(sweep.groups).toHaveLength(kinds.length);
      return;
    }
    expect(sweep.groups).toHaveLength(16);
    expect(sweep.train.runs).toHaveLength(preset === "digits" ? 32 : 128);
    expect(() => checkExperiment(sweep)).not.toThrow();
  });
});
