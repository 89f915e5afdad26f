/**
 * A sweep whose shards workers take from a queue: adds what is missing, waits for the files, and adds again what the queue has lost.
 *
 * Not here: the queue itself (`queue.ts`), what computes (`work/`), merging (`sweep.ts`).
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { ShardRange } from "../../sweep/layout.ts";
import { say } from "../exit.ts";
import type { SweepFolder } from "./folder.ts";
import type { ShardQueue } from "./queue.ts";
import type { SweepProgress } from "./sweepProgress.ts";

/** Milliseconds between two looks at folder and queue; where reading the folder takes long, as many times as long. */
const LOOK = { least: 300, most: 5000, times: 10 } as const;
/** Shards added at once. */
const LOT = 1000;

/** Waits until every shard is done or failed for good. What failed is noted in the folder, as if it had been computed here. */
export async function collectShards(
  folder: SweepFolder,
  shards: readonly ShardRange[],
  queue: ShardQueue,
  progress: SweepProgress,
  signal: AbortSignal,
): Promise<void> {
  const { steps } = folder.sweep.population(0, 1);
  const feeder = new Feeder(folder, shards, queue);
  let runsDone: number | undefined;
  let complaint: string | undefined;
  let isFirst = true;
  while (true) {
    signal.throwIfAborted();
    const began = performance.now();
    const done = await folder.done();
    const took = performance.now() - began;
    const starts = new Set(done.map(({ from }) => from));
    const open = shards.filter(({ from }) => !starts.has(from));
    const runs = done.reduce((sum, { from, to }) => sum + to - from, 0);
    progress.add((runs - (runsDone ?? runs)) * steps);
    runsDone = runs;
    if (open.length === 0) return;
    let counts = { running: 0, failed: 0 };
    try {
      const { own } = await queue.failed();
      const failed = new Map(own.map((shard) => [shard.from, shard]));
      const left = open.filter(({ from }) => !failed.has(from));
      if (left.length === 0) {
        for (const { from, to } of open) await folder.fail({ from, to }, failed.get(from)!.message);
        return;
      }
      counts = { running: await feeder.feed(left), failed: open.length - left.length };
      complaint = undefined;
    } catch (error) {
      // Nothing is lost meanwhile: workers that have a shard go on, and what they write is seen here.
      const { message } = error as Error;
      const now = /\bOOM\b/.test(message)
        ? "Redis is full: shards are added when it has room."
        : `The queue does not answer (${(queue.complaint ?? message).slice(0, 150)}). What is computed is collected all the same.`;
      if (complaint === undefined) say(now);
      complaint = now;
    }
    if (isFirst || progress.takeTurn())
      progress.draw({ shards: shards.length, done: starts.size, ...counts });
    isFirst = false;
    const pause = Math.min(Math.max(LOOK.times * took, LOOK.least), LOOK.most);
    await sleep(pause, undefined, { signal });
  }
}

/** Adds shards as there is room for them. */
class Feeder {
  /** Shards before this one have been added. */
  private next = 0;

  constructor(
    private readonly folder: SweepFolder,
    private readonly shards: readonly ShardRange[],
    private readonly queue: ShardQueue,
  ) {}

  /** Adds what fits of those that are `left`; returns how many shards are computed now. */
  async feed(left: readonly ShardRange[]): Promise<number> {
    if (await this.hasLost(left)) this.next = 0;
    const { room, running } = await this.queue.counts();
    const begin = this.next === 0 ? 0 : this.shards[this.next - 1].to;
    const waiting = left.filter(({ from }) => from >= begin).slice(0, room);
    for (let at = 0; at < waiting.length; at += LOT) {
      const lot = waiting.slice(at, at + LOT);
      await this.queue.add(lot);
      const { from } = lot[lot.length - 1];
      this.next = this.shards.findIndex((shard) => shard.from === from) + 1;
    }
    return running;
  }

  /** Whether the queue has lost what was added: a few are asked for, more and more of which are lost ones as the others are done. */
  private async hasLost(left: readonly ShardRange[]): Promise<boolean> {
    if (this.next === 0) return false;
    const end = this.shards[this.next - 1].to;
    const added = left.filter(({ to }) => to <= end);
    const asked = new Set([0, added.length >> 1, added.length - 1].map((i) => added[i]));
    for (const range of asked) {
      if (range === undefined || (await this.queue.has(range))) continue;
      // A job goes when its file is there.
      if (!(await this.folder.isDone(range))) return true;
    }
    return false;
  }
}
