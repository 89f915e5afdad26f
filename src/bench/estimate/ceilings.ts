/**
 * Measures what an adapter can do at most: multiply-adds, bytes copied, and what a dispatch costs that does nothing. The
 * best of several tries each: a ceiling is not an average.
 */

import { OutOfMemoryError } from "../../errors.ts";
import type { WebGpuDevice } from "../../gpu/device.ts";
import { BUFFER_USAGE } from "../../gpu/flags.ts";
import { bind, compileKernel } from "../../gpu/kernel.ts";
import { waitFor } from "../../gpu/patience.ts";
import {
  type CeilingWork,
  ceilingGrid,
  ceilingKernel,
  ceilingMultiplyAdds,
  ceilingSpecialization,
} from "../../kernels/bench/ceiling.ts";
import type { CeilingName } from "../result.ts";

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
/** Of dispatches that do nothing: what is quoted is the difference between few and many, so a submit's own cost is not in it. */
const REPETITIONS = { few: 50, many: 550, most: 50_000 } as const;

/** One ceiling of a device, in the unit that its name says; takes from a tenth of a second to some seconds. */
export async function measureCeiling(device: WebGpuDevice, what: CeilingName): Promise<number> {
  switch (what) {
    case "emptyDispatchMilliseconds":
      return withBuffers(device, 1, (best) => perRepetition((count) => best("nothing", 1, 1, count)));
    case "emptyPassMilliseconds":
      return withBuffers(device, 1, (best) =>
        perRepetition((count) => best("nothing", 1, 1, count, "passes")),
      );
    case "multiplyAddsPerSecond":
      return measureMultiplyAdds(device);
    case "copyBytesPerSecond":
      return measureCopy(device);
  }
}

async function measureMultiplyAdds(device: WebGpuDevice): Promise<number> {
  const unit = await withBuffers(device, MOST_THREADS, (best) =>
    perUnit((units) => {
      const threads = Math.min(FEWEST_THREADS * units, MOST_THREADS);
      return best("multiply-adds", threads, (ROUNDS * FEWEST_THREADS * units) / threads, 1);
    }),
  );
  return (FEWEST_THREADS * ceilingMultiplyAdds(ROUNDS) * 1000) / unit;
}

async function measureCopy(device: WebGpuDevice): Promise<number> {
  const copied = async (vectors: number) => {
    const milliseconds = await withBuffers(device, vectors, (best) =>
      perUnit((units) => best("copy", vectors, 1, units)),
    );
    return { milliseconds, bytesPerSecond: (32 * vectors * 1000) / milliseconds };
  };
  const { milliseconds, bytesPerSecond } = await copied(VECTORS);
  const { maxStorageBufferBindingSize, maxBufferSize } = device.gpu.limits;
  const hasRoom = 16 * LARGE_VECTORS <= Math.min(maxStorageBufferBindingSize, maxBufferSize);
  if (!hasRoom || milliseconds >= QUICK_COPY_MILLISECONDS) return bytesPerSecond;
  try {
    return (await copied(LARGE_VECTORS)).bytesPerSecond;
  } catch (error) {
    if (error instanceof OutOfMemoryError) return bytesPerSecond;
    throw error;
  }
}

/** Best time of `repetitions` dispatches in one submit, in milliseconds: all in one pass, or each in a pass of its own. */
type Best = (
  work: CeilingWork,
  vectors: number,
  rounds: number,
  repetitions: number,
  within?: "one pass" | "passes",
) => Promise<number>;

/** What `measure` says, with a source and results of so many vectors. */
async function withBuffers<Result>(
  device: WebGpuDevice,
  vectors: number,
  measure: (best: Best) => Promise<Result>,
): Promise<Result> {
  const { STORAGE, COPY_DST } = BUFFER_USAGE;
  const bytes = 16 * vectors;
  const memory = await device.memory.allocate("ceilings", {
    source: {
      size: bytes,
      usage: STORAGE | COPY_DST,
      data: new Float32Array(4 * Math.min(vectors, MOST_THREADS)).fill(0.5),
    },
    results: { size: bytes, usage: STORAGE },
  });
  const { source, results } = memory.buffers;
  const best: Best = async (work, vectors, rounds, repetitions, within = "one pass") => {
    const specialization = ceilingSpecialization(work, vectors, rounds);
    const pipeline = await compileKernel(device, ceilingKernel, specialization);
    const grid = ceilingGrid(vectors);
    const group = bind(device, pipeline, 0, [source, results]);
    let least = Number.POSITIVE_INFINITY;
    // One more, to warm up.
    for (let attempt = 0; attempt <= TRIES; attempt++) {
      const begin = performance.now();
      const encoder = device.gpu.createCommandEncoder({ label: "ceilings" });
      const [passes, dispatches] = within === "passes" ? [repetitions, 1] : [1, repetitions];
      for (let p = 0; p < passes; p++) {
        const pass = encoder.beginComputePass();
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group);
        for (let i = 0; i < dispatches; i++) pass.dispatchWorkgroups(...grid);
        pass.end();
      }
      device.gpu.queue.submit([encoder.finish()]);
      await waitFor(device.gpu.queue.onSubmittedWorkDone());
      // A lost device is quick about everything, and would be given ever more work.
      device.check();
      if (attempt > 0) least = Math.min(least, performance.now() - begin);
    }
    return least;
  };
  try {
    return await measure(best);
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

/** Time of one repetition more, with as many as make a try long enough. */
async function perRepetition(time: (count: number) => Promise<number>): Promise<number> {
  const { few, many, most } = REPETITIONS;
  const least = await time(few);
  for (let count = many; ; count *= GROWTH) {
    const milliseconds = (await time(count)) - least;
    if (milliseconds >= LEAST_MILLISECONDS || GROWTH * count > most) {
      return Math.max(0, milliseconds) / (count - few);
    }
  }
}
