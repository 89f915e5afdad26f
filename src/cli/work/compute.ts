/** The process's half of the thread that computes: one shard at a time, a new thread where one ended or has grown. */

import { realpathSync } from "node:fs";
import { SHARE_ENV, Worker } from "node:worker_threads";
import { MixupError } from "../../errors.ts";
import type { ShardJob } from "../../sweep/job.ts";
import type { Placed } from "../sweep/folder.ts";

/** What became of a job. */
export type Outcome =
  | { readonly kind: "done"; readonly placed: Placed | "already-there" }
  | { readonly kind: "stopped" }
  /** It can never be computed. */
  | { readonly kind: "refused"; readonly message: string }
  /** The fault is this machine's: its disk is full, its folder gone, its device does not open. */
  | { readonly kind: "unable"; readonly message: string }
  | { readonly kind: "failed"; readonly message: string; readonly isDeviceLost: boolean };

export type ToThread =
  | { readonly kind: "compute"; readonly job: ShardJob }
  | { readonly kind: "stop" | "close" };
export type FromThread =
  | { readonly kind: "ready"; readonly engine: string }
  | { readonly kind: "unable"; readonly message: string }
  | { readonly kind: "outcome"; readonly outcome: Outcome };

/** How much a process may grow before its thread is replaced: by half of what it took after some shards, and this at least. */
const GROWTH = { factor: 1.5, bytes: 256 * 2 ** 20, shards: 3 } as const;
/** Milliseconds that a thread has to end by itself. */
const CLOSE_WAIT = 5000;

interface Running {
  readonly worker: Worker;
  readonly engine: string;
  shards: number;
  /** Bytes of the process after the first shards. */
  bytes: number;
}

export class ComputeThread {
  private thread: Promise<Running> | undefined;
  private worker: Worker | undefined;
  private settle: ((outcome: Outcome) => void) | undefined;

  constructor(
    private readonly out: string,
    private readonly backend: string,
    private readonly checkpointEvery: number,
  ) {}

  /**
   * Starts the thread, if there is none.
   * @returns what it computes on
   * @throws MixupError where it can't
   */
  async open(): Promise<string> {
    this.thread ??= this.start();
    return (await this.thread).engine;
  }

  async run(job: ShardJob): Promise<Outcome> {
    let thread: Running;
    try {
      this.thread ??= this.start();
      thread = await this.thread;
    } catch (error) {
      // Another worker's may open; each shard that is taken meanwhile would be spent.
      return { kind: "unable", message: (error as Error).message };
    }
    const outcome = await new Promise<Outcome>((resolve) => {
      this.settle = resolve;
      this.post({ kind: "compute", job });
    });
    this.settle = undefined;
    const bytes = process.memoryUsage.rss();
    thread.shards++;
    if (thread.shards <= GROWTH.shards) thread.bytes = bytes;
    const hasGrown = bytes > Math.max(GROWTH.factor * thread.bytes, thread.bytes + GROWTH.bytes);
    if (hasGrown || (outcome.kind === "failed" && outcome.isDeviceLost)) await this.close();
    return outcome;
  }

  /** What is under way is kept, and ends as stopped. */
  stop(): void {
    this.post({ kind: "stop" });
  }

  async close(): Promise<void> {
    const { worker } = this;
    this.thread = undefined;
    this.worker = undefined;
    if (worker === undefined) return;
    const ended = new Promise((resolve) => worker.once("exit", resolve));
    worker.postMessage({ kind: "close" } satisfies ToThread);
    const timer = setTimeout(() => void worker.terminate(), CLOSE_WAIT);
    await ended;
    clearTimeout(timer);
  }

  private post(message: ToThread): void {
    this.worker?.postMessage(message);
  }

  private start(): Promise<Running> {
    const { out, backend, checkpointEvery } = this;
    // The command itself, as a thread: it finds its sources or its bundle by itself.
    const worker = new Worker(realpathSync(process.argv[1]), {
      argv: ["work-thread", out, backend, String(checkpointEvery)],
      // A driver is chosen by a variable that native code reads.
      env: SHARE_ENV,
    });
    this.worker = worker;
    return new Promise((resolve, reject) => {
      let last: Error | undefined;
      worker.on("message", (message: FromThread) => {
        if (message.kind === "ready") resolve({ worker, engine: message.engine, shards: 0, bytes: 0 });
        else if (message.kind === "unable") reject(new MixupError(message.message));
        else this.settle?.(message.outcome);
      });
      worker.on("error", (error: Error) => {
        last = error;
      });
      worker.on("exit", (code) => {
        const message = `The thread that computes ended (${last?.message ?? `code ${code}`}).`;
        reject(new MixupError(message));
        if (this.worker !== worker) return;
        this.worker = undefined;
        this.thread = undefined;
        this.settle?.({ kind: "failed", message, isDeviceLost: false });
      });
    });
  }
}
