/** Reading a file of measurements: what was written comes back, and what was not is refused with file and place. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasMeasurements, stoppedResult } from "../../src/bench/entries.ts";
import { resultFileName, resultJson } from "../../src/bench/format.ts";
import { readBenchResult } from "../../src/bench/readResult.ts";
import type { BenchResult } from "../../src/bench/result.ts";
import { ConfigError } from "../../src/errors.ts";
import { configErrorPath } from "../configError.ts";
import { benchResult } from "./results.ts";

const read = (result: unknown) => readBenchResult(JSON.stringify(result), "mine.json");

/** The result with a value at a path such as `workloads.0.name` set, or taken away. */
function changed(path: string, value?: unknown): unknown {
  const copy = structuredClone(benchResult()) as unknown as Record<string, unknown>;
  const keys = path.split(".");
  const last = keys.pop()!;
  const parent = keys.reduce((at, key) => at[key] as Record<string, unknown>, copy);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return copy;
}

describe("readBenchResult", () => {
  it("gives back what was written", () => {
    const result = benchResult();
    expect(readBenchResult(resultJson(result), "mine.json")).toEqual(result);
    const { estimate: _, kernels: __, ...bare } = result.workloads[0];
    const least = benchResult({ workloads: [bare], crossovers: [] });
    expect(readBenchResult(resultJson(least), "mine.json")).toEqual(least);
    const stopped = stoppedResult(result);
    expect(readBenchResult(resultJson(stopped), "mine.json")).toEqual(stopped);
  });

  it.each([
    ["format", undefined, "format", 'missing. This version reads "mixup-webgpu bench 1"'],
    ["format", "mixup-webgpu bench 2", "format", '"mixup-webgpu bench 2". This version reads'],
    ["library", undefined, "library", "missing"],
    ["adapter", [], "adapter", "no object"],
    ["adapter.isFallback", "yes", "adapter.isFallback", "true or false"],
    ["adapter.vendor", "x".repeat(1001), "adapter.vendor", "1001 letters"],
    ["environment.date", "yesterday", "environment.date", "no date"],
    ["environment.date", "2026-13-01T00:00:00Z", "environment.date", "no date"],
    ["environment.hardwareConcurrency", 0.5, "environment.hardwareConcurrency", "integer from 1"],
    ["settings.repeats", "15", "settings.repeats", "integer"],
    ["ceilings.copyBytesPerSecond", 0, "ceilings.copyBytesPerSecond", "above 0"],
    ["ceilings.emptyPassMilliseconds", -1, "ceilings.emptyPassMilliseconds", "from 0"],
    ["ceilings.emptyPassMilliseconds", undefined, "ceilings.emptyPassMilliseconds", "missing"],
    ["unmeasured", [{ what: "speed", reason: "" }], "unmeasured[0].what", "unknown ceiling"],
    ["workloads", {}, "workloads", "no list"],
    ["workloads.0.name", "lime", "workloads[0].name", "Did you mean line?"],
    ["workloads.0.entries.1.engine", "torch", "workloads[0].entries[1].engine", "unknown engine"],
    ["workloads.0.entries.1.status", "measured", "workloads[0].entries[1].millisecondsPerStep", "null, but"],
    ["workloads.0.entries.2.status", "failed", "workloads[0].entries[2].millisecondsPerStep", "there, but"],
    ["workloads.0.entries.2.turns", 0, "workloads[0].entries[2].turns", "0, but"],
    ["workloads.0.entries.2.engine", "mixup-webgpu", "workloads[0].entries[2]", "there twice"],
    [
      "workloads.0.entries.2.millisecondsPerStep.p25",
      9,
      "workloads[0].entries[2].millisecondsPerStep",
      "order",
    ],
    [
      "workloads.0.entries.2.millisecondsPerStep.mean",
      9,
      "workloads[0].entries[2].millisecondsPerStep.mean",
      "Did you mean median?",
    ],
    ["workloads.0.kernels.0.copyShare", null, "workloads[0].kernels[0].copyShare", "null"],
    ["workloads.0.estimate.milliseconds.0.to", 0, "workloads[0].estimate.milliseconds[0].to", "below from"],
    ["workloads.1", benchResult().workloads[0], "workloads[1]", "line is there twice"],
    ["crossovers.0.cpu", [1], "crossovers[0]", "not of one length"],
    ["uploaded", true, "uploaded", "unknown"],
    ["enviroment", {}, "enviroment", "Did you mean environment?"],
  ])("refuses %s = %j, and says where", (path, value, place, message) => {
    const wrong = () => read(changed(path, value));
    expect(configErrorPath(wrong)).toBe(`mine.json: ${place}`);
    expect(wrong).toThrow(message);
    expect(wrong).toThrow(/^mine\.json: /);
  });

  it("refuses what is no JSON, or something else altogether", () => {
    expect(configErrorPath(() => readBenchResult("{", "mine.json"))).toBe("mine.json");
    for (const other of [null, 1, "x", [], {}, { toString: 1 }]) {
      expect(configErrorPath(() => read(other))).toBe("mine.json: format");
    }
  });

  it("refuses any file with any part of it replaced by what can't be there, and never with another error", () => {
    const places = pathsOf(benchResult()).filter((path) => path !== "");
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.constantFrom({}, [[]], Symbol.name, -1.5), (path, value) => {
        const isText = typeof valueAt(path) === "string";
        // A text of another wording is a text; a negative loss is a number.
        fc.pre(!(isText && typeof value === "string") && !/loss$/i.test(path));
        try {
          read(changed(path, value));
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
          return;
        }
        throw new Error(`${path} = ${JSON.stringify(value)} was read.`);
      }),
      { seed: 13, numRuns: 300 },
    );
  });
});

function pathsOf(value: unknown, at = ""): string[] {
  if (typeof value !== "object" || value === null) return [at];
  return [
    at,
    ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, at === "" ? key : `${at}.${key}`)),
  ];
}

function valueAt(path: string): unknown {
  return path.split(".").reduce((at, key) => (at as Record<string, unknown>)[key], benchResult() as unknown);
}

it("has nothing to offer of a result without a number in it", () => {
  const nothing: BenchResult = benchResult({
    workloads: [],
    crossovers: [],
    ceilings: {
      emptyDispatchMilliseconds: null,
      emptyPassMilliseconds: null,
      multiplyAddsPerSecond: null,
      copyBytesPerSecond: null,
    },
  });
  expect(hasMeasurements(nothing)).toBe(false);
  expect(hasMeasurements({ ...nothing, workloads: benchResult().workloads })).toBe(true);
  expect(hasMeasurements({ ...nothing, crossovers: benchResult().crossovers })).toBe(true);
  const { ceilings } = nothing;
  expect(hasMeasurements({ ...nothing, ceilings: { ...ceilings, emptyPassMilliseconds: 0 } })).toBe(true);
});

it("names files by adapter and day, in letters that every file system takes", () => {
  expect(resultFileName(benchResult())).toBe("bench-maker-card-2026-01-02.json");
  const adapter = { ...benchResult().adapter, description: "GeForce RTX™ 4070 / 12 GB..\\" };
  expect(resultFileName(benchResult({ adapter }))).toBe("bench-geforce-rtx-4070-12-gb-2026-01-02.json");
});
