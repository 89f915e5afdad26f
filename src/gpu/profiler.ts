/**
 * Times compute passes with timestamp queries where the device has them; where not, an object that does nothing, so
 * that callers need no second path. Chrome quantises timestamps to 100 us unless told otherwise.
 */

import type { WebGpuDevice } from "./device.ts";
import { BUFFER_USAGE, MAP_READ_MODE } from "./flags.ts";
import { waitFor } from "./patience.ts";

/** Nanoseconds a labelled pass took. */
export interface PassTime {
  readonly label: string;
  readonly nanoseconds: number;
}

export interface Profiler {
  readonly supported: boolean;
  /** For `beginComputePass`; undefined where unsupported or when all slots are taken. */
  timestampWrites(label: string): GPUComputePassTimestampWrites | undefined;
  /** To be called on the encoder after its last pass. */
  resolve(encoder: GPUCommandEncoder): void;
  /** Times of the passes resolved since the last read; empty where unsupported. */
  read(): Promise<PassTime[]>;
  destroy(): void;
}

const UNSUPPORTED: Profiler = {
  supported: false,
  timestampWrites: () => undefined,
  resolve() {},
  read: async () => [],
  destroy() {},
};

/** A profiler for up to `passes` passes between two reads. */
export async function createProfiler(device: WebGpuDevice, passes = 64): Promise<Profiler> {
  if (!device.gpu.features.has("timestamp-query")) return UNSUPPORTED;
  const size = passes * 16;
  const queries = device.gpu.createQuerySet({ label: "profiler", type: "timestamp", count: passes * 2 });
  const memory = await device.memory.allocate("profiler", {
    resolved: { size, usage: BUFFER_USAGE.QUERY_RESOLVE | BUFFER_USAGE.COPY_SRC },
    staging: { size, usage: BUFFER_USAGE.COPY_DST | BUFFER_USAGE.MAP_READ },
  });
  const { resolved, staging } = memory.buffers;
  let labels: string[] = [];
  return {
    supported: true,
    timestampWrites(label) {
      if (labels.length === passes) return undefined;
      const index = 2 * labels.push(label) - 2;
      return { querySet: queries, beginningOfPassWriteIndex: index, endOfPassWriteIndex: index + 1 };
    },
    resolve(encoder) {
      if (labels.length === 0) return;
      encoder.resolveQuerySet(queries, 0, labels.length * 2, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, staging, 0, labels.length * 16);
    },
    async read() {
      if (labels.length === 0) return [];
      await waitFor(staging.mapAsync(MAP_READ_MODE));
      const times = new BigUint64Array(staging.getMappedRange(0, labels.length * 16).slice(0));
      staging.unmap();
      const passTimes = labels.map((label, i) => ({
        label,
        nanoseconds: Number(times[2 * i + 1] - times[2 * i]),
      }));
      labels = [];
      return passTimes;
    },
    destroy() {
      queries.destroy();
      memory.destroy();
    },
  };
}
