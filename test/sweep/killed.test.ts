/**
 * Processes that are killed at any moment, stopped, and started again: nothing that was done is lost, and the bytes are those of a sweep that
 * was left alone. SCALE_KILLS raises the number of kills (`npm run test:scale`).
 */

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { buildProgram, childrenOf, type Started, shardsIn, startProgram, until } from "./program.ts";
import { DESCRIPTION, folderIn, merged, namesBelow, newFolder, sweep, written } from "./sweeps.ts";

const KILLS = Number(process.env.SCALE_KILLS ?? 3);

/** Some seconds of work for one process. */
const LONG = {
  ...DESCRIPTION,
  steps: 200 * KILLS,
  evaluateEvery: 100,
  grid: { ...DESCRIPTION.grid, seed: { from: 0, count: 12 } },
};

let program: string;
let file: string;
let expected: string;

beforeAll(async () => {
  program = await buildProgram();
  file = await written(LONG);
  const out = await newFolder();
  expect((await sweep(file, "--out", out, "--shard-size", "1000")).code).toBe(0);
  expected = await merged(out);
});

function start(out: string, ...more: string[]): Started {
  return startProgram(program, ["sweep", file, "--out", out, "--backend", "cpu", ...more]);
}

test("workers that are killed are started again, and the bytes are the same", async () => {
  const out = await newFolder();
  const started = start(out, "--workers", "3", "--shard-size", "3", "--checkpoint-every", "1");
  let kills = 0;
  for (let seen = 0; kills < KILLS; ) {
    // Each kill at another moment, and after another shard.
    await until(async () => (await shardsIn(out)).length > seen || started.child.exitCode !== null);
    if (started.child.exitCode !== null) break;
    seen = (await shardsIn(out)).length;
    await new Promise((resolve) => setTimeout(resolve, (kills * 37) % 50));
    const workers = await childrenOf(started);
    if (workers.length === 0) continue;
    process.kill(workers[kills % workers.length], "SIGKILL");
    kills++;
  }
  const { code, stderr } = await started.ended;
  expect(kills).toBeGreaterThanOrEqual(Math.min(KILLS, 3));
  expect(stderr.match(/was killed; it is started again/g)?.length).toBe(kills);
  expect(code).toBe(0);
  expect(await merged(out)).toBe(expected);
  // No run is in two shards, and no state or temporary file is left.
  const names = await namesBelow(await folderIn(out));
  expect(names.filter((name) => /partial|failed|conflicts|unfinished/.test(name))).toEqual([]);
  const ends = (await shardsIn(out)).map((name) => name.match(/\d+/g)!.map(Number));
  ends.forEach(([from], s) => {
    expect(from).toBe(ends[s - 1]?.[1] ?? 0);
  });
});

test("stopped, it ends soon, keeps the state of the shard under way, and goes on there", async () => {
  const out = await newFolder();
  const states = async () =>
    (await namesBelow(join(await folderIn(out), "partial"))).filter((name) => name.endsWith(".checkpoint"));
  // Between two shards there is no state to keep.
  for (let attempt = 1; attempt < 10 && (attempt === 1 || (await states()).length === 0); attempt++) {
    const done = attempt === 1 ? 0 : (await shardsIn(out)).length;
    const first = start(out, "--shard-size", "1000");
    await until(async () => (await shardsIn(out)).length > done);
    first.child.kill("SIGTERM");
    const stopped = await first.ended;
    expect(stopped.stderr).toContain("Stopped. What is done is kept: the same command goes on there.");
    expect(stopped.code).toBe(130);
  }
  const folder = await folderIn(out);
  const partial = await states();
  expect(partial.length).toBe(1);
  // A state that was damaged since counts for nothing.
  const path = join(folder, "partial", partial[0]);
  const bytes = await readFile(path);
  bytes[bytes.length - 9] ^= 2;
  const second = start(out);
  const before = (await shardsIn(out)).length;
  await until(async () => (await shardsIn(out)).length > before);
  second.child.kill("SIGKILL");
  await second.ended;
  await writeFile(path, bytes);
  expect((await start(out).ended).code).toBe(0);
  expect(await merged(out)).toBe(expected);
});

test("a command that is killed takes its workers along", async () => {
  const out = await newFolder();
  const started = start(out, "--workers", "2", "--shard-size", "3");
  await until(async () => (await shardsIn(out)).length > 0);
  const workers = await childrenOf(started);
  expect(workers.length).toBe(2);
  started.child.kill("SIGKILL");
  await started.ended;
  const isRunning = async (pid: number) =>
    (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).includes(program);
  await until(async () => !(await Promise.all(workers.map(isRunning))).some((running) => running));
  expect((await start(out, "--workers", "2").ended).code).toBe(0);
  expect(await merged(out)).toBe(expected);
});
