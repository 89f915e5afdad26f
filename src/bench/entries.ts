/**
 * Entries of a result that have no measurement: not yet, or not any more.
 *
 * Not here: those of engines that failed (`comparison.ts`).
 */

import type { EngineName } from "./engines/engine.ts";
import type { BenchEntry, BenchResult } from "./result.ts";

/** An engine before its turn. */
export function waitingEntry(engine: EngineName): BenchEntry {
  return {
    engine,
    status: "waiting",
    millisecondsPerStep: null,
    firstStepMilliseconds: null,
    dispatchesPerStep: null,
    submitsPerStep: null,
    loss: null,
    expectedLoss: null,
    correct: null,
    turns: 0,
    stepsPerTurn: null,
  };
}

/** A result that nothing is added to any more: who was still waiting, or had taken no turn, was skipped. */
export function stoppedResult(result: BenchResult): BenchResult {
  const workloads = result.workloads.map((workload) => ({
    ...workload,
    entries: workload.entries.map((entry): BenchEntry => {
      const open = entry.status === "waiting" || entry.status === "running";
      return open ? { ...entry, status: "skipped", reason: "stopped before it was measured" } : entry;
    }),
  }));
  return { ...result, workloads };
}

/** Whether anything at all was measured. */
export function hasMeasurements({ ceilings, workloads, crossovers }: BenchResult): boolean {
  return (
    Object.values(ceilings).some((value) => value !== null) ||
    crossovers.length > 0 ||
    workloads.some(({ entries }) => entries.some(({ status }) => status === "measured"))
  );
}
