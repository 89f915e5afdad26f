/** The page's end of a worker: typed calls, a time limit for each, and an end that stops whatever it is doing. */

import type { Call, Reply, WorkerMethods } from "./protocol.ts";

/** Something that can be told what to do as a worker is; tests have one without a browser. */
export interface EngineWorker {
  call<Method extends keyof WorkerMethods>(
    method: Method,
    ...args: Parameters<WorkerMethods[Method]>
  ): ReturnType<WorkerMethods[Method]>;
  terminate(): void;
}

/** What a worker's engine threw, or the worker itself. */
export class EngineError extends Error {
  constructor(
    message: string,
    /** The engine has no way to do this workload. */
    readonly notOffered = false,
    /** Its device was lost: no fault of the engine, and what it did before stands. */
    readonly deviceLost = false,
  ) {
    super(message);
  }
}

/** A new worker with nothing loaded. */
export function spawnEngineWorker(): EngineWorker {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "engine" });
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>();
  const failAll = (error: EngineError) => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  let calls = 0;
  worker.addEventListener("message", ({ data }: MessageEvent<Reply>) => {
    const call = waiting.get(data.id);
    waiting.delete(data.id);
    if ("error" in data) {
      const { message, notOffered, deviceLost } = data.error;
      call?.reject(new EngineError(message, notOffered, deviceLost));
    } else call?.resolve(data.value);
  });
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    failAll(new EngineError(event.message || "The engine's worker could not be loaded."));
  });
  return {
    call: (method, ...args) => {
      const id = calls++;
      const reply = new Promise<unknown>((resolve, reject) => waiting.set(id, { resolve, reject }));
      worker.postMessage({ id, method, args } satisfies Call);
      return reply as ReturnType<WorkerMethods[typeof method]>;
    },
    terminate: () => {
      worker.terminate();
      failAll(new EngineError("The engine was stopped."));
    },
  };
}
