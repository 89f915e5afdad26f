/**
 * Sweeps on WebGPU, in Node and in a headless browser: by a queue and two workers, the bytes are those of the unsplit run of the same
 * backend. What dies on the way, a page, a browser, a worker, costs no more than time, and leaves no browser behind.
 */

import { readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { decodeSafetensors } from "../../src/index.ts";
import {
  buildPages,
  buildProgram,
  givePackages,
  processesBelow,
  type Started,
  startProgram,
  until,
} from "./program.ts";
import { PASSWORD, RedisServer } from "./redis.ts";
import { DESCRIPTION, folderIn, merged, namesBelow, newFolder, written } from "./sweeps.ts";

const BACKENDS = ["native", "browser"] as const;

/** Two segments, one of which diverges, and data from a file. */
const SMALL = {
  ...DESCRIPTION,
  data: [{ name: "own", file: "own.csv", label: "kind" }],
  grid: {
    seed: { count: 4 },
    mixing: DESCRIPTION.grid.mixing.slice(0, 2),
    optimizer: DESCRIPTION.grid.optimizer.slice(1),
  },
};

/** Seconds of work in one shard. */
const DEEP = {
  ...SMALL,
  steps: 40_000,
  evaluateEvery: 20_000,
  grid: { ...SMALL.grid, optimizer: SMALL.grid.optimizer.slice(0, 1) },
};

let program: string;
let redis: RedisServer;
let small: string;
let deep: string;
let running: Started[] = [];

beforeAll(async () => {
  [program, redis] = [await buildProgram(), await RedisServer.start()];
  await givePackages(program);
  await buildPages(program);
  [small, deep] = [await written(SMALL), await written(DEEP)];
  for (const file of [small, deep])
    await writeFile(join(dirname(file), "own.csv"), "x,kind\n-1,a\n0,b\n1,a\n");
});

afterAll(() => redis.stop());

afterEach(async () => {
  for (const { child } of running) child.kill("SIGKILL");
  await Promise.all(running.map(({ ended }) => ended));
  running = [];
  await redis.command("FLUSHALL");
});

function start(...commandLine: string[]): Started {
  const started = startProgram(program, commandLine, { MIXUP_QUEUE_PASSWORD: PASSWORD });
  running.push(started);
  return started;
}

const tensorsOf = async (out: string) =>
  decodeSafetensors(await readFile(join(await folderIn(out), "merged.safetensors"))).tensors;

/** Processes of a browser below a program, by what they are: "" for the browser itself. */
async function browsersOf(started: Started, type = ""): Promise<number[]> {
  const found = await processesBelow(started.child.pid!);
  const isOne = (command: string) =>
    /chrom|edge/i.test(command.split("\0")[0]) &&
    (type === "" ? !command.includes("--type=") : command.includes(`--type=${type}`));
  return found.filter(({ command }) => isOne(command)).map(({ pid }) => pid);
}

const isRunning = async (pid: number) =>
  (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")) !== "";

const gone = (pids: readonly number[]) =>
  until(async () => !(await Promise.all(pids.map(isRunning))).some((running) => running));

describe("by a queue and two workers, the bytes are those of the unsplit run", () => {
  const unsplit = new Map<string, Awaited<ReturnType<typeof tensorsOf>>>();

  test.each(BACKENDS)("%s", async (backend) => {
    const [whole, out] = [await newFolder(), await newFolder()];
    const alone = await start("sweep", small, "--out", whole, "--backend", backend, "--shard-size", "100")
      .ended;
    expect([alone.code, alone.stdout]).toEqual([
      0,
      expect.stringMatching(/^16 runs merged, of which \d diverged/),
    ]);
    unsplit.set(backend, await tensorsOf(whole));
    const queue = ["--queue", redis.url, "--out", out];
    const collecting = start("sweep", small, ...queue, "--shard-size", "3");
    await until(async () => (await readdir(out)).length > 0);
    const workers = [0, 1].map(() => start("work", ...queue, "--backend", backend, "--idle", "2"));
    expect((await collecting.ended).code).toBe(0);
    expect(await merged(out)).toBe(await merged(whole));
    for (const worker of workers) expect((await worker.ended).code).toBe(0);
    const { engines } = JSON.parse(await readFile(join(await folderIn(out), "summary.json"), "utf8"));
    expect(engines).toMatchObject([
      {
        backend: "webgpu",
        runtime: expect.stringMatching(backend === "native" ? /^webgpu \d/ : /[a-z]+ \d/i),
      },
    ]);
  });

  test("the rows of both are the same, which one adapter computed", async () => {
    const [native, browser] = BACKENDS.map((backend) => unsplit.get(backend)!);
    expect(Object.keys(native).length).toBeGreaterThan(8);
    expect(browser).toEqual(native);
  });
});

describe("a browser", () => {
  const sweepDeep = (out: string, ...more: string[]) =>
    start("sweep", deep, "--out", out, "--backend", "browser", "--shard-size", "100", ...more);

  const states = async (out: string) =>
    (await readdir(out)).length === 0
      ? []
      : (await namesBelow(await folderIn(out))).filter((name) => name.endsWith(".checkpoint"));

  test("whose page dies, or which dies itself, is opened anew, and the shard is taken again", async () => {
    const [whole, out] = [await newFolder(), await newFolder()];
    expect((await sweepDeep(whole).ended).code).toBe(0);
    const started = sweepDeep(out, "--checkpoint-every", "1");
    await until(async () => (await states(out)).length > 0);
    for (const pid of await browsersOf(started, "renderer")) process.kill(pid, "SIGKILL");
    await until(() => started.said().includes("taken again"));
    await until(async () => (await browsersOf(started)).length > 0);
    for (const pid of await browsersOf(started)) process.kill(pid, "SIGKILL");
    const { code, stderr } = await started.ended;
    expect([code, stderr.match(/was lost .* Runs 0 to 7 are taken again\./g)?.length]).toEqual([0, 2]);
    expect(await merged(out)).toBe(await merged(whole));
  });

  test.each(["SIGINT", "SIGKILL"] as const)(
    "ends with its worker by %s; another one goes on",
    async (signal) => {
      const out = await newFolder();
      const queue = ["--queue", redis.url, "--out", out];
      const collecting = start("sweep", deep, ...queue, "--shard-size", "100");
      const options = ["--backend", "browser", "--lock", "1", "--checkpoint-every", "1"];
      const first = start("work", ...queue, ...options);
      await until(async () => (await states(out)).length > 0);
      const browsers = await browsersOf(first);
      expect(browsers.length).toBe(1);
      first.child.kill(signal);
      expect((await first.ended).code).toBe(signal === "SIGINT" ? 130 : null);
      await gone(browsers);
      expect((await states(out)).length).toBe(1);
      start("work", ...queue, ...options);
      expect((await collecting.ended).code).toBe(0);
    },
  );
});

test("backends that are not there are refused in a sentence", async () => {
  const sweep = (backend: string, env: Readonly<Record<string, string>> = {}) =>
    startProgram(program, ["sweep", small, "--dry-run", "--backend", backend], env).ended;
  expect(await sweep("gpu")).toMatchObject({
    code: 2,
    stderr: 'error: --backend: unknown value "gpu". Known: auto, native, browser, cpu.\n',
  });
  expect(await sweep("browser", { MIXUP_BROWSER: "/nowhere" })).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /^MixupError: MIXUP_BROWSER is "\/nowhere", and there is no such file\.[^\n]*\n$/,
    ),
  });
  expect(await sweep("native", { VK_DRIVER_FILES: "/nowhere" })).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/WebGpuUnavailableError: Node found no adapter[^\n]*\n$/),
  });
});
