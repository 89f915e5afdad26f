/**
 * Sweeps whose shards workers take from a queue: whatever is killed, lost or wrong on the way, the bytes are those of a sweep that was
 * left alone. SCALE_KILLS raises the number of kills (`npm run test:scale`).
 */

import { copyFile, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Queue } from "bullmq";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { decodeSafetensors } from "../../src/index.ts";
import { encodeSealed } from "../../src/model/digest.ts";
import {
  buildProgram,
  childrenOf,
  givePackages,
  type Started,
  shardsIn,
  startProgram,
  until,
} from "./program.ts";
import { PASSWORD, RedisServer } from "./redis.ts";
import { DESCRIPTION, folderIn, merged, namesBelow, newFolder, sweep, written } from "./sweeps.ts";

const KILLS = Number(process.env.SCALE_KILLS ?? 3);
const FUZZED = Number(process.env.SCALE_RUNS ?? 4) * 10;

/** Some seconds of work for one process, 36 shards of at most 6 runs. */
const LONG = {
  ...DESCRIPTION,
  steps: 60 * KILLS,
  evaluateEvery: 100,
  grid: { ...DESCRIPTION.grid, seed: { from: 0, count: 12 } },
};

/** One segment, seconds of work. */
const DEEP = {
  ...DESCRIPTION,
  data: DESCRIPTION.data.slice(0, 1),
  steps: 2000,
  evaluateEvery: 500,
  grid: {
    seed: { count: 48 },
    mixing: DESCRIPTION.grid.mixing.slice(1, 2),
    optimizer: DESCRIPTION.grid.optimizer.slice(0, 1),
  },
};

let program: string;
let redis: RedisServer;
let long: { file: string; expected: string };
let deep: { file: string; expected: string };
let small: { file: string; expected: string };
let running: Started[] = [];

async function unsplit(description: unknown): Promise<{ file: string; expected: string }> {
  const file = await written(description);
  const out = await newFolder();
  expect((await sweep(file, "--out", out, "--shard-size", "1000")).code).toBe(0);
  return { file, expected: await merged(out) };
}

beforeAll(async () => {
  [program, redis] = [await buildProgram(), await RedisServer.start()];
  await givePackages(program);
  long = await unsplit(LONG);
  deep = await unsplit(DEEP);
  small = await unsplit(DESCRIPTION);
});

afterAll(() => redis.stop());

beforeEach(() => redis.command("FLUSHALL"));

afterEach(async () => {
  for (const { child } of running) child.kill("SIGKILL");
  await Promise.all(running.map(({ ended }) => ended));
  running = [];
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

/** Payloads that nearly are some. */
const mutations = (id: string) =>
  fc.record({
    v: fc.constantFrom(1, 2, "1"),
    sweep: fc.constantFrom(id, `${id}/..`, "../../etc/passwd", "/etc/passwd", "__proto__", `${id.slice(1)}/`),
    from: fc.constantFrom(-1, 0, 1.5, "0", 1e12),
    to: fc.constantFrom(4, 0, 1e300, null),
    more: fc.constantFrom("rm -rf /", { command: "true" }),
  });

/** Numbers of the first runs of shards that were begun. */
const begun = async (log: string) => (await readFile(log, "utf8").catch(() => "")).split("\n").slice(0, -1);

test("two workers, one sweep: the same bytes, each shard computed once, and nothing left", async () => {
  const out = await newFolder();
  const log = join(out, "log");
  const workers = [work(out, [], { TEST_LOG: log }), work(out, [], { TEST_LOG: log })];
  const { code, stdout, stderr } = await collect(small.file, out, "--shard-size", "4").ended;
  expect([code, stderr]).toEqual([0, expect.stringMatching(/in 18 shards/)]);
  expect(stdout).toMatch(/^72 runs merged/);
  expect(await merged(out)).toBe(small.expected);
  const starts = await begun(log);
  expect(new Set(starts).size).toBe(starts.length);
  expect(starts.length).toBe(18);
  expect(
    (await namesBelow(await folderIn(out))).filter((name) => /partial|failed|unfinished/.test(name)),
  ).toEqual([]);
  for (const { child } of workers) child.kill("SIGTERM");
  for (const { ended } of workers) expect((await ended).code).toBe(130);
  // Once more there is nothing to do, and no worker is needed.
  expect((await collect(small.file, out).ended).code).toBe(0);
});

describe("killed at any moment, the bytes are the same", () => {
  test("workers", async () => {
    const out = await newFolder();
    const started = collect(long.file, out, "--shard-size", "6");
    const workers = [0, 1, 2].map(() => work(out, ["--checkpoint-every", "1"]));
    let kills = 0;
    for (let seen = 0; kills < KILLS && started.child.exitCode === null; ) {
      await until(async () => (await shardsIn(out)).length > seen || started.child.exitCode !== null);
      seen = (await shardsIn(out)).length;
      await new Promise((resolve) => setTimeout(resolve, (kills * 37) % 50));
      const k = kills++ % workers.length;
      workers[k].child.kill("SIGKILL");
      workers[k] = work(out, ["--checkpoint-every", "1"]);
    }
    expect((await started.ended).code).toBe(0);
    expect(kills).toBe(KILLS);
    expect(await merged(out)).toBe(long.expected);
    const names = await namesBelow(await folderIn(out));
    expect(names.filter((name) => /partial|failed|conflicts/.test(name))).toEqual([]);
    const ends = (await shardsIn(out)).map((name) => name.match(/\d+/g)!.map(Number));
    ends.forEach(([from], s) => {
      expect(from).toBe(ends[s - 1]?.[1] ?? 0);
    });
  });

  test("the server, and once all that it knew", async () => {
    const out = await newFolder();
    const log = join(out, "log");
    const workers = [0, 1].map(() => work(out, [], { TEST_LOG: log }));
    // 36 shards, or 216, so that there are some between two kills.
    const started = collect(long.file, out, "--shard-size", KILLS > 5 ? "1" : "6");
    let kills = 0;
    for (let seen = 0; kills <= KILLS && started.child.exitCode === null; kills++) {
      await until(async () => (await shardsIn(out)).length > seen || started.child.exitCode !== null);
      seen = (await shardsIn(out)).length + 5;
      if (kills === 1) await redis.command("FLUSHALL");
      else {
        await redis.kill();
        await new Promise((resolve) => setTimeout(resolve, 200));
        await redis.run();
      }
    }
    const { code, stderr } = await started.ended;
    expect([code, kills]).toEqual([0, KILLS + 1]);
    expect(stderr).not.toContain("failed");
    expect(await merged(out)).toBe(long.expected);
    // Nothing is computed again but what was under way.
    const shards = (await shardsIn(out)).length;
    expect((await begun(log)).length).toBeLessThanOrEqual(shards + kills * workers.length);
  });

  test("a command in several processes starts those again that are killed, and takes them along when it is", async () => {
    const out = await newFolder();
    const workers = work(out, ["--workers", "2"]);
    const started = collect(long.file, out, "--shard-size", "6");
    await until(async () => (await shardsIn(out)).length > 2);
    const [first] = await childrenOf(workers);
    process.kill(first, "SIGKILL");
    expect((await started.ended).code).toBe(0);
    expect(workers.said()).toContain("was killed; it is started again");
    expect(await merged(out)).toBe(long.expected);
    const children = await childrenOf(workers);
    expect(children.length).toBe(2);
    workers.child.kill("SIGKILL");
    await workers.ended;
    const isRunning = async (pid: number) =>
      (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).includes(program);
    await until(async () => !(await Promise.all(children.map(isRunning))).some((running) => running));
  });
});

test("stopped, worker and command end soon, keep the state of the shard under way, and go on there", async () => {
  const out = await newFolder();
  const log = join(out, "log");
  const first = work(out, [], { TEST_LOG: log });
  const waiting = collect(deep.file, out, "--shard-size", "1000");
  await until(async () => (await begun(log)).length > 0);
  waiting.child.kill("SIGINT");
  const interrupted = await waiting.ended;
  expect([interrupted.code, interrupted.stderr]).toEqual([
    130,
    expect.stringContaining("Queue and workers go on"),
  ]);
  first.child.kill("SIGTERM");
  expect((await first.ended).code).toBe(130);
  // The shard is in the queue again, which a worker that had to end by force leaves to the lock; no attempt is spent, its state is there.
  expect((await readdir(join(await folderIn(out), "partial"))).length).toBe(1);
  const jobs = (await redis.command("KEYS", "bull:mixup-webgpu:*-*-*")) as string[];
  expect(jobs.length).toBe(1);
  expect(await redis.command("HGET", jobs[0], "atm")).toBeNull();
  expect(await redis.command("ZCARD", "bull:mixup-webgpu:prioritized")).toBe(1);
  work(out);
  expect((await collect(deep.file, out).ended).code).toBe(0);
  expect(await merged(out)).toBe(deep.expected);
});

test("a step that blocks its thread for longer than the lock loses no shard", async () => {
  const wide = {
    ...DESCRIPTION,
    data: DESCRIPTION.data.slice(0, 1),
    model: { sizes: [1, 1000, 1000, 2] },
    steps: 1,
    grid: { seed: { count: 12 }, mixing: [{ kind: "erm" }], optimizer: [{ kind: "sgd" }] },
    keep: ["final"],
  };
  const out = await newFolder();
  const log = join(out, "log");
  for (const _ of [0, 1]) work(out, [], { TEST_LOG: log });
  const started = collect(await written(wide), out, "--shard-size", "12");
  await until(async () => (await begun(log)).length > 0);
  const began = performance.now();
  expect((await started.ended).code).toBe(0);
  // The lock is a matter of time, so this is, too.
  expect(performance.now() - began).toBeGreaterThan(2000);
  expect(await begun(log)).toEqual(["0"]);
  const events = JSON.stringify(await redis.command("XRANGE", "bull:mixup-webgpu:events", "-", "+"));
  expect(events).toContain("active");
  expect(events).not.toContain("stalled");
});

describe("what is wrong", () => {
  /** Moves on what waits for another attempt. */
  function impatient(): () => Promise<void> {
    const queue = new Queue("mixup-webgpu", {
      connection: { host: "127.0.0.1", port: redis.port, username: "mixup", password: PASSWORD },
    });
    const promoting = setInterval(() => queue.promoteJobs().catch(() => {}), 100);
    return async () => {
      clearInterval(promoting);
      await queue.close();
    };
  }

  test("shards that fail, that kill their process, and what is no shard: the others are done, and all are named", async () => {
    const out = await newFolder();
    const env = { TEST_POISON: "8", TEST_BROKEN: "20" };
    const stop = impatient();
    const started = collect(small.file, out, "--shard-size", "4");
    // Whatever somebody may have put into the queue.
    const queue = new Queue("mixup-webgpu", {
      connection: { host: "127.0.0.1", port: redis.port, username: "mixup", password: PASSWORD },
    });
    await until(async () => (await readdir(out)).length > 0);
    const id = (await folderIn(out)).slice(-32);
    const payloads = [
      ...fc.sample(fc.oneof(fc.jsonValue(), mutations(id)), { numRuns: FUZZED, seed: 17 }),
      { v: 1, sweep: id, from: 0, to: 3 },
      { v: 1, sweep: "0".repeat(32), from: 0, to: 4 },
      JSON.parse('{"v":1,"sweep":"../../../etc","from":0,"to":4,"__proto__":{"admin":true}}'),
    ];
    await queue.addBulk(
      payloads.map((data, i) => ({ name: "shard", data, opts: { jobId: `bad:${i}:x`, attempts: 3 } })),
    );
    await queue.close();
    let current = work(out, [], env);
    let deaths = 0;
    while (started.child.exitCode === null) {
      await until(() => current.child.signalCode !== null || started.child.exitCode !== null);
      if (started.child.exitCode !== null) break;
      deaths++;
      current = work(out, [], env);
    }
    const { code, stderr } = await started.ended;
    expect(deaths).toBe(4);
    expect(code).toBe(1);
    expect(stderr).toMatch(/Runs 8 to 11 failed: job stalled more than allowable limit/);
    expect(stderr).toMatch(/Runs 20 to 23 failed: MixupError: A test broke this shard\./);
    expect((await shardsIn(out)).length).toBe(16);
    await until(
      async () => Number(await redis.command("ZCARD", "bull:mixup-webgpu:failed")) === payloads.length + 2,
    );
    const status = await collect(small.file, out, "--status").ended;
    expect(status.code).toBe(1);
    expect(status.stdout.match(/^Runs (?:8|20) to/gm)?.length).toBe(2);
    // All but that of another sweep, which there might be.
    expect(status.stdout.match(/^Job "bad:\d+:x" is no shard/gm)?.length).toBe(payloads.length - 1);
    // Nothing was written but by those that are shards.
    expect(await readdir(out)).toEqual([id]);
    current.child.kill("SIGTERM");
    await current.ended;
    work(out);
    const again = await collect(small.file, out, "--retry-failed").ended;
    await stop();
    expect([again.code, again.stderr]).toEqual([
      0,
      expect.stringContaining("2 shards that failed are tried again."),
    ]);
    expect(await merged(out)).toBe(small.expected);
  });

  test("a damaged file is computed again; a result that differs from the first is kept apart, loudly", async () => {
    const plain = await newFolder();
    await sweep(deep.file, "--out", plain, "--shard-size", "16");
    const right = join(await folderIn(plain), "shards");
    const names = (await readdir(right)).sort();
    const out = await newFolder();
    const started = collect(deep.file, out, "--shard-size", "16");
    const log = join(out, "log");
    await until(async () => (await readdir(out)).length > 0);
    const shards = join(await folderIn(out), "shards");
    await until(() =>
      readdir(shards).then(
        () => true,
        () => false,
      ),
    );
    const damaged = await readFile(join(right, names[0]));
    damaged[damaged.length - 5] ^= 16;
    await writeFile(join(shards, names[0]), damaged);
    work(out, [], { TEST_LOG: log });
    // Another is faster with the last one, and wrong.
    const last = names.at(-1)!;
    await until(async () => (await begun(log)).includes(String(Number(last.slice(0, 9)))));
    const { tensors, metadata } = decodeSafetensors(await readFile(join(right, last)));
    (tensors["final.loss"].data as Float64Array)[0] += 1e-12;
    await writeFile(join(shards, last), encodeSealed(tensors, metadata));
    const { code, stderr } = await started.ended;
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining("1 results differ from those that were there before"),
    ]);
    const conflicts = join(shards, "../conflicts");
    const [conflict] = await readdir(conflicts);
    expect((await readFile(join(conflicts, conflict))).equals(await readFile(join(right, last)))).toBe(true);
    // Somebody looked, and decided.
    await copyFile(join(conflicts, conflict), join(shards, last));
    await rm(conflicts, { recursive: true });
    const again = await collect(deep.file, out).ended;
    expect(again.code).toBe(0);
    // The first command notices it, if it merges before the other result comes.
    expect(stderr + again.stderr).toContain("A shard is damaged and is computed again");
    expect(await merged(out)).toBe(deep.expected);
  });

  test("where its files can't be written, a worker says so and waits; what is done stays", async () => {
    const out = await newFolder();
    const first = work(out);
    const started = collect(long.file, out, "--shard-size", "6");
    await until(async () => (await shardsIn(out)).length > 2);
    const shards = join(await folderIn(out), "shards");
    await rename(shards, `${shards}.away`);
    await writeFile(shards, "");
    await until(() => first.said().includes("This worker waits 60 s"));
    await rm(shards);
    await rename(`${shards}.away`, shards);
    const before = (await shardsIn(out)).length;
    expect(before).toBeGreaterThan(2);
    work(out);
    expect((await started.ended).code).toBe(0);
    expect(await merged(out)).toBe(long.expected);
    first.child.kill("SIGTERM");
    expect((await first.ended).code).toBe(130);
  });
});
