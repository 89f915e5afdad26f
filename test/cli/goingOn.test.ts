/** `reproduce` that is stopped, killed and started again: it goes on, and ends in what it would have been in one go. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const SMALL = ["alternating-line", "--backend", "cpu", "--seeds", "2", "--alphas", "32", "--steps", "800"];

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; stderr: string }>;
}

function start(out: string, ...more: string[]): Started {
  const child = spawn(process.execPath, ["src/cli/main.mjs", "reproduce", ...SMALL, "--out", out, ...more]);
  let stderr = "";
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  child.stdout.resume();
  return { child, ended: new Promise((resolve) => child.on("close", (code) => resolve({ code, stderr }))) };
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch((): string[] => [])).sort();
}

/** Trainings that are kept. */
async function keptIn(out: string): Promise<string[]> {
  return (await namesIn(join(out, "kept"))).filter((name) => /^training-\w+\.safetensors$/.test(name));
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** All that was written, without what tells the time. */
async function results(out: string): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const name of await readdir(out)) {
    if (name.endsWith(".png")) continue;
    const text = await readFile(join(out, name), "utf8");
    texts[name] = text.replace(/"elapsedSeconds": [\d.]+/, "").replace(/<dt>Time<\/dt><dd>[\d.]+ s/, "");
  }
  return texts;
}

test("killed, then stopped, it goes on where it was, and says so", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mixup-going-on-"));
  const straight = start(join(folder, "straight"));

  const out = join(folder, "out");
  const killed = start(out);
  await until(async () => (await keptIn(out)).length >= 1);
  killed.child.kill("SIGKILL");
  await killed.ended;
  expect(await namesIn(out)).toEqual([".lock", "kept"]);

  const stopped = start(out);
  const own = `"pid":${stopped.child.pid},`;
  await until(async () => (await readFile(join(out, ".lock"), "utf8").catch(() => "")).includes(own));
  stopped.child.kill("SIGINT");
  const { code, stderr } = await stopped.ended;
  expect(stderr).toContain(`Stopped. What is done is kept in ${out}: the same command goes on there`);
  expect(code).toBe(130);
  expect(await namesIn(out)).toEqual(["kept"]);

  const last = await start(out).ended;
  expect(last.stderr).toContain(`Goes on with what is kept in ${join(out, "kept")}. --fresh begins anew.`);
  expect(last.code).toBe(0);
  // Nothing is left but the results, and they are the same.
  expect((await straight.ended).code).toBe(0);
  expect(await results(out)).toEqual(await results(join(folder, "straight")));
});
