/**
 * The command `work`: takes shards from a queue, has them computed in a thread, and keeps hold of them meanwhile.
 *
 * Not here: what computes (`thread.ts`), who fills the queue (`sweep/overQueue.ts`).
 */

import { stat } from "node:fs/promises";
import type { Job, Worker } from "bullmq";
import { ConfigError } from "../../errors.ts";
import { checkShardJob, SHARD_JOB, type ShardJob } from "../../sweep/job.ts";
import { EXIT, runCommand, say } from "../exit.ts";
import { openQueueServer, QUEUE_NAME, type QueueServer } from "../sweep/queue.ts";
import { isWorker, onOrphaned, runWorkers, tellCommand } from "../sweep/workers.ts";
import { parseWorkArguments, WORK_HELP, type WorkArguments } from "./arguments.ts";
import { ComputeThread, type Outcome } from "./compute.ts";

/** Deaths of the workers of a shard after which it fails for good, less one: it is the shard that kills them, then. */
const MOST_STALLED = 3;
/** Milliseconds after which a worker that can't write tries again. */
const PAUSE = 60_000;
/** Milliseconds that a worker has to give its shard back when it is stopped. */
const STOP_WAIT = 8000;

/** Runs the command; returns the exit code. */
export function main(commandLine: readonly string[]): Promise<number> {
  const run = async (signal: AbortSignal) => {
    const wanted = parseWorkArguments(commandLine);
    if (wanted.help) {
      process.stdout.write(WORK_HELP);
      return EXIT.done;
    }
    const isFolder = await stat(wanted.out).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (!isFolder)
      throw new ConfigError(
        "--out",
        `"${wanted.out}" is no folder. Give the one that the command sweep was given.`,
      );
    if (wanted.workers > 1) return workInProcesses(wanted, signal);
    return new QueueWorker(await openQueueServer(wanted.queue, wanted.passwordFile), wanted).run(signal);
  };
  return runCommand(run, () => {}, onOrphaned);
}

class QueueWorker {
  private readonly thread: ComputeThread;
  private complaint: string | undefined;
  private busyAt = performance.now();
  private running = 0;
  private resuming: NodeJS.Timeout | undefined;

  constructor(
    private readonly server: QueueServer,
    private readonly wanted: WorkArguments,
  ) {
    this.thread = new ComputeThread(wanted.out, wanted.backend, wanted.checkpointEvery);
  }

  async run(signal: AbortSignal): Promise<number> {
    const { bullmq, connection } = this.server;
    const { out, lock, idle } = this.wanted;
    const engine = await this.thread.open();
    // A browser takes its time.
    this.busyAt = performance.now();
    if (!isWorker) say(`Working for ${connection.host}:${connection.port} on ${engine}, into ${out}.`);
    const worker: Worker = new bullmq.Worker(
      QUEUE_NAME,
      (job, token) => this.process(worker, job, token, signal),
      {
        // It waits for a server that is restarted.
        connection: { ...connection, maxRetriesPerRequest: null },
        concurrency: 1,
        lockDuration: 1000 * lock,
        stalledInterval: 500 * lock,
        maxStalledCount: MOST_STALLED,
      },
    );
    worker.on("error", (error) => this.complain(error));
    worker.on("active", () => {
      this.complaint = undefined;
    });
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve());
      if (idle === undefined) return;
      const looking = setInterval(() => {
        if (this.running > 0 || performance.now() - this.busyAt < 1000 * idle) return;
        clearInterval(looking);
        resolve();
      }, 100);
      signal.addEventListener("abort", () => clearInterval(looking));
    });
    clearTimeout(this.resuming);
    // No other shard is taken from here on.
    const closed = worker.close().catch(() => {});
    this.thread.stop();
    const code = signal.aborted ? EXIT.interrupted : EXIT.done;
    // A server that is gone, or a step that takes longer: the shard comes back when the lock has ended.
    const late = setTimeout(() => process.exit(code), STOP_WAIT);
    await closed;
    await this.thread.close();
    clearTimeout(late);
    return code;
  }

  /** Computes a job. How it ends is what BullMQ does with it. */
  private async process(
    worker: Worker,
    job: Job,
    token: string | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { UnrecoverableError, WaitingError } = this.server.bullmq;
    this.running++;
    try {
      const checked = checkJob(job);
      if (typeof checked === "string") throw new UnrecoverableError(checked);
      const outcome = signal.aborted ? ({ kind: "stopped" } as const) : await this.thread.run(checked);
      switch (outcome.kind) {
        case "done":
          tellCommand("done");
          return this.report(checked, outcome.placed);
        case "refused":
          throw new UnrecoverableError(outcome.message);
        case "failed":
          say(`Runs ${checked.from} to ${checked.to - 1} of ${checked.sweep} failed: ${outcome.message}`);
          throw new Error(outcome.message);
        case "unable":
          say(`${outcome.message} This worker waits ${PAUSE / 1000} s; others may go on.`);
          void worker.pause(true).catch(() => {});
          this.resuming = setTimeout(() => worker.resume(), PAUSE);
          break;
      }
      // No attempt is spent.
      await job.moveToWait(token);
      throw new WaitingError();
    } finally {
      this.running--;
      this.busyAt = performance.now();
    }
  }

  private report({ sweep, from, to }: ShardJob, placed: (Outcome & { kind: "done" })["placed"]): void {
    const which = `Runs ${from} to ${to - 1} of ${sweep}`;
    if (placed === "conflict")
      say(
        `${which} differ from those that were there before, of the same engine. Both are kept: ${sweep}/conflicts.`,
      );
    if (placed === "other-engine")
      say(`${which} were there before, of another engine: those of this one are dropped.`);
  }

  private complain({ message }: Error): void {
    // The shard was given to another worker meanwhile, or is done: the file is what counts.
    if (/Missing (?:lock|key)|Lock mismatch|renew lock|is not in the active state/i.test(message)) return;
    if (this.complaint === undefined)
      say(
        `The queue does not answer (${message.slice(0, 150)}). It is asked again; a shard under way goes on.`,
      );
    this.complaint = message;
  }
}

/** The payload, or what is wrong with the job. */
function checkJob({ name, data }: Job): ShardJob | string {
  if (name !== SHARD_JOB) return "job.name: is no shard.";
  try {
    return checkShardJob(data);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

async function workInProcesses(wanted: WorkArguments, signal: AbortSignal): Promise<number> {
  const { queue, passwordFile, out, workers, checkpointEvery, lock, idle } = wanted;
  const command = [
    ...["--queue", queue, "--out", out, "--backend", "cpu", "--lock", String(lock)],
    ...["--checkpoint-every", String(checkpointEvery)],
    ...(passwordFile === undefined ? [] : ["--queue-password-file", passwordFile]),
    ...(idle === undefined ? [] : ["--idle", String(idle)]),
  ];
  let done = 0;
  const count = () => {
    done++;
  };
  const codes = await runWorkers(
    workers,
    "work",
    () => command,
    async () => done,
    say,
    signal,
    count,
  );
  if (signal.aborted) return EXIT.interrupted;
  return Math.max(...codes.map((code) => code ?? EXIT.failed));
}
