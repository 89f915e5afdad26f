/** The command line of `bench`, its table, and the server of the built site. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DEFAULT_SETTINGS } from "../../src/bench/comparison.ts";
import { ENGINE_NAMES, VARIANT_ENGINE_NAMES } from "../../src/bench/engines/engine.ts";
import { BENCH_FORMAT, type BenchEntry, type BenchResult } from "../../src/bench/result.ts";
import { WORKLOAD_NAMES } from "../../src/bench/workload.ts";
import { serveFolder } from "../../src/cli/backends/siteServer.ts";
import { HELP, parseBenchArguments } from "../../src/cli/bench/arguments.ts";
import { benchTable } from "../../src/cli/bench/table.ts";
import { configErrorPath } from "../configError.ts";

describe("the command line", () => {
  it("means everything when it is empty", () => {
    expect(parseBenchArguments([])).toEqual({
      help: false,
      backend: "browser",
      workloads: WORKLOAD_NAMES,
      engines: ENGINE_NAMES,
      settings: DEFAULT_SETTINGS,
      crossovers: true,
      out: "bench.json",
    });
  });

  it("chooses workloads, engines, turns and the file", () => {
    const line = [
      "--workloads",
      "moons,line",
      "--engines=plain",
      "--repeats",
      "3",
      "--limit=300",
      "--out",
      "x.json",
    ];
    expect(parseBenchArguments(line)).toMatchObject({
      workloads: ["line", "moons"],
      engines: ["plain"],
      settings: { repeats: 3, stepLimitSeconds: 300 },
      crossovers: false,
      out: "x.json",
    });
    expect(parseBenchArguments(["--workloads", "line", "--crossover"]).crossovers).toBe(true);
  });

  it("collects what was measured elsewhere", () => {
    expect(parseBenchArguments(["--collect", "some/folder"]).collect).toBe("some/folder");
  });

  it("compares variants when told to", () => {
    expect(parseBenchArguments(["--variants"])).toMatchObject({
      workloads: ["line-x40", "moons-x10", "mlp-784"],
      engines: ["mixup-webgpu", ...VARIANT_ENGINE_NAMES],
      crossovers: false,
    });
    expect(parseBenchArguments(["--variants", "--workloads", "line"]).workloads).toEqual(["line"]);
  });

  it("measures without a browser what needs none", () => {
    const engines = (...line: string[]) => parseBenchArguments(line).engines;
    expect(engines("--backend", "native")).toEqual(["mixup-webgpu", "plain"]);
    expect(engines("--backend", "native", "--variants")).toEqual(["mixup-webgpu", ...VARIANT_ENGINE_NAMES]);
    expect(engines("--backend", "cpu")).toEqual(["plain"]);
    expect(engines("--backend", "auto")).toEqual(ENGINE_NAMES);
  });

  it.each([
    [["--backend", "gpu"], "--backend", 'unknown value "gpu". Known: auto, native, browser, cpu'],
    [
      ["--backend", "native", "--engines", "plain,jax-wasm"],
      "--engines",
      "jax-wasm needs a browser: --backend browser",
    ],
    [["--backend", "cpu", "--engines", "mixup-webgpu"], "--engines", "needs a browser or a GPU"],
    [["--variants", "--engines", "plain"], "--engines", "not together with --variants"],
    [["--workloads", "lines"], "--workloads", 'unknown value "lines"'],
    [["--workloads", "line,"], "--workloads", 'unknown value ""'],
    [["--engines", "tfjs"], "--engines", "Known: mixup-webgpu, tfjs-webgpu"],
    [["--repeats", "0"], "--repeats", "integer from 1 to 10000"],
    [["--repeats", "1e3"], "--repeats", "integer"],
    [["--repeats", "10001"], "--repeats", "integer"],
    [["--repeats"], "--repeats", "a value is missing"],
    [["--limit", "0"], "--limit", "number of seconds. Give an integer from 1 to 3600"],
    [["--out", ""], "--out", "empty"],
    [["--collect", ""], "--collect", "empty"],
    [["--collect"], "--collect", "a value is missing"],
    [["--collect", "x", "--repeats", "3"], "--repeats", "not together with --collect"],
    [["--crossover=yes"], "--crossover", "takes no value"],
    [["--fast"], "--fast", "unknown option. Known: --backend"],
    [["line"], "line", "without an option"],
  ])("refuses %j", (line, path, message) => {
    expect(configErrorPath(() => parseBenchArguments(line))).toBe(path);
    expect(() => parseBenchArguments(line)).toThrow(message);
  });

  it("has help that names everything", () => {
    expect(parseBenchArguments(["-h"]).help).toBe(true);
    for (const name of [...WORKLOAD_NAMES, ...ENGINE_NAMES]) expect(HELP).toContain(name);
  });
});

it("prints a table that hides nothing", () => {
  const entry: BenchEntry = {
    engine: "mixup-webgpu",
    status: "measured",
    millisecondsPerStep: { median: 0.5, p25: 0.4, p75: 0.75 },
    firstStepMilliseconds: 1234,
    dispatchesPerStep: 0.01,
    submitsPerStep: 0.01,
    loss: 0.5,
    expectedLoss: 0.5,
    correct: true,
    turns: 15,
    stepsPerTurn: 400,
  };
  const none = {
    millisecondsPerStep: null,
    firstStepMilliseconds: null,
    loss: null,
    correct: null,
    turns: 0,
  };
  const result: BenchResult = {
    format: BENCH_FORMAT,
    library: "0.1.0",
    adapter: {
      vendor: "google",
      architecture: "swiftshader",
      description: "",
      isFallback: true,
      backend: "",
    },
    environment: {
      userAgent: "",
      browser: "",
      platform: "",
      hardwareConcurrency: 2,
      crossOriginIsolated: true,
      date: "",
    },
    settings: DEFAULT_SETTINGS,
    ceilings: {
      emptyDispatchMilliseconds: 0.0028,
      emptyPassMilliseconds: null,
      multiplyAddsPerSecond: 5e9,
      copyBytesPerSecond: 1.25e9,
    },
    unmeasured: [{ what: "emptyPassMilliseconds", reason: "The GPU device was lost." }],
    workloads: [
      {
        name: "line",
        entries: [
          entry,
          { ...entry, ...none, engine: "tfjs-webgpu", status: "skipped", reason: "over 60 s" },
          { ...entry, engine: "plain", millisecondsPerStep: { median: 2, p25: 2, p75: 2 }, correct: false },
        ],
        estimate: {
          dispatches: 10,
          multiplyAdds: 2.5e6,
          bytes: 3e5,
          milliseconds: [
            { gpu: "H100", from: 0.05, to: 0.05, dispatchMeasured: true },
            { gpu: "RTX 4070", from: 0.25, to: 0.5, dispatchMeasured: false },
          ],
        },
      },
    ],
    crossovers: [],
  };
  const lines = benchTable(result).split("\n");
  expect(lines[0]).toBe("google swiftshader, 2 CPU cores");
  expect(lines[1]).toContain("say nothing about a real GPU");
  const lineOf = (engine: string) => lines.find((line) => line.startsWith(`  ${engine} `))!.split(/ {2,}/);
  expect(lineOf("mixup-webgpu")).toEqual([
    ...["", "mixup-webgpu", "0.500", "0.400 – 0.750", "1,234 ms", "0.0100", "0.0100", "0.50000", "right"],
  ]);
  expect(lineOf("plain")).toContain("4.00x");
  expect(lineOf("plain").at(-1)).toBe("WRONG");
  expect(lineOf("tfjs-webgpu")).toContain("skipped");
  expect(lines).toContain("  tfjs-webgpu skipped: over 60 s");
  expect(lines).toContain(
    "  On paper, an estimate: 10 dispatches a step, 2.50 M multiply-adds, 0.300 MB; H100 50.0 µs, RTX 4070 250 to 500 µs a step.",
  );
  const ceilings = lines.slice(lines.indexOf("Ceilings") + 1);
  expect(ceilings.slice(0, 4).map((line) => line.split(/ {2,}/)[2])).toEqual([
    ...["2.80 µs", "–", "5.00 G/s", "1.25 GB/s"],
  ]);
  expect(ceilings[4]).toBe(
    "Could not be measured: with a pass of its own (such a dispatch). The GPU device was lost.",
  );
});

it("serves a folder below a path, isolated, and nothing outside it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "site-"));
  await writeFile(join(folder, "index.html"), "<p>home");
  await writeFile(join(folder, "a.wasm"), "wasm");
  const { server, url } = await serveFolder(folder, "/deep/path/");
  try {
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/deep\/path\/$/);
    const home = await fetch(url);
    expect(await home.text()).toBe("<p>home");
    expect(home.headers.get("cross-origin-embedder-policy")).toBe("require-corp");
    expect((await fetch(`${url}a.wasm`)).headers.get("content-type")).toBe("application/wasm");
    const outside = ["missing.js", "..%2f..%2fetc%2fpasswd", "%zz"];
    for (const name of outside) expect((await fetch(url + name)).status).toBe(404);
    expect((await fetch(new URL("/a.wasm", url))).status).toBe(404);
  } finally {
    server.close();
    await rm(folder, { recursive: true });
  }
});
