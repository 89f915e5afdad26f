/**
 * Measures what an adapter can do at most: multiply-adds, bytes copied, and what a dispatch costs that does nothing. The
 * best of several tries each: a ceiling is not an average.
 */

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
/** Vectors of four numbers: 32 MB, more than caches hold. */
const VECTORS = 2 ** 21;
/** Multiply-adds need few vectors and many rounds. */
const BUSY_VECTORS = 2 ** 14;
/** A try that is shorter says more about the clock; rounds and repetitions grow until it is this long. */
const LEAST_MILLISECONDS = 20;
const DISPATCHES = { few: 50, many: 550 } as const;

/** The ceilings of a device; takes about a second. */
export async function measureCeilings(device: WebGpuDevice): Promise<Ceilings> {
  const { STORAGE, COPY_DST } = BUFFER_USAGE;
  const bytes = 16 * VECTORS;
  const memory = await device.memory.allocate("ceilings", {
    source: { size: bytes, usage: STORAGE | COPY_DST, data: new Float32Array(4 * BUSY_VECTORS).fill(0.5) },
    results: { size: bytes, usage: STORAGE },
  });
  const { source, results } = memory.buffers;

  /** Best time of `repetitions` dispatches in one submit, in milliseconds. */
  const best = async (work: CeilingWork, vectors: number, rounds: number, repetitions: number) => {
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
  /** Time of one unit of work, with as many as make a try long enough. */
  const perUnit = async (time: (units: number) => Promise<number>) => {
    for (let units = 1; ; units *= 4) {
      const milliseconds = await time(units);
      if (milliseconds >= LEAST_MILLISECONDS || units >= 2 ** 20) return milliseconds / units;
    }
  };

  try {
    const round = await perUnit((units) => best("multiply-adds", BUSY_VECTORS, 64 * units, 1));
    const copy = await perUnit((units) => best("copy", VECTORS, 1, units));
    const few = await best("nothing", 1, 1, DISPATCHES.few);
    const many = await best("nothing", 1, 1, DISPATCHES.many);
    device.check();
    return {
      multiplyAddsPerSecond: (BUSY_VECTORS * ceilingMultiplyAdds(64) * 1000) / round,
      copyBytesPerSecond: (2 * bytes * 1000) / copy,
      emptyDispatchMilliseconds: Math.max(0, many - few) / (DISPATCHES.many - DISPATCHES.few),
    };
  } finally {
    memory.destroy();
  }
}
