/**
 * A Redis server for tests: on 127.0.0.1, a port and a folder of its own, set up by the lines that docs/sweeps.md tells people to write.
 */

import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { Redis } from "ioredis";
import { newFolder } from "./sweeps.ts";

export const PASSWORD = "a-long-password-of-a-test";

const INSTALL = "apt-get update && apt-get install -y redis-server";

/** Path of a server, which is installed if that is possible, as browsers are. */
export function ensureRedis(): string {
  const found = findRedis();
  if (found !== undefined) return found;
  if (process.platform === "linux" && process.getuid?.() === 0 && existsSync("/usr/bin/apt-get"))
    spawnSync("sh", ["-c", `(${INSTALL}) >&2`], { stdio: ["ignore", "ignore", "inherit"] });
  const installed = findRedis();
  if (installed === undefined) throw new Error(`These tests need redis-server: ${INSTALL}`);
  return installed;
}

function findRedis(): string | undefined {
  try {
    return execFileSync("sh", ["-c", "command -v redis-server"], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}

/** A block of docs/sweeps.md that begins with this line. */
export async function documented(firstLine: string): Promise<string> {
  const text = await readFile(join(import.meta.dirname, "../../docs/sweeps.md"), "utf8");
  const block = [...text.matchAll(/```\w*\n([\s\S]*?)```/g)].find(([, code]) => code.startsWith(firstLine));
  if (block === undefined) throw new Error(`docs/sweeps.md has no block that begins with ${firstLine}`);
  return block[1];
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export class RedisServer {
  private child: ChildProcess | undefined;

  private constructor(
    readonly folder: string,
    readonly port: number,
    /** 0 without TLS. */
    readonly tlsPort: number,
  ) {}

  /**
   * @param acl other users than the documented ones
   * @param certificates folder with `server.crt` and `server.key`, for TLS on a port of its own
   */
  static async start(acl?: string, certificates?: string): Promise<RedisServer> {
    const folder = await newFolder();
    const port = await freePort();
    const tlsPort = certificates === undefined ? 0 : await freePort();
    const users = (acl ?? (await documented("user default"))).replaceAll("PASSWORD", PASSWORD);
    await writeFile(join(folder, "users.acl"), users);
    // Of the documented lines those that say where it listens and whom it trusts are a test's own.
    const own =
      certificates === undefined
        ? /^(?:bind|port|tls-\S+|aclfile) .*\n/gm
        : /^(?:bind|port|tls-port|aclfile) .*\n/gm;
    const lines = (await documented("bind "))
      .replace(own, "")
      .replaceAll("/etc/redis/server", `${certificates}/server`);
    await writeFile(
      join(folder, "redis.conf"),
      `${lines}bind 127.0.0.1\nport ${port}\n${tlsPort > 0 ? `tls-port ${tlsPort}\n` : ""}dir ${folder}\naclfile ${join(folder, "users.acl")}\n`,
    );
    const server = new RedisServer(folder, port, tlsPort);
    await server.run();
    return server;
  }

  get url(): string {
    return `redis://mixup@127.0.0.1:${this.port}`;
  }

  /** Starts it, with what its log has kept. */
  async run(): Promise<void> {
    const child = spawn(ensureRedis(), [join(this.folder, "redis.conf")], { stdio: "ignore" });
    this.child = child;
    for (let tries = 0; ; tries++) {
      const client = this.client();
      try {
        await client.connect();
        await client.ping();
        return;
      } catch (error) {
        if (tries > 200 || child.exitCode !== null) throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      } finally {
        client.disconnect();
      }
    }
  }

  /** As if the machine had lost power. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.kill(signal);
    await ended;
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  private client(username = "admin"): Redis {
    const client = new Redis({
      host: "127.0.0.1",
      port: this.port,
      username,
      password: PASSWORD,
      lazyConnect: true,
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
    });
    client.on("error", () => {});
    return client;
  }

  /** As the user who may everything. */
  command(name: string, ...values: string[]): Promise<unknown> {
    return this.commandAs("admin", name, ...values);
  }

  async commandAs(username: string, ...[name, ...values]: string[]): Promise<unknown> {
    const client = this.client(username);
    try {
      await client.connect();
      return await client.call(name, ...values);
    } finally {
      client.disconnect();
    }
  }
}
