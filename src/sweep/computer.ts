/**
 * What computes the shards of sweeps: a device, or what stands for one elsewhere.
 *
 * Not here: which one (`cli/sweep/device.ts`), a browser's (`cli/sweep/browserComputer.ts`), the computing itself (`compute.ts`).
 */

import type { OpenedDevice } from "../gpu/device.ts";
import { train } from "../training/train.ts";
import { type ComputeShardOptions, computeShard, keptRows, sweepEngine } from "./compute.ts";
import type { SweepWithFiles } from "./data.ts";
import type { Sweep } from "./description.ts";
import type { ShardRange } from "./layout.ts";
import { encodeShard, type SweepEngine } from "./results.ts";

/** Steps to begin with, runs, and the time by which the speed is measured. */
const TRIAL = { steps: 20, runs: { cpu: 16, webgpu: 512 }, milliseconds: 300 } as const;
/** Milliseconds beside which compiling is little. */
const LONG = 5000;

export interface ShardComputer {
  /** What it is to results. */
  readonly engine: SweepEngine;
  /** Whether it is a software adapter. */
  readonly isFallback: boolean;
  /**
   * The file of a shard, as {@link encodeShard} writes it.
   * @throws the signal's reason when it was stopped, what was done being kept; the training's errors, typed; DeviceLostError for a device
   * or a page that is gone
   */
  compute(sweep: SweepWithFiles, range: ShardRange, options: ComputeShardOptions): Promise<Uint8Array>;
  /** Steps of runs a second, on a few runs, and as many steps as it takes to see. */
  measureSpeed(sweep: SweepWithFiles): Promise<number>;
  /** Bytes of results of one run. */
  bytesOfRun(sweep: SweepWithFiles): Promise<number>;
  /** Opens anew what was lost. */
  recover(): Promise<void>;
  close(): Promise<void>;
}

/** A device of this process, or of this page; `runtime` is what it runs in. */
export class DeviceComputer implements ShardComputer {
  readonly engine: SweepEngine;
  readonly isFallback: boolean;

  constructor(
    private readonly device: OpenedDevice,
    runtime: string,
  ) {
    this.engine = sweepEngine(device, runtime);
    this.isFallback = device.adapter.isFallback;
  }

  async compute(sweep: Sweep, range: ShardRange, options: ComputeShardOptions): Promise<Uint8Array> {
    return encodeShard(sweep, range, this.engine, await computeShard(this.device, sweep, range, options));
  }

  async measureSpeed(sweep: Sweep): Promise<number> {
    const { device } = this;
    const runs = Math.min(TRIAL.runs[device.backend], sweep.segmentEnds[0]);
    const config = sweep.population(0, runs);
    for (let wanted = TRIAL.steps; ; wanted *= 4) {
      const steps = Math.min(wanted, config.steps);
      const began = performance.now();
      await train(device, { ...config, steps, evaluateEvery: steps }).result;
      const milliseconds = performance.now() - began;
      const isSeen = milliseconds > TRIAL.milliseconds || steps === config.steps;
      // The first one also compiles.
      if (isSeen && (wanted > TRIAL.steps || milliseconds > LONG))
        return ((runs * steps) / milliseconds) * 1000;
    }
  }

  async bytesOfRun(sweep: Sweep): Promise<number> {
    const config = sweep.population(0, 1);
    const training = train(this.device, { ...config, steps: 1, evaluateEvery: 1 });
    const rows = await keptRows(this.device, sweep, { from: 0, to: 1 }, training);
    const evaluations = Math.ceil(
      config.steps / Math.min(config.evaluateEvery ?? config.steps, config.steps),
    );
    return Object.entries(rows).reduce(
      (sum, [name, { data }]) => sum + data.byteLength * (name.startsWith("curves.") ? evaluations : 1),
      0,
    );
  }

  async recover(): Promise<void> {
    if (this.device.backend === "webgpu") await this.device.recover();
  }

  async close(): Promise<void> {
    this.device.destroy();
  }
}
