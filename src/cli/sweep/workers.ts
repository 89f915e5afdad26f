/**
 * A command in several processes of this machine: each computes a part of the shards, as `--shard` does on several machines, or works for
 * a queue. One that is killed is started again, as long as something comes of it.
 *
 * Not here: what a worker does (`sweep.ts`, `work/work.ts`).
 */

import { spawn } from "node:child_process";
import type { Slice } from "../../sweep/layout.ts";

/** Deaths of a worker between two shards of its own, at most: a shard that kills its process would do so for ever. */
const MOST_DEATHS = 3;

const WORKER = "MIXUP_SWEEP_WORKER";

/** Whether this process is a worker; it says nothing of its own then. */
export const isWorker = process.send !== undefined && process.env[WORKER] !== undefined;

/** Calls when the command that this process works for is gone. */
export function onOrphaned(orphaned: () => void): void {
  if (!isWorker) return;
  process.on("disconnect", orphaned);
  // It must not keep the process alive.
  process.channel?.unref();
}

/** Tells the command that this process works for, if there is one, that a shard is done. */
export function tellCommand(done: "done"): void {
  if (isWorker) process.send?.(done);
}

/** The k-th of `workers` parts of a slice, as `--shard` says it. */
export function partOfSlice({ index, of }: Slice, k: number, workers: number): string {
  return `${index + of * k + 1}/${of * workers}`;
}

/**
 * Runs a command once for each part until all have ended.
 * @param commandFor the command line of the k-th worker
 * @param doneBy shards that are done
 * @param onDone is called for each shard that a worker tells of
 * @returns the exit codes; null for a worker that was killed again and again
 */
export async function runWorkers(
  workers: number,
  name: "sweep" | "work",
  commandFor: (k: number) => readonly string[],
  doneBy: () => Promise<number>,
  report: (line: string) => void,
  signal: AbortSignal,
  onDone: () => void = () => {},
): Promise<(number | null)[]> {
  const run = async (k: number): Promise<number | null> => {
    let deaths = 0;
    while (true) {
      const before = await doneBy();
      const code = await runOnce([name, ...commandFor(k)], signal, onDone);
      if (code !== null || signal.aborted) return code;
      deaths = (await doneBy()) > before ? 1 : deaths + 1;
      if (deaths >= MOST_DEATHS) {
        report(`Worker ${k + 1} was killed ${deaths} times, and nothing came of it.`);
        return null;
      }
      report(`Worker ${k + 1} was killed; it is started again, and goes on.`);
    }
  };
  return Promise.all(Array.from({ length: workers }, (_, k) => run(k)));
}

/** Exit code of a process; null if it was killed. */
function runOnce(
  command: readonly string[],
  signal: AbortSignal,
  onDone: () => void,
): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [process.argv[1], ...command], {
      // The channel tells a worker when this process is gone.
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      env: { ...process.env, [WORKER]: "1" },
      // Of a group of their own: Ctrl-C reaches them once, from here.
      detached: process.platform !== "win32",
    });
    const stop = () => child.kill("SIGTERM");
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop);
    // A command that is killed takes its workers along.
    const kill = () => child.kill("SIGKILL");
    process.on("exit", kill);
    const ended = () => {
      signal.removeEventListener("abort", stop);
      process.off("exit", kill);
    };
    child.on("message", onDone);
    child.on("error", (error) => {
      ended();
      reject(error);
    });
    child.on("close", (code) => {
      ended();
      resolve(code);
    });
  });
}
