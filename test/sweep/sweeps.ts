/** Sweeps of tests: a small description, the command in this process, and what it left. */

import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { main } from "../../src/cli/sweep/sweep.ts";
import { fingerprint } from "../../src/numeric/fingerprint.ts";
import { sha256 } from "../../src/numeric/sha256.ts";

/** Two data sets, three kinds of pairing of which one trains apart, two kinds of optimizer, one of which diverges somewhere. */
export const DESCRIPTION = {
  format: "mixup-webgpu sweep 1",
  data: [
    { name: "three", generator: "alternatingLine", points: 3, classes: 2 },
    { name: "five", generator: "alternatingLine", points: 5, classes: 2 },
  ],
  model: { sizes: [1, 4, 2], activation: "relu" },
  steps: 12,
  batch: "full" as string | number,
  evaluateEvery: 5,
  probePoints: [0, 1],
  grid: {
    seed: { from: 3, count: 4 } as unknown,
    mixing: [
      { kind: "erm" },
      { kind: "mixup", law: { kind: "beta", a: 2 }, pairing: "other", granularity: "sample" },
      { kind: "mixup", law: { kind: "uniform" }, pairing: "all-pairs" },
    ] as unknown[],
    optimizer: [
      { kind: "adam", learningRate: 0.01 },
      { kind: "adam", learningRate: 0.1, weightDecay: 0.01 },
      { kind: "sgd", learningRate: 1e30 },
    ] as unknown[],
  },
  keep: ["final", "curves", "parameters"],
};

export const newFolder = () => mkdtemp(join(tmpdir(), "mixup-sweep-"));

/** `sweep.json` in a folder of its own. */
export async function written(description: unknown): Promise<string> {
  const file = join(await newFolder(), "sweep.json");
  await writeFile(file, typeof description === "string" ? description : JSON.stringify(description));
  return file;
}

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command, in this process and on the CPU. */
export async function sweep(file: string, ...more: string[]): Promise<Outcome> {
  let [stdout, stderr] = ["", ""];
  const out = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    stdout += text;
    return true;
  });
  const err = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    stderr += text;
    return true;
  });
  try {
    const code = await main([file, "--backend", "cpu", ...more], () => Promise.reject(new Error("no page")));
    return { code, stdout, stderr };
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
}

/** The folder of the one sweep in there. */
export async function folderIn(out: string): Promise<string> {
  const [id] = (await readdir(out)).filter((name) => /^[0-9a-f]{32}$/.test(name));
  return join(out, id);
}

/** Digest of all that was merged. */
export async function merged(out: string): Promise<string> {
  const folder = await folderIn(out);
  const files = await Promise.all(
    ["merged.safetensors", "runs.csv", "summary.json"].map((name) => readFile(join(folder, name))),
  );
  return fingerprint(files.map((bytes) => sha256(bytes)));
}

/** All names below a folder. */
export async function namesBelow(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).sort();
}
