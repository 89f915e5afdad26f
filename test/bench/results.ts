/** Results for tests of what is done with them: plain ones, as a comparison would write them. */

import { DEFAULT_SETTINGS } from "../../src/bench/comparison.ts";
import type { EngineName } from "../../src/bench/engines/engine.ts";
import { waitingEntry } from "../../src/bench/entries.ts";
import { BENCH_FORMAT, type BenchEntry, type BenchResult } from "../../src/bench/result.ts";

/** An engine that took five turns of so many milliseconds a step, and was right. */
export function measuredEntry(engine: EngineName, median: number): BenchEntry {
  return {
    engine,
    status: "measured",
    millisecondsPerStep: { median, p25: 0.9 * median, p75: 1.5 * median },
    firstStepMilliseconds: 100,
    dispatchesPerStep: 10,
    submitsPerStep: 1,
    loss: 0.5,
    expectedLoss: 0.5,
    correct: true,
    turns: 5,
    stepsPerTurn: 20,
  };
}

/** A whole result of one workload, with `more` instead. */
export function benchResult(more: Partial<BenchResult> = {}): BenchResult {
  return {
    format: BENCH_FORMAT,
    library: "0.1.0",
    adapter: { vendor: "maker", architecture: "card", description: "", isFallback: false, backend: "vulkan" },
    environment: {
      userAgent: "Mozilla/5.0",
      browser: "Chromium 150",
      platform: "Linux",
      hardwareConcurrency: 8,
      crossOriginIsolated: true,
      date: "2026-01-02T03:04:05.678Z",
    },
    settings: DEFAULT_SETTINGS,
    ceilings: {
      emptyDispatchMilliseconds: 0.0028,
      emptyPassMilliseconds: 0.024,
      multiplyAddsPerSecond: 14.6e12,
      copyBytesPerSecond: 4.5e11,
    },
    unmeasured: [],
    workloads: [
      {
        name: "line",
        entries: [
          measuredEntry("mixup-webgpu", 0.5),
          { ...waitingEntry("tfjs-webgpu"), status: "skipped", reason: "over 60 s" },
          measuredEntry("plain", 2),
        ],
        kernels: [
          {
            kernel: "resident",
            dispatchesPerStep: 0.01,
            millisecondsPerStep: 0.4,
            multiplyAdds: 1e4,
            bytes: 0,
            multiplyAddShare: 0.3,
            copyShare: 0,
          },
        ],
        estimate: {
          dispatches: 0,
          multiplyAdds: 1e4,
          bytes: 0,
          milliseconds: [{ gpu: "H100", from: 0.1, to: 0.1, dispatchMeasured: true }],
        },
      },
    ],
    crossovers: [
      { varied: "nets", title: "Nets", sizes: [1, 4], gpu: [1, null], cpu: [2, 3], gpuWinsFrom: 1 },
    ],
    ...more,
  };
}
