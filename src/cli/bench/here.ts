/**
 * The comparison in this process, without a browser: our engine on WebGPU in Node, and plain loops.
 *
 * Not here: the comparison (`src/bench/comparison.ts`), the way by a browser (`bench.ts`).
 */

import { availableParallelism } from "node:os";
import { type BenchProgress, type ComparisonRequest, compare } from "../../bench/comparison.ts";
import { engineMethods } from "../../bench/engineMethods.ts";
import { NotOffered } from "../../bench/engines/engine.ts";
import { EngineError, type EngineWorker } from "../../bench/engineWorker.ts";
import type { BenchResult } from "../../bench/result.ts";
import { DeviceLostError } from "../../errors.ts";
import type { NativeGpu } from "../backends/native.ts";

/** Compares on the adapter of `native`; without one only plain loops have something to run on. */
export async function benchHere(
  request: ComparisonRequest,
  native: NativeGpu | undefined,
  onProgress: (progress: BenchProgress) => void,
): Promise<BenchResult> {
  if (native !== undefined) {
    // What engines and the counter of calls look for in a page.
    Object.assign(globalThis, native.globals);
    Object.defineProperty(globalThis, "navigator", { value: { gpu: native.gpu }, configurable: true });
  }
  const program = native?.computedBy ?? `Node ${process.versions.node}`;
  return compare(request, {
    spawn: engineHere,
    onProgress,
    environment: {
      userAgent: program,
      browser: program,
      platform: process.platform,
      hardwareConcurrency: availableParallelism(),
      crossOriginIsolated: false,
      date: new Date().toISOString(),
    },
  });
}

/** An engine that is called instead of sent messages. What has begun cannot be stopped, only left alone. */
function engineHere(): EngineWorker {
  const { methods, close } = engineMethods();
  return {
    async call(method, ...args) {
      try {
        return await (methods[method] as (...args: readonly unknown[]) => unknown)(...args);
      } catch (error) {
        const { message } = error as Error;
        const [notOffered, deviceLost] = [error instanceof NotOffered, error instanceof DeviceLostError];
        throw new EngineError(message || "no reason given", notOffered, deviceLost);
      }
    },
    terminate: close,
  } as EngineWorker;
}
