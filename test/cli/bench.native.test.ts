/** The command `bench` without a browser: on whatever adapter Node finds, and on none. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { readBenchResult } from "../../src/bench/readResult.ts";
import { type BenchResult, CEILING_NAMES } from "../../src/bench/result.ts";

const folder = mkdtempSync(join(tmpdir(), "mixup-webgpu-"));
afterAll(() => rmSync(folder, { recursive: true }));

function bench(backend: string): BenchResult {
  const out = join(folder, `${backend}.json`);
  const command = [
    "src/cli/main.mjs",
    "bench",
    "--backend",
    backend,
    "--workloads",
    "line",
    "--repeats",
    "1",
  ];
  const { status, stderr } = spawnSync(process.execPath, [...command, "--out", out], { encoding: "utf8" });
  expect(status, stderr).toBe(0);
  return readBenchResult(readFileSync(out, "utf8"), out);
}

it("measures our engine and plain loops, both right, and our kernels", () => {
  const { adapter, environment, workloads, ceilings } = bench("native");
  expect(adapter.description).not.toBe("");
  expect(environment.userAgent).toMatch(/^Node .*, webgpu /);
  for (const what of CEILING_NAMES) expect(ceilings[what], what).toBeGreaterThan(0);
  const [{ entries, kernels }] = workloads;
  expect(entries.map(({ engine, status, correct }) => [engine, status, correct])).toEqual([
    ["mixup-webgpu", "measured", true],
    ["plain", "measured", true],
  ]);
  expect(entries[0].dispatchesPerStep).toBeGreaterThan(0);
  expect(kernels?.map(({ kernel }) => kernel)).toEqual(["resident"]);
});

it("measures plain loops where there is no adapter", () => {
  const { workloads, ceilings, unmeasured } = bench("cpu");
  expect(Object.values(ceilings)).toEqual([null, null, null, null]);
  expect(unmeasured).toHaveLength(4);
  expect(workloads[0].entries.map(({ engine, status, correct }) => [engine, status, correct])).toEqual([
    ["plain", "measured", true],
  ]);
});
