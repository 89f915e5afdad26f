/** What a sweep is computed on in this process, how fast that is, and how long shards should therefore be. */

import { ConfigError } from "../../errors.ts";
import { checkDevice, type OpenedDevice, openDevice } from "../../gpu/device.ts";
import type { Sweep } from "../../sweep/description.ts";
import { train } from "../../training/train.ts";
import { findNative } from "../backends/native.ts";

/** Seconds that a shard should take. */
const SHARD_SECONDS = 120;
/** Shards that each process should have, so that all end at about the same time. */
const SHARDS_EACH = 8;
/** Steps to begin with, runs, and the time by which the speed is measured. */
const TRIAL = { steps: 20, runs: { cpu: 16, webgpu: 512 }, milliseconds: 300 } as const;

/** A device and what to call what it runs in. */
export async function openEngine(
  asked: "auto" | "native" | "cpu",
): Promise<{ device: OpenedDevice; runtime: string }> {
  if (asked !== "cpu") {
    const native = await findNative();
    const isThere = !("reason" in native);
    if (isThere && (asked === "native" || !native.isFallback)) {
      const device = checkDevice(await openDevice({ gpu: native.gpu }));
      return { device, runtime: native.computedBy.replace(/^Node [^,]*, /, "") };
    }
    if (asked === "native")
      throw new ConfigError("--backend", `native: ${(native as { reason: string }).reason}`);
  }
  const [major] = process.versions.node.split(".");
  return { device: checkDevice(await openDevice({ backend: "cpu" })), runtime: `Node ${major}` };
}

/** Steps of runs a second, on a few runs, and as many steps as it takes to see. */
export async function measureSpeed(device: OpenedDevice, sweep: Sweep): Promise<number> {
  const runs = Math.min(TRIAL.runs[device.backend], sweep.segmentEnds[0]);
  const config = sweep.population(0, runs);
  for (let wanted = TRIAL.steps; ; wanted *= 4) {
    const steps = Math.min(wanted, config.steps);
    const began = performance.now();
    await train(device, { ...config, steps, evaluateEvery: steps }).result;
    const milliseconds = performance.now() - began;
    // The first one also compiles.
    const isSeen = milliseconds > TRIAL.milliseconds || steps === config.steps;
    if (isSeen && wanted > TRIAL.steps) return ((runs * steps) / milliseconds) * 1000;
  }
}

/** Runs a shard, so that it takes some minutes and every process gets several. */
export function fittingSize(speed: number, sweep: Sweep, processes: number): number {
  const byTime = Math.floor((SHARD_SECONDS * speed) / sweep.population(0, 1).steps);
  return Math.max(1, Math.min(byTime, Math.ceil(sweep.count / (SHARDS_EACH * processes)), 2 ** 20));
}
