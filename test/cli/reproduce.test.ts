/**
 * The whole command as a person runs it, at a very small size: exit code, table, files, and what it refuses.
 */

import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { LineResults } from "../../src/experiments/alternating-line/results.ts";
import { VARIANTS } from "../../src/kernels/variants.ts";

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

function reproduce(...commandLine: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ["src/cli/main.mjs", "reproduce", ...commandLine],
      (_, stdout, stderr) => {
        resolve({ code: child.exitCode ?? -1, stdout, stderr });
      },
    );
  });
}

test.each(["cpu", "browser"])(
  "a small experiment on %s leaves all its files and ends in the table",
  async (backend) => {
    const folder = join(await mkdtemp(join(tmpdir(), "mixup-")), "deeper", "results");
    const { code, stdout, stderr } = await reproduce(
      ...[
        "alternating-line",
        "--backend",
        backend,
        "--seeds",
        "2",
        "--alphas",
        "32",
        "--steps",
        "60",
        "--out",
        folder,
      ],
    );
    expect(stderr).toMatch(/100% {2}10 points, 10 classes {2}60 of 60 steps/);
    expect(code).toBe(0);
    expect(stdout).toMatch(/paper +ours +verdict/);
    expect(stdout).toContain("2 of 10 seeds, 60 steps, not 5000");
    expect(stdout).toContain(`Report: ${join(folder, "report.html")}`);

    const pictures = ["3-points-2", "10-points-2", "10-points-10"].flatMap((set) =>
      ["error", "probabilities"].flatMap((kind) =>
        ["svg", "png"].map((type) => `${kind}-${set}-classes.${type}`),
      ),
    );
    for (const set of ["3-points-2", "10-points-2"])
      pictures.push(`theory-${set}-classes.svg`, `theory-${set}-classes.png`);
    expect((await readdir(folder)).sort()).toEqual(
      ["curves.csv", "theory.csv", "report.html", "results.json", ...pictures].sort(),
    );
    const results: LineResults = JSON.parse(await readFile(join(folder, "results.json"), "utf8"));
    expect(results.backend).toBe(backend === "cpu" ? "cpu" : "webgpu");
    const choices = Object.keys(results.adapter.variants ?? {});
    expect(choices).toEqual(backend === "browser" ? Object.keys(VARIANTS) : []);
    expect(results.groups.length).toBe(6);
    for (const group of results.groups) {
      expect(group.errorCurve.step).toEqual([50, 60]);
      expect(group.runs.map(({ seed, failure }) => [seed, failure])).toEqual([
        [0, null],
        [1, null],
      ]);
      for (const row of group.probabilities) {
        expect(row.length).toBe(group.classes);
        expect(row.reduce((sum: number, p) => sum + p!, 0)).toBeCloseTo(1, 5);
      }
    }
    const [header] = await readFile(join(folder, "error-3-points-2-classes.png")).then((png) => [
      png.subarray(1, 4),
    ]);
    expect(header.toString()).toBe("PNG");
    expect((await readFile(join(folder, "curves.csv"), "utf8")).split("\n").length).toBe(1 + 6 * 2 * 2 + 1);
  },
);

test("a command line that is not understood ends with code 2, one line, and no stack", async () => {
  const { code, stdout, stderr } = await reproduce("alternating-line", "--alphas", "1,many");
  expect(code).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toMatch(/^error: --alphas: "many" is not an alpha\.[^\n]*\n$/);
});

test("what no experiment could run ends with code 2 before the first one starts", async () => {
  const folder = join(await mkdtemp(join(tmpdir(), "mixup-")), "results");
  const { code, stdout, stderr } = await reproduce(
    "theory",
    "collisions",
    "--fraction",
    "0.001",
    "--out",
    folder,
  );
  expect(code).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toMatch(/^error: fraction: leaves 1 of the train images, of a single class\.[^\n]*\n$/);
  await expect(readdir(folder)).rejects.toThrow("no such file");
});

test("--help explains the options and starts nothing", async () => {
  const { code, stdout } = await reproduce("--help");
  expect(code).toBe(0);
  expect(stdout).toContain("--backend B");
});
