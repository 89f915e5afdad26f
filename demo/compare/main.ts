import { compare, type ComparisonRequest, type BenchProgress } from "../../src/bench/comparison.ts";
import { spawnEngineWorker } from "../../src/bench/engineWorker.ts";
async function run(request: ComparisonRequest) {
  return compare(request, { spawn: spawnEngineWorker, onProgress: (p) => void globalThis.reportBenchProgress?.(p), environment: {} as never });
}
declare global {
  var runBench: typeof run | undefined;
  var reportBenchProgress: ((progress: BenchProgress) => Promise<void>) | undefined;
}
globalThis.runBench = run;
