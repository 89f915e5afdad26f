/**
 * A shard as a job of a queue. Its payload says which runs of which sweep, and nothing else: neither code nor a path, and whoever takes
 * it believes none of it before it is checked.
 *
 * Not here: the queue (`cli/sweep/queue.ts`).
 */

import { checkInteger, checkOptions, shown } from "../check.ts";
import { ConfigError } from "../errors.ts";
import type { ShardRange } from "./layout.ts";

const VERSION = 1;

/** Most runs of a sweep, and of a shard. */
const MOST = { sweep: 1e9, shard: 2 ** 20 } as const;

/** Name of the jobs. */
export const SHARD_JOB = "shard";

export interface ShardJob extends ShardRange {
  readonly v: typeof VERSION;
  /** The sweep's id, 32 hexadecimal digits. */
  readonly sweep: string;
}

export function shardJob(sweep: string, { from, to }: ShardRange): ShardJob {
  return { v: VERSION, sweep, from, to };
}

/** One for each shard of a sweep, so that none is in the queue twice. */
export function shardJobId(sweep: string, { from, to }: ShardRange): string {
  return `${sweep}-${from}-${to}`;
}

/** Whether a text is a sweep's id; before it is, it must be no part of a path. */
export function isSweepId(text: unknown): text is string {
  return typeof text === "string" && /^[0-9a-f]{32}$/.test(text);
}

/**
 * A payload, as it came out of a queue.
 * @throws ConfigError with a path in `job`
 */
export function checkShardJob(data: unknown): ShardJob {
  checkOptions("job", data as ShardJob, ["v", "sweep", "from", "to"]);
  const { v, sweep, from, to } = data as ShardJob;
  if (v !== VERSION) throw new ConfigError("job.v", `${shown(v)} is not ${VERSION}.`);
  if (!isSweepId(sweep)) throw new ConfigError("job.sweep", `${shown(sweep)} is not 32 hexadecimal digits.`);
  checkInteger("job.from", from, 0, MOST.sweep - 1, "a number of a run");
  checkInteger("job.to", to, from + 1, Math.min(from + MOST.shard, MOST.sweep), "the end of a shard");
  return { v, sweep, from, to };
}
