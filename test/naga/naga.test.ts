/**
 * Firefox's compiler takes every kernel, in every variant that needs no subgroups, and computes what float64 does. In processes of
 * their own: a panic takes one down.
 */

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { TOLERANCES } from "../tolerances.ts";

const ROOT = join(import.meta.dirname, "../..");
const FOLDER = process.env.RECORDED_PIPELINES ?? join(ROOT, "node_modules/.cache/pipelines");
/** As much as it takes to download, so fetched only where these tests run; the version that they were written for. */
const PACKAGE = "deno@2.9.6";

let deno: string;

beforeAll(() => {
  deno = process.env.DENO ?? fetchDeno();
});

function fetchDeno(): string {
  const folder = join(ROOT, "node_modules/.cache/deno");
  const program = join(folder, "node_modules/.bin/deno");
  if (!existsSync(program)) {
    execFileSync("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--prefix", folder, PACKAGE]);
  }
  return program;
}

/** The lines that a program printed, up to where it died, if it did. */
function lines(script: string, argument: string): { printed: Record<string, unknown>[]; died: string } {
  const { status, stdout, stderr } = spawnSync(
    deno,
    ["run", "--unstable-webgpu", "-A", join(import.meta.dirname, script), argument],
    { encoding: "utf8", maxBuffer: 1 << 26, timeout: 280_000 },
  );
  const printed = stdout.split("\n").filter((line) => line !== "");
  return { printed: printed.map((line) => JSON.parse(line)), died: status === 0 ? "" : stderr.slice(-2000) };
}

describe("naga", () => {
  it("compiles every pipeline that other adapters' tests made", () => {
    expect(existsSync(FOLDER), `${FOLDER}: run the kernels' tests with RECORDED_PIPELINES first`).toBe(true);
    const { printed, died } = lines("pipelines.mjs", FOLDER);
    expect(died, `at ${JSON.stringify(printed.at(-1))}`).toBe("");
    const done = printed.filter((line) => line.error !== undefined);
    expect(done.filter(({ error }) => error !== "")).toEqual([]);
    // Each kernel there is, but for those that need what Deno has not.
    const kernels = new Set(done.map(({ file }) => String(file).split(".")[0]));
    expect(kernels.size).toBeGreaterThan(25);
    for (const kernel of [
      "resident",
      "residentBatch",
      "linearForward",
      "conv2dForward",
      "conv2dForwardProduct",
      "optimalClassifier",
    ])
      expect(kernels).toContain(kernel);
  });

  it("trains as float64 does, by every executor and variant", () => {
    execFileSync(process.execPath, ["tools/build.mjs", "library"], { cwd: ROOT, stdio: "ignore" });
    const { printed, died } = lines("trainings.mjs", join(ROOT, "dist/mixup-webgpu.js"));
    expect(died, `at ${JSON.stringify(printed.at(-1))}`).toBe("");
    const done = printed.filter((line) => line.apart !== undefined);
    expect(done.length).toBe(7);
    for (const { name, apart, numbers } of done) {
      expect(numbers, String(name)).toBeGreaterThan(100);
      expect(apart, String(name)).toBeLessThan(TOLERANCES.trained.limit);
    }
  });
});
