/**
 * Options of queue and worker, and what happens to them: sweeps in order of their priority, workers that end by themselves, a server that is
 * full, a thread that ends or can't be started again.
 */

import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { buildProgram, givePackages, type Started, shardsIn, startProgram, until } from "./program.ts";
import { PASSWORD, RedisServer } from "./redis.ts";
import { DESCRIPTION, folderIn, merged, newFolder, sweep, written } from "./sweeps.ts";

let program: string;
let redis: RedisServer;
let file: string;
let expected: string;
let running: Started[] = [];

beforeAll(async () => {
  [program, redis] = [await buildProgram(), await RedisServer.start()];
  await givePackages(program);
  file = await written(DESCRIPTION);
  const out = await newFolder();
  expect((await sweep(file, "--out", out, "--shard-size", "1000")).code).toBe(0);
  expected = await merged(out);
});

afterAll(() => redis.stop());

afterEach(async () => {
  for (const { child } of running) child.kill("SIGKILL");
  await Promise.all(running.map(({ ended }) => ended));
  running = [];
  await redis.command("CONFIG", "SET", "maxmemory", "0");
  await redis.command("FLUSHALL");
});

function start(commandLine: readonly string[], env: Readonly<Record<string, string>> = {}): Started {
  const started = startProgram(program, commandLine, { MIXUP_QUEUE_PASSWORD: PASSWORD, ...env });
  running.push(started);
  return started;
}

const collect = (file: string, out: string, ...more: string[]) =>
  start(["sweep", file, "--out", out, "--backend", "cpu", "--queue", redis.url, ...more]);

const work = (out: string, more: readonly string[] = [], env: Readonly<Record<string, string>> = {}) =>
  start(["work", "--queue", redis.url, "--out", out, "--backend", "cpu", "--lock", "1", ...more], env);

const waiting = async () => Number(await redis.command("ZCARD", "bull:mixup-webgpu:prioritized"));

test("shards of a sweep of a higher priority come first, though they were added later", async () => {
  const out = await newFolder();
  const other = await written({ ...DESCRIPTION, steps: 13 });
  const started = [
    collect(file, out, "--shard-size", "8", "--priority", "100"),
    collect(other, out, "--shard-size", "8", "--priority", "1"),
  ];
  await until(async () => (await waiting()) === 36);
  work(out);
  for (const { ended } of started) expect((await ended).code).toBe(0);
  const events = (await redis.command("XRANGE", "bull:mixup-webgpu:events", "-", "+")) as [
    string,
    string[],
  ][];
  const order = events.map(([, fields]) => fields).filter((fields) => fields[1] === "active");
  const ids = order.map((fields) => fields[fields.indexOf("jobId") + 1].slice(0, 32));
  expect(ids.length).toBe(36);
  expect(new Set(ids).size).toBe(2);
  expect(new Set(ids.slice(0, 18)).size).toBe(1);
  const { steps } = JSON.parse(await readFile(join(out, ids[0], "sweep.json"), "utf8"));
  expect(steps).toBe(13);
});

test("--idle ends workers that have nothing to do, and none that has", async () => {
  const out = await newFolder();
  const long = await written({
    ...DESCRIPTION,
    data: DESCRIPTION.data.slice(0, 1),
    steps: 8000,
    grid: { seed: { count: 24 }, mixing: [{ kind: "erm" }], optimizer: [{ kind: "sgd" }] },
  });
  collect(long, out, "--shard-size", "24");
  await until(async () => (await waiting()) === 1);
  const began = performance.now();
  const busy = work(out, ["--idle", "1"]);
  const { code } = await busy.ended;
  // It had to do for longer than a second, and ended a second after that.
  expect(performance.now() - began).toBeGreaterThan(2000);
  expect([code, (await shardsIn(out)).length]).toEqual([0, 1]);
  expect((await work(out, ["--idle", "1", "--workers", "2"]).ended).code).toBe(0);
});

test("a server that is full: the command says so, adds when there is room, and nothing is lost", async () => {
  const out = await newFolder();
  const worker = work(out);
  await until(() => worker.said().includes("Working for"));
  await redis.command("CONFIG", "SET", "maxmemory", "1");
  const started = collect(file, out, "--shard-size", "2");
  await until(() => started.said().includes("Redis is full: shards are added when it has room."));
  expect(await waiting()).toBe(0);
  await redis.command("CONFIG", "SET", "maxmemory", "0");
  await until(async () => (await shardsIn(out)).length > 3);
  // Full again, in the midst of it.
  await redis.command("CONFIG", "SET", "maxmemory", "1");
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await redis.command("CONFIG", "SET", "maxmemory", "0");
  expect((await started.ended).code).toBe(0);
  expect(await merged(out)).toBe(expected);
  worker.child.kill("SIGTERM");
  expect((await worker.ended).code).toBe(130);
});

test("a thread that ends is replaced, and its shard is taken again", async () => {
  const out = await newFolder();
  const log = join(out, "log");
  const worker = work(out, [], { TEST_LOG: log, TEST_ENDING: "8" });
  const { code } = await collect(file, out, "--shard-size", "4").ended;
  expect(code).toBe(0);
  expect(await merged(out)).toBe(expected);
  expect(worker.said()).toMatch(
    /Runs 8 to 11 of [0-9a-f]{32} failed: The thread that computes ended \(code 3\)\./,
  );
  expect(worker.child.exitCode).toBe(null);
  const begun = (await readFile(log, "utf8")).split("\n").filter((from) => from === "8");
  expect(begun.length).toBe(2);
});

test("where it can't be replaced, the worker gives its shard back and waits; no attempt is spent", async () => {
  const out = await newFolder();
  const unable = join(out, "unable");
  const worker = work(out, [], { TEST_LOG: join(out, "log"), TEST_ENDING: "8", TEST_UNABLE: unable });
  await until(() => worker.said().includes("Working for"));
  await writeFile(unable, "");
  const started = collect(file, out, "--shard-size", "4");
  await until(() => worker.said().includes("This worker waits 60 s"));
  expect(worker.said()).toContain("Node found no adapter");
  const before = (await shardsIn(out)).length;
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect((await shardsIn(out)).length).toBe(before);
  expect(Number(await redis.command("ZCARD", "bull:mixup-webgpu:failed"))).toBe(0);
  work(out);
  expect((await started.ended).code).toBe(0);
  expect(await merged(out)).toBe(expected);
  expect((await readdir(join(await folderIn(out)))).includes("conflicts")).toBe(false);
});
