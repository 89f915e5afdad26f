/**
 * Measures what an adapter can do at most: multiply-adds, bytes copied, and what a dispatch costs that does nothing. The
 * best of several tries each: a ceiling is not an average.
 */

import { OutOfMemoryError } from "../../errors.ts";
import type { WebGpuDevice } from "../../gpu/device.ts";
import { BUFFER_USAGE } from "../../gpu/flags.ts";
import { bind, compileKernel } from "../../gpu/kernel.ts";
import {
  type CeilingWork,
  ceilingGrid,
  ceilingKernel,
  ceilingMultiplyAdds,
  ceilingSpecialization,
} from "../../kernels/bench/ceiling.ts";
import type { Ceilings } from "../result.ts";

const TRIES = 5;
/** Vectors of four numbers that are copied: 32 MB, more than the caches of a processor hold ... */
const VECTORS = 2 ** 21;
/** ... or 256 MB, where a copy of 32 takes less than this: such a GPU may have as much in its cache. */
const LARGE_VECTORS = 2 ** 24;
const QUICK_COPY_MILLISECONDS = 1;
/** Multiply-adds of few threads and rounds at first, of more until a try is long enough: threads first, which fill a GPU. */
const FEWEST_THREADS = 2 ** 14;
const MOST_THREADS = 2 ** 20;
const ROUNDS = 64;
/** A try that is shorter says more about the clock; the work grows by this factor until it is this long. */
const LEAST_MILLISECONDS = 20;
const GROWTH = 4;
const MOST_UNITS = 2 ** 20;
const DISPATCHES = { few: 50, many: 550 } as const;

/** The ceilings of a device; takes about a second. */
export async function measureCeilings(device: WebGpuDevice): Promise<Ceilings> {
  const ceilings = await withBuffers(device, VECTORS, async (best) => {
    const busy = async (units: number) => {
      const threads = Math.min(FEWEST_THREADS * units, MOST_THREADS);
      const rounds = (ROUNDS * FEWEST_THREADS * units) / threads;
      return best("multiply-adds", threads, rounds, 1);
    };
    const unit = await perUnit(busy);
    const copy = await perUnit((units) => best("copy", VECTORS, 1, units));
    const few = await best("nothing", 1, 1, DISPATCHES.few);
    const many = await best("nothing", 1, 1, DISPATCHES.many);
    return {
      multiplyAddsPerSecond: (FEWEST_THREADS * ceilingMultiplyAdds(ROUNDS) * 1000) / unit,
      copyBytesPerSecond: (32 * VECTORS * 1000) / copy,
      emptyDispatchMilliseconds: Math.max(0, many - few) / (DISPATCHES.many - DISPATCHES.few),
    };
  });
  const { maxStorageBufferBindingSize, maxBufferSize } = device.gpu.limits;
  const hasRoom = 16 * LARGE_VECTORS <= Math.min(maxStorageBufferBindingSize, maxBufferSize);
  const milliseconds = (32 * VECTORS * 1000) / ceilings.copyBytesPerSecond;
  if (!hasRoom || milliseconds >= QUICK_COPY_MILLISECONDS) return ceilings;
  try {
    const copy = await withBuffers(device, LARGE_VECTORS, (best) =>
      perUnit((units) => best("copy", LARGE_VECTORS, 1, units)),
    );
    return { ...ceilings, copyBytesPerSecond: (32 * LARGE_VECTORS * 1000) / copy };
  } catch (error) {
    if (error instanceof OutOfMemoryError) return ceilings;
    throw error;
  }
}

/** Best time of `repetitions` dispatches in one submit, in milliseconds. */
type Best = (work: CeilingWork, vectors: number, rounds: number, repetitions: number) => Promise<number>;

/** What `measure` says, with a source and results of so many vectors. */
async function withBuffers<Result>(
  device: WebGpuDevice,
  vectors: number,
  measure: (best: Best) => Promise<Result>,
): Promise<Result> {
  const { STORAGE, COPY_DST } = BUFFER_USAGE;
  const bytes = 16 * vectors;
  const memory = await device.memory.allocate("ceilings", {
    source: { size: bytes, usage: STORAGE | COPY_DST, data: new Float32Array(4 * MOST_THREADS).fill(0.5) },
    results: { size: bytes, usage: STORAGE },
  });
  const { source, results } = memory.buffers;
  const best: Best = async (work, vectors, rounds, repetitions) => {
    const specialization = ceilingSpecialization(work, vectors, rounds);
    const pipeline = await compileKernel(device, ceilingKernel, specialization);
    const grid = ceilingGrid(vectors);
    const group = bind(device, pipeline, 0, [source, results]);
    let least = Number.POSITIVE_INFINITY;
    // One more, to warm up.
    for (let attempt = 0; attempt <= TRIES; attempt++) {
      const begin = performance.now();
      const encoder = device.gpu.createCommandEncoder({ label: "ceilings" });
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      for (let i = 0; i < repetitions; i++) pass.dispatchWorkgroups(...grid);
      pass.end();
      device.gpu.queue.submit([encoder.finish()]);
      await device.gpu.queue.onSubmittedWorkDone();
      if (attempt > 0) least = Math.min(least, performance.now() - begin);
    }
    return least;
  };
  try {
    const result = await measure(best);
    device.check();
    return result;
  } finally {
    memory.destroy();
  }
}

/** Time of one unit of work, with as many as make a try long enough. */
async function perUnit(time: (units: number) => Promise<number>): Promise<number> {
  for (let units = 1; ; units *= GROWTH) {
    const milliseconds = await time(units);
    if (milliseconds >= LEAST_MILLISECONDS || units >= MOST_UNITS) return milliseconds / units;
  }
}
