/**
 * A time limit for what a worker does. There is no way to interrupt an engine, so the worker ends with it.
 *
 * Not here: the limit itself (`BenchSettings`).
 */

import type { EngineWorker } from "./engineWorker.ts";

/** What is too slow to be measured. */
export class Skipped extends Error {}

/**
 * A worker's reply, or the end of the worker once it has taken longer than the limit.
 * @throws Skipped
 */
export async function limited<T>(worker: EngineWorker, limitSeconds: number, reply: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Skipped(`over ${limitSeconds} s`));
      worker.terminate();
    }, 1000 * limitSeconds);
  });
  try {
    return await Promise.race([reply, limit]);
  } finally {
    clearTimeout(timer);
  }
}
