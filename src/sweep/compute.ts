/**
 * Computes a shard on a device: a training of its runs, from a checkpoint where there is one. What does not fit the device is cut in
 * two, down to one run, with the same bits.
 *
 * Not here: where files are (`cli/`).
 */

import { LimitError, OutOfMemoryError } from "../errors.ts";
import type { OpenedDevice } from "../gpu/device.ts";
import { chooseVariants, variantTraits } from "../kernels/variants.ts";
import { reopenPopulation } from "../training/openPopulation.ts";
import { resume, train } from "../training/train.ts";
import type { Training } from "../training/training.ts";
import { VERSION } from "../version.ts";
import type { Sweep } from "./description.ts";
import type { ShardRange } from "./layout.ts";
import { appended, domainRows, type Rows, rowsOf, type SweepEngine } from "./results.ts";

/** What a device is to results; `runtime` is what it runs in. */
export function sweepEngine(device: OpenedDevice, runtime: string): SweepEngine {
  const { vendor, architecture, description } = device.adapter;
  return {
    version: VERSION,
    backend: device.backend,
    adapter: [vendor, architecture, description].join(", "),
    runtime,
    variants: device.backend === "cpu" ? "" : JSON.stringify(chooseVariants(variantTraits(device))),
  };
}

/** Where the state of a shard under way is kept. */
export interface Partials {
  read(range: ShardRange): Promise<Uint8Array | undefined>;
  write(range: ShardRange, checkpoint: Uint8Array): Promise<void>;
  remove(range: ShardRange): Promise<void>;
}

export interface ComputeShardOptions {
  readonly signal: AbortSignal;
  readonly partials: Partials;
  /** Milliseconds between two checkpoints. */
  readonly checkpointEvery: number;
  /** Steps of all runs that were done since the last call. */
  readonly onSteps?: (netSteps: number) => void;
}

/**
 * The rows of a shard.
 * @throws the signal's reason when it was stopped, what was done being kept; the training's errors as they are
 */
export async function computeShard(
  device: OpenedDevice,
  sweep: Sweep,
  range: ShardRange,
  options: ComputeShardOptions,
): Promise<Rows> {
  options.signal.throwIfAborted();
  try {
    return await trainShard(device, sweep, range, options);
  } catch (error) {
    const { from, to } = range;
    if (!(error instanceof LimitError || error instanceof OutOfMemoryError) || to - from === 1) throw error;
    const middle = from + Math.ceil((to - from) / 2);
    const first = await computeShard(device, sweep, { from, to: middle }, options);
    return appended(first, await computeShard(device, sweep, { from: middle, to }, options));
  }
}

async function trainShard(
  device: OpenedDevice,
  sweep: Sweep,
  range: ShardRange,
  { signal, partials, checkpointEvery, onSteps }: ComputeShardOptions,
): Promise<Rows> {
  const training = await begin(device, sweep, range, partials, signal);
  try {
    let keptAt = performance.now();
    let done: number | undefined;
    for await (const { step } of training) {
      onSteps?.((step - (done ?? step)) * (range.to - range.from));
      done = step;
      if (performance.now() - keptAt < checkpointEvery || signal.aborted) continue;
      await partials.write(range, await training.checkpoint());
      keptAt = performance.now();
    }
    const result = await training.result;
    if (result.stopped) {
      await partials.write(range, await training.checkpoint());
      throw signal.reason;
    }
    return await keptRows(device, sweep, range, training);
  } finally {
    training.destroy();
  }
}

/** What is kept of a training that has ended: its rows, and those of its runs on what they are evaluated on, as a whole. */
export async function keptRows(
  device: OpenedDevice,
  { keep, population: runsOf }: Pick<Sweep, "keep" | "population">,
  { from, to }: ShardRange,
  training: Training,
): Promise<Rows> {
  const rows = rowsOf(await training.result, keep);
  if (!keep.includes("domains")) return rows;
  const { data, evaluationData = data } = runsOf(from, to);
  const population = reopenPopulation(device, await training.checkpoint());
  try {
    return { ...rows, ...domainRows(await population.evaluate(evaluationData)) };
  } finally {
    population.destroy();
  }
}

async function begin(
  device: OpenedDevice,
  sweep: Sweep,
  range: ShardRange,
  partials: Partials,
  signal: AbortSignal,
): Promise<Training> {
  const kept = await partials.read(range);
  if (kept !== undefined) {
    try {
      return resume(device, kept, { signal });
    } catch {
      // Damaged, or of another format: the shard begins anew.
      await partials.remove(range);
    }
  }
  return train(device, sweep.population(range.from, range.to), { signal });
}
