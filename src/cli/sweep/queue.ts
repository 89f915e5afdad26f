/**
 * The queue from which workers take shards: BullMQ on a Redis server. It only says who takes the next one; files are the truth, and a queue
 * that is lost costs nothing but the shards under way. Both packages are loaded when they are needed: the library does not bring them.
 *
 * Not here: what waits for the files (`overQueue.ts`), what takes the shards (`work/`).
 */

import { readFile } from "node:fs/promises";
import type { Job, Queue } from "bullmq";
import { ConfigError, MixupError } from "../../errors.ts";
import { checkShardJob, SHARD_JOB, type ShardJob, shardJob, shardJobId } from "../../sweep/job.ts";
import type { ShardRange } from "../../sweep/layout.ts";

/** A queue that can't be reached or used. */
export class QueueError extends MixupError {
  override name = "QueueError";
}

export const QUEUE_NAME = "mixup-webgpu";

/** Jobs of a queue at most: more are added as they are done. */
const MOST_JOBS = 50_000;
/** Jobs that are added, or looked at, in one command. */
const LOT = 1000;
/** Milliseconds that closing may take; a server that is gone is not waited for. */
const CLOSE_WAIT = 2000;

/** For errors, of which a lost device is one. Shards whose worker died come back by other rules: see `work/work.ts`. */
const JOB_OPTIONS = {
  attempts: 3,
  backoff: { type: "exponential", delay: 5000 },
  // The file is the record.
  removeOnComplete: true,
  // Kept until somebody has looked: --status names them, --retry-failed takes them away.
  removeOnFail: false,
} as const;

const PASSWORD = "MIXUP_QUEUE_PASSWORD";

/** How to get at a server. */
export interface QueueConnection {
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  /** Number of a database. */
  readonly db?: number;
  readonly tls?: Record<string, never>;
}

/** A shard that failed for good. */
export interface FailedShard extends ShardRange {
  readonly message: string;
}

/** Packages and address of a queue, which answered. */
export interface QueueServer {
  readonly bullmq: typeof import("bullmq");
  readonly connection: QueueConnection;
  /** What it is not set up for, a sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Connects once, to see that the server is there, knows the user and is set up for a queue.
 * @param url `redis://user@host:port`, or `rediss://` for TLS
 * @param passwordFile file with the password, instead of MIXUP_QUEUE_PASSWORD
 * @throws ConfigError with path `--queue` or `--queue-password-file`; QueueError that says why the server can't be used
 */
export async function openQueueServer(url: string, passwordFile: string | undefined): Promise<QueueServer> {
  const connection = { ...queueAddress(url), ...(await passwordOf(passwordFile)) };
  const [bullmq, { Redis }] = await loadPackages();
  let problem: Error | undefined;
  const client = new Redis({
    ...connection,
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectTimeout: 5000,
  });
  client.on("error", (error: Error) => {
    problem ??= error;
  });
  try {
    await client.connect();
    const info = await client.info();
    const isLogged = /^aof_enabled:1/m.test(info);
    return { bullmq, connection, warnings: isLogged ? [] : [NO_LOG] };
  } catch (error) {
    throw new QueueError(refusal(problem ?? (error as Error), connection), { cause: error });
  } finally {
    client.disconnect();
  }
}

const NO_LOG =
  "The queue's server keeps no log (appendonly no): if it restarts, the queue is empty until this command is started again.";

/** Host, port, user, database and TLS of an address; a password in it would be seen by everybody who lists processes. */
export function queueAddress(url: string): QueueConnection {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !["redis:", "rediss:"].includes(parsed.protocol) || parsed.hostname === "")
    throw new ConfigError("--queue", "is no address of a queue. Give such as redis://127.0.0.1:6379.");
  if (parsed.password !== "")
    throw new ConfigError(
      "--queue",
      `has a password in it, which others can see. Give it by ${PASSWORD} or --queue-password-file.`,
    );
  const database = /^\/?(\d{0,4})$/.exec(parsed.pathname)?.[1];
  if (database === undefined || parsed.search !== "" || parsed.hash !== "")
    throw new ConfigError("--queue", "has something behind the port that is no number of a database.");
  return {
    host: parsed.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(parsed.port || 6379),
    ...(parsed.username !== "" && { username: decodeURIComponent(parsed.username) }),
    ...(database !== "" && { db: Number(database) }),
    ...(parsed.protocol === "rediss:" && { tls: {} }),
  };
}

async function passwordOf(file: string | undefined): Promise<{ password?: string }> {
  const given = process.env[PASSWORD];
  if (file === undefined) return given === undefined || given === "" ? {} : { password: given };
  try {
    return { password: (await readFile(file, "utf8")).replace(/\r?\n$/, "") };
  } catch (cause) {
    throw new ConfigError("--queue-password-file", `can't be read: ${(cause as Error).message}`, { cause });
  }
}

async function loadPackages(): Promise<[typeof import("bullmq"), typeof import("ioredis")]> {
  // By variables: bundlers leave them alone, and they need not be there.
  const names = ["ioredis", "bullmq"];
  try {
    const [ioredis, bullmq] = [
      await import(/* @vite-ignore */ names[0]),
      await import(/* @vite-ignore */ names[1]),
    ];
    return [bullmq, ioredis];
  } catch (cause) {
    throw new QueueError(
      "A queue needs two packages that are not installed: npm install bullmq ioredis. Without them: --shard I/N, --workers N.",
      { cause },
    );
  }
}

/** Why a server can't be used, in a sentence, and without what was sent to it. */
function refusal(error: Error & { code?: string }, { host, port, tls }: QueueConnection): string {
  const where = `${host}:${port}`;
  const { code = "", message } = error;
  if (/WRONGPASS|NOAUTH|NOPERM|ERR AUTH/.test(message))
    return `The queue's server at ${where} refuses this user or password. It is given by ${PASSWORD} or --queue-password-file.`;
  if (/CERT|SIGNED|SIGNATURE|ISSUER|ALTNAME/.test(code))
    return `The certificate of ${where} is not trusted (${code}). NODE_EXTRA_CA_CERTS names a file with the authority that signed it.`;
  const advice = tls === undefined ? "Is Redis running there?" : "Does it speak TLS?";
  return `No queue answers at ${where}: ${(code === "" || message.includes(code) ? message : `${message} (${code})`).slice(0, 150)}. ${advice}`;
}

/** The shards of one sweep in the queue. */
export class ShardQueue {
  private problem: Error | undefined;
  /** Of the sweep's shards. */
  private readonly ids: ReadonlySet<string>;

  private constructor(
    private readonly queue: Queue,
    private readonly sweep: string,
    shards: readonly ShardRange[],
    private readonly priority: number,
  ) {
    this.ids = new Set(shards.map((range) => shardJobId(sweep, range)));
    // Otherwise it is written out; who asks for something gets it as well.
    queue.on("error", (error) => {
      this.problem = error;
    });
  }

  /**
   * @param shards all shards of the sweep
   * @param priority from 1, which comes first, to 100
   */
  static open(
    { bullmq, connection }: QueueServer,
    sweep: string,
    shards: readonly ShardRange[],
    priority = 1,
  ): ShardQueue {
    const queue = new bullmq.Queue(QUEUE_NAME, {
      // People get an error; what waits for files asks again.
      connection: { ...connection, maxRetriesPerRequest: 1 },
    });
    return new ShardQueue(queue, sweep, shards, priority);
  }

  /** How many shards may be added now, and how many are computed. */
  async counts(): Promise<{ room: number; running: number }> {
    const { active, ...waiting } = await this.queue.getJobCounts(
      "active",
      "waiting",
      "prioritized",
      "delayed",
    );
    const jobs = Object.values(waiting).reduce((sum, count) => sum + count, 0);
    return { room: Math.max(MOST_JOBS - jobs, 0), running: active };
  }

  /** Adds shards; those that are there already stay as they are. */
  async add(ranges: readonly ShardRange[]): Promise<void> {
    for (let at = 0; at < ranges.length; at += LOT)
      await this.queue.addBulk(
        ranges.slice(at, at + LOT).map((range) => ({
          name: SHARD_JOB,
          data: shardJob(this.sweep, range),
          opts: { ...JOB_OPTIONS, jobId: shardJobId(this.sweep, range), priority: this.priority },
        })),
      );
  }

  async has(range: ShardRange): Promise<boolean> {
    return (await this.queue.getJob(shardJobId(this.sweep, range))) !== undefined;
  }

  /** What failed for good: shards of this sweep, and what is no shard of any. */
  async failed(): Promise<{ own: FailedShard[]; unknown: { id: string; message: string }[] }> {
    const own: FailedShard[] = [];
    const unknown: { id: string; message: string }[] = [];
    await this.eachFailed((job, shard) => {
      const message = job.failedReason ?? "no reason is known";
      if (shard === undefined) unknown.push({ id: String(job.id), message });
      else if (shard !== "other") own.push({ from: shard.from, to: shard.to, message });
    });
    return { own, unknown };
  }

  /** Takes away what failed of this sweep, so that it can be added again, and what is no shard of any; returns how many of this sweep. */
  async forgetFailed(): Promise<number> {
    const gone: { job: Job; isOwn: boolean }[] = [];
    await this.eachFailed((job, shard) => {
      if (shard !== "other") gone.push({ job, isOwn: shard !== undefined });
    });
    for (const { job } of gone) await job.remove();
    return gone.filter(({ isOwn }) => isOwn).length;
  }

  /** Takes away the shards of this sweep that nobody has begun. */
  async forgetWaiting(): Promise<void> {
    for (const state of ["waiting", "prioritized", "delayed"] as const) {
      const jobs = await this.queue.getJobs(state, 0, -1);
      for (const job of jobs)
        if ((job.data as Partial<ShardJob> | null)?.sweep === this.sweep) await job.remove().catch(() => {});
    }
  }

  async close(): Promise<void> {
    const closed = this.queue.close().catch(() => {});
    let timer: NodeJS.Timeout | undefined;
    const waited = new Promise((resolve) => {
      timer = setTimeout(resolve, CLOSE_WAIT, "waited");
    });
    if ((await Promise.race([closed, waited])) === "waited") await this.queue.disconnect().catch(() => {});
    clearTimeout(timer);
  }

  /** What the connection last complained of. */
  get complaint(): string | undefined {
    return this.problem?.message;
  }

  private async eachFailed(look: (job: Job, shard: ShardJob | "other" | undefined) => void): Promise<void> {
    for (let at = 0; ; at += LOT) {
      const jobs = await this.queue.getFailed(at, at + LOT - 1);
      for (const job of jobs) if (job !== undefined) look(job, this.shardOf(job));
      if (jobs.length < LOT) return;
    }
  }

  /** A shard of this sweep, of another one, or nothing of the kind. */
  private shardOf({ data }: Job): ShardJob | "other" | undefined {
    try {
      const shard = checkShardJob(data);
      if (shard.sweep !== this.sweep) return "other";
      return this.ids.has(shardJobId(this.sweep, shard)) ? shard : undefined;
    } catch (error) {
      if (error instanceof ConfigError) return undefined;
      throw error;
    }
  }
}
