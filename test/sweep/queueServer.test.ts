/** Servers of queues: set up as documented they lose nothing when they are restarted; those that can't be used are refused in one sentence. */

import { execFileSync } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openQueueServer, queueAddress, ShardQueue } from "../../src/cli/sweep/queue.ts";
import { ConfigError } from "../../src/errors.ts";
import { buildProgram, givePackages, startProgram } from "./program.ts";
import { documented, PASSWORD, RedisServer } from "./redis.ts";
import { DESCRIPTION, newFolder, written } from "./sweeps.ts";

const SWEEP = "0123456789abcdef".repeat(2);
const SHARDS = Array.from({ length: 10 }, (_, s) => ({ from: 4 * s, to: 4 * s + 4 }));

let passwordFile: string;
let program: string;

beforeAll(async () => {
  program = await buildProgram();
  passwordFile = join(await newFolder(), "password");
  await writeFile(passwordFile, `${PASSWORD}\n`);
});

async function filled(server: RedisServer): Promise<void> {
  const queue = ShardQueue.open(await openQueueServer(server.url, passwordFile), SWEEP, SHARDS);
  await queue.add(SHARDS);
  // Again: none is there twice.
  await queue.add(SHARDS);
  expect(await waiting(server)).toBe(SHARDS.length);
  await queue.close();
}

const waiting = async (server: RedisServer) =>
  Number(await server.command("ZCARD", "bull:mixup-webgpu:prioritized"));

describe("a server that is killed and started again", () => {
  test("has every job, with the documented users", async () => {
    const server = await RedisServer.start();
    try {
      await filled(server);
      await server.kill();
      await server.run();
      expect(await waiting(server)).toBe(SHARDS.length);
      const queue = ShardQueue.open(await openQueueServer(server.url, passwordFile), SWEEP, SHARDS);
      expect(await Promise.all(SHARDS.map((range) => queue.has(range)))).toEqual(SHARDS.map(() => true));
      await queue.close();
      // What the workers' user has no business with.
      for (const forbidden of [["FLUSHALL"], ["CONFIG", "SET", "dir", "/"], ["GET", "other"], ["SHUTDOWN"]])
        await expect(server.commandAs("mixup", ...forbidden)).rejects.toThrow("NOPERM");
    } finally {
      await server.stop();
    }
  });

  test("would have lost all with `user default off` alone", async () => {
    const users = (await documented("user default")).replace(/^user default .*$/m, "user default off");
    const server = await RedisServer.start(users);
    try {
      await filled(server);
      await server.kill();
      await server.run();
      // Should this fail since a later server is wiser: docs/sweeps.md need not warn of it any more.
      expect(await waiting(server)).toBe(0);
    } finally {
      await server.stop();
    }
  });
});

describe("what can't be used is refused in one sentence, without the password", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  const refusal = async (url: string, password = passwordFile) => {
    const { name, message } = await openQueueServer(url, password).then(
      () => new Error("accepted"),
      (error: Error) => error,
    );
    expect(message).not.toContain(PASSWORD);
    expect(message).not.toContain("\n");
    return `${name}: ${message}`;
  };

  test("no server, no user, another password, no TLS", async () => {
    expect(await refusal("redis://mixup@127.0.0.1:1")).toMatch(
      /^QueueError: No queue answers at 127\.0\.0\.1:1: .*ECONNREFUSED.*Is Redis running there\?$/,
    );
    const wrong = join(await newFolder(), "wrong");
    await writeFile(wrong, "another");
    expect(await refusal(server.url, wrong)).toContain("refuses this user or password");
    expect(await refusal(`redis://127.0.0.1:${server.port}`, wrong)).toContain(
      "refuses this user or password",
    );
    expect(await refusal(`redis://127.0.0.1:${server.port}`, "/dev/null")).toContain(
      "refuses this user or password",
    );
    expect(await refusal(server.url.replace("redis:", "rediss:"))).toMatch(/Does it speak TLS\?$/);
  });

  test.each([
    ["http://127.0.0.1", "is no address of a queue"],
    ["127.0.0.1:6379", "is no address of a queue"],
    ["redis://", "is no address of a queue"],
    ["redis://mixup:secret@127.0.0.1", "has a password in it"],
    ["redis://127.0.0.1/a", "is no number of a database"],
    ["redis://127.0.0.1/0?family=6", "is no number of a database"],
  ])("%s", (url, message) => {
    expect(() => queueAddress(url)).toThrow(ConfigError);
    expect(() => queueAddress(url)).toThrow(message);
    expect(() => queueAddress(url)).not.toThrow("secret");
  });

  test("addresses", () => {
    expect(queueAddress("redis://127.0.0.1")).toEqual({ host: "127.0.0.1", port: 6379 });
    expect(queueAddress("rediss://a%40b@[::1]:7000/3")).toEqual({
      host: "::1",
      port: 7000,
      username: "a@b",
      db: 3,
      tls: {},
    });
  });

  test("one without a log is said to forget", async () => {
    await server.command("CONFIG", "SET", "appendonly", "no");
    const { warnings } = await openQueueServer(server.url, passwordFile);
    expect(warnings).toEqual([expect.stringContaining("appendonly no")]);
    await server.command("CONFIG", "SET", "appendonly", "yes");
    expect((await openQueueServer(server.url, passwordFile)).warnings).toEqual([]);
  });
});

test("without the two packages, everything but the queue works", async () => {
  const file = await written(DESCRIPTION);
  const out = await newFolder();
  const sweep = (...more: string[]) =>
    startProgram(program, ["sweep", file, "--out", out, "--backend", "cpu", ...more]).ended;
  expect((await sweep("--shard", "1/4")).code).toBe(0);
  const { code, stderr } = await sweep("--queue", "redis://127.0.0.1:1");
  expect([code, stderr]).toEqual([
    1,
    "QueueError: A queue needs two packages that are not installed: npm install bullmq ioredis. Without them: --shard I/N, --workers N.\n",
  ]);
  const work = await startProgram(program, ["work", "--queue", "redis://127.0.0.1:1", "--out", out]).ended;
  expect([work.code, work.stderr]).toEqual([1, expect.stringContaining("npm install bullmq ioredis")]);
  await givePackages(program);
});

test("TLS by the documented lines: an unknown authority is refused, a named one is not", async () => {
  const folder = await newFolder();
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "ignore" });
  openssl(
    ..."req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test -keyout ca.key -out ca.crt".split(" "),
  );
  openssl(..."req -newkey rsa:2048 -nodes -subj /CN=127.0.0.1 -keyout server.key -out server.csr".split(" "));
  await writeFile(join(folder, "names"), "subjectAltName=IP:127.0.0.1\n");
  openssl(
    ..."x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.crt".split(
      " ",
    ),
  );
  const server = await RedisServer.start(undefined, folder);
  try {
    const url = server.url.replace(/^redis:(.*):\d+$/, `rediss:$1:${server.tlsPort}`);
    const out = await newFolder();
    const status = async (env: Record<string, string>) =>
      startProgram(program, ["sweep", await written(DESCRIPTION), "--out", out, "--status", "--queue", url], {
        MIXUP_QUEUE_PASSWORD: PASSWORD,
        ...env,
      }).ended;
    expect(await status({})).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^QueueError: The certificate of .* is not trusted/),
    });
    const trusted = await status({ NODE_EXTRA_CA_CERTS: join(folder, "ca.crt") });
    expect([trusted.code, trusted.stderr]).toEqual([0, ""]);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true });
  }
});
