/**
 * Very many shards: what a command holds in memory does not grow with them. SCALE_SHARDS says how many (`npm run test:scale`); few show
 * only what is lost at each.
 */

import { readFile } from "node:fs/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { buildProgram, givePackages, type Started, shardsIn, startProgram } from "./program.ts";
import { PASSWORD, RedisServer } from "./redis.ts";
import { DESCRIPTION, newFolder, sweep, written } from "./sweeps.ts";

const SHARDS = Number(process.env.SCALE_SHARDS ?? 400);

/** Shards that compute next to nothing. */
const EMPTY = {
  ...DESCRIPTION,
  data: DESCRIPTION.data.slice(0, 1),
  model: { sizes: [1, 1, 2] },
  steps: 1,
  grid: { seed: { count: SHARDS }, mixing: [{ kind: "erm" }], optimizer: [{ kind: "sgd" }] },
  keep: ["final"],
};

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

function heap(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

test("memory is flat from a quarter of the shards on", async () => {
  const file = await written(EMPTY);
  const out = await newFolder();
  expect((await sweep(file, "--out", out, "--shard-size", "1", "--shard", "1/4")).code).toBe(0);
  const before = heap();
  expect((await sweep(file, "--out", out)).code).toBe(0);
  // A megabyte is what compiled code and caches come and go with.
  expect(heap()).toBeLessThan(1.1 * before + 2 ** 20);
});

/** Bytes of a process in memory. */
async function memoryOf({ child }: Started): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, "utf8");
  return 1024 * Number(/VmRSS:\s+(\d+)/.exec(status)![1]);
}

test("by a queue: memory of command, worker and server, and what a shard costs", async () => {
  const shards = process.env.SCALE_SHARDS === undefined ? SHARDS / 4 : SHARDS;
  const file = await written({ ...EMPTY, grid: { ...EMPTY.grid, seed: { count: shards } } });
  const out = await newFolder();
  const program = await buildProgram();
  await givePackages(program);
  const redis = await RedisServer.start();
  const env = { MIXUP_QUEUE_PASSWORD: PASSWORD };
  const work = startProgram(program, ["work", "--queue", redis.url, "--out", out, "--backend", "cpu"], env);
  const collect = startProgram(
    program,
    ["sweep", file, "--out", out, "--queue", redis.url, "--shard-size", "1"],
    env,
  );
  let server = 0;
  const look = setInterval(async () => {
    const info = String(await redis.command("INFO", "memory").catch(() => ""));
    server = Math.max(server, Number(/used_memory:(\d+)/.exec(info)?.[1] ?? 0));
  }, 100);
  const done = async (share: number) => {
    while ((await shardsIn(out)).length < Math.max(share * shards, 1))
      await new Promise((resolve) => setTimeout(resolve, 50));
    return [performance.now(), await memoryOf(work), await memoryOf(collect)];
  };
  try {
    const quarter = await done(0.25);
    const end = await done(0.95);
    expect((await collect.ended).code).toBe(0);
    const each = (end[0] - quarter[0]) / (0.7 * shards);
    const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
    console.error(
      `${shards} shards by a queue: ${each.toFixed(1)} ms each; worker ${megabytes(quarter[1])}, then ${megabytes(end[1])}; command ` +
        `${megabytes(quarter[2])}, then ${megabytes(end[2])}; server ${megabytes(server)}`,
    );
    expect(server).toBeGreaterThan(0);
    expect(server).toBeLessThan(30e6);
    if (process.env.SCALE_SHARDS === undefined) return;
    expect(each).toBeLessThan(20);
    for (const p of [1, 2]) expect(end[p]).toBeLessThan(1.1 * quarter[p]);
  } finally {
    clearInterval(look);
    for (const { child } of [work, collect]) child.kill("SIGKILL");
    await Promise.all([work.ended, collect.ended]);
    await redis.stop();
  }
});
